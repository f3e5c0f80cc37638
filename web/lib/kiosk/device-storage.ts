import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { DeviceKind, EventEnvelope } from '../../../contract/events.ts';
import type { WallState } from '../../../contract/views/wall.ts';
import type { DeviceSelf } from '../../../contract/places.ts';
import type { OutboxEntry, OutboxStore, RefusedEntry } from './outbox-store.ts';

/** What this browser keeps of a device that it was paired as. The token leaves it only in request headers. */
export interface StoredDevice {
  id: string;
  kind: DeviceKind;
  token: string;
  /** Name of the database with its presses; a device that is paired anew takes the old presses along. */
  outbox: string;
  usedAt: number;
  /** What the hub last said about it, so that it starts without the hub. */
  self: DeviceSelf | null;
}
/** The last state that a wall showed and when the hub was last heard (epoch ms by the hub's clock). */
export interface KeptWall { state: WallState; heardAt: number }
export interface StoredWall { id: string; token: string; last: KeptWall | null }

interface DeviceDb extends DBSchema {
  devices: { key: string; value: StoredDevice };
  walls: { key: string; value: StoredWall };
}
type OutboxRow = OutboxEntry & { seq?: number; id: string };
interface OutboxDb extends DBSchema {
  events: { key: number; value: OutboxRow; indexes: { id: string } };
  refused: { key: number; value: RefusedEntry };
}

/** Refused presses are for an installer to look at, so only the newest of them are worth their space. */
const REFUSED_KEPT = 500;
const DURABLE = { durability: 'strict' } as const;

export class DeviceStorage {
  readonly #db: IDBPDatabase<DeviceDb>;
  private constructor(db: IDBPDatabase<DeviceDb>) { this.#db = db; }

  /** @throws DOMException when the browser gives no IndexedDB (some private modes). */
  static async open(): Promise<DeviceStorage> {
    return new DeviceStorage(await openDB<DeviceDb>('otklik-device', 1, {
      upgrade(db) {
        db.createObjectStore('devices', { keyPath: 'id' });
        db.createObjectStore('walls', { keyPath: 'id' });
      },
    }));
  }

  device(id: string): Promise<StoredDevice | undefined> { return this.#db.get('devices', id); }

  /** The device of one of these kinds that this browser was last used as. */
  async lastUsed(kinds: readonly DeviceKind[]): Promise<StoredDevice | undefined> {
    const devices = await this.#db.getAll('devices');
    return devices.filter((device) => kinds.includes(device.kind)).sort((a, b) => b.usedAt - a.usedAt)[0];
  }

  async keepDevice(device: StoredDevice): Promise<void> {
    await this.#write('devices', device);
  }

  async forgetDevice(id: string): Promise<void> { await this.#db.delete('devices', id); }
  wall(id: string): Promise<StoredWall | undefined> { return this.#db.get('walls', id); }
  async keepWall(wall: StoredWall): Promise<void> { await this.#write('walls', wall); }
  async forgetWall(id: string): Promise<void> { await this.#db.delete('walls', id); }

  async #write<S extends 'devices' | 'walls'>(store: S, value: DeviceDb[S]['value']): Promise<void> {
    const tx = this.#db.transaction(store, 'readwrite', DURABLE);
    await Promise.all([tx.store.put(value), tx.done]);
  }
}

/** The outbox in IndexedDB. Writes are strict: a power cut right after the thanks loses nothing. */
export class IdbOutboxStore implements OutboxStore {
  readonly #db: IDBPDatabase<OutboxDb>;
  private constructor(db: IDBPDatabase<OutboxDb>) { this.#db = db; }

  static async open(name: string): Promise<IdbOutboxStore> {
    return new IdbOutboxStore(await openDB<OutboxDb>(name, 1, {
      upgrade(db) {
        db.createObjectStore('events', { keyPath: 'seq', autoIncrement: true }).createIndex('id', 'id', { unique: true });
        db.createObjectStore('refused', { autoIncrement: true });
      },
    }));
  }

  async append(entry: OutboxEntry): Promise<void> {
    const tx = this.#db.transaction('events', 'readwrite', DURABLE);
    await Promise.all([tx.store.add({ ...entry, id: entry.event.id }), tx.done]);
  }

  async release(id: string, body: EventEnvelope['body'] | null): Promise<boolean> {
    const tx = this.#db.transaction('events', 'readwrite', DURABLE);
    const row = await tx.store.index('id').get(id);
    if (row) await tx.store.put({ ...row, holdUntil: null, event: body ? { ...row.event, body } : row.event });
    await tx.done;
    return row !== undefined;
  }

  async oldest(limit: number): Promise<OutboxEntry[]> {
    const rows = await this.#db.getAll('events', null, limit);
    return rows.map(({ event, holdUntil }) => ({ event, holdUntil }));
  }

  async settle(delivered: readonly string[], refused: readonly { id: string; code: string }[], at: number): Promise<void> {
    const tx = this.#db.transaction(['events', 'refused'], 'readwrite', DURABLE);
    const events = tx.objectStore('events');
    const codes = new Map(refused.map(({ id, code }) => [id, code]));
    for (const id of [...delivered, ...codes.keys()]) {
      const key = await events.index('id').getKey(id);
      if (key === undefined) continue;
      const code = codes.get(id);
      const row = code === undefined ? undefined : await events.get(key);
      if (row && code !== undefined) await tx.objectStore('refused').add({ event: row.event, code, at });
      await events.delete(key);
    }
    const kept = tx.objectStore('refused');
    const surplus = await kept.count() - REFUSED_KEPT;
    if (surplus > 0) for (const key of await kept.getAllKeys(null, surplus)) await kept.delete(key);
    await tx.done;
  }

  async counts(): Promise<{ waiting: number; refused: number }> {
    const tx = this.#db.transaction(['events', 'refused']);
    const [waiting, refused] = await Promise.all([tx.objectStore('events').count(), tx.objectStore('refused').count()]);
    return { waiting, refused };
  }

  refused(limit: number): Promise<RefusedEntry[]> { return this.#db.getAll('refused', null, limit); }
}

/**
 * Keeps a fresh pairing. A device that was revoked and paired anew takes its undelivered presses along, and the
 * old token goes.
 */
export async function adoptPairing(storage: DeviceStorage, pairing: Pick<StoredDevice, 'id' | 'token' | 'kind'>, former: StoredDevice | null): Promise<StoredDevice> {
  const device: StoredDevice = { ...pairing, outbox: former?.outbox ?? `otklik-outbox-${pairing.id}`, usedAt: Date.now(), self: null };
  await storage.keepDevice(device);
  if (former && former.id !== device.id) await storage.forgetDevice(former.id);
  return device;
}
