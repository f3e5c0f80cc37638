import { LIMITS } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import { loggable } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { NewEvent, Store } from '../core/store/store.ts';
import { addClockSample, correction, estimateOffset } from './clock.ts';
import type { DevicesRepository, PresenceRow } from './repository.ts';
import { batteryNews, presenceChange } from './rules.ts';

export interface PresenceLog { error(detail: object, message: string): void }

/** How often what was heard is written down and silence is looked for. */
const SWEEP_MS = 10_000;
/** A device that comes back is told of this soon; many at once share one transaction. */
const SOON_MS = 50;
/** Devices in one transaction: other writers wait no longer than these take. */
const CHUNK = 500;
/** Sweeps of all hubs run one after another: which of two hubs tells of a device that both hear is decided by its row. */
const SCOPE = 'presence';

/** What a device says of itself; `battery` in percent. */
interface Said { version?: string; battery?: number }
interface News extends Said { at: number }
/** How rows stand now; those of which only the time is new, those with more; what the log has to be told. */
interface Changes { rows: PresenceRow[]; heardOnly: PresenceRow[]; changed: PresenceRow[]; events: NewEvent[] }

/**
 * Who speaks and who is silent, and how their clocks stand. Each hub writes down what it hears itself; silence is judged
 * by the row, which holds the latest word that any hub heard up to a sweep ago.
 */
export function createPresence({ store, clock, log, repository }: { store: Store; clock: Clock; log: PresenceLog; repository: DevicesRepository }) {
  const startedAt = clock();
  /** Heard since it was last written down: when, and what it said of its software. */
  const heard = new Map<string, News>();
  /** Devices that the log shows as present, so that hearing them is no news. */
  const present = new Set<string>();
  const samples = new Map<string, number[]>();
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function changesOf(rows: readonly PresenceRow[], batch: ReadonlyMap<string, News>, now: number): Changes {
    const changes: Changes = { rows: [], heardOnly: [], changed: [], events: [] };
    for (const row of rows) {
      const news = batch.get(row.id);
      const change = presenceChange({ lastSeen: row.lastSeen, silent: row.silent !== 0 }, news?.at, startedAt, now);
      const silent = change === null ? row.silent : Number(change === 'silent');
      const lastSeen = news ? Math.max(news.at, row.lastSeen ?? 0) : row.lastSeen;
      const clockOffset = news ? estimateOffset(samples.get(row.id) ?? []) ?? row.clockOffset : row.clockOffset;
      const version = news?.version ?? row.version;
      const battery = news?.battery ?? row.battery;
      const told = row.batteryTold === null || row.batteryToldAt === null ? null : { percent: row.batteryTold, at: row.batteryToldAt };
      const tell = news?.battery !== undefined && batteryNews(told, news.battery, now);
      const next = { ...row, lastSeen, silent, clockOffset, version, battery, ...(tell ? { batteryTold: battery, batteryToldAt: now } : {}) };
      changes.rows.push(next);
      if (tell || silent !== row.silent || clockOffset !== row.clockOffset || version !== row.version || battery !== row.battery) changes.changed.push(next);
      else if (lastSeen !== row.lastSeen) changes.heardOnly.push(next);
      if (change === 'seen') changes.events.push(hubEvent(row.site, 'device.seen', news!.at, { device: row.id }));
      if (tell) changes.events.push(hubEvent(row.site, 'device.battery', news.at, { device: row.id, percent: news.battery! }));
      if (change === 'silent') changes.events.push(hubEvent(row.site, 'device.silent', now, { device: row.id, lastSeen: lastSeen! }));
    }
    return changes;
  }

  /** Writes down what is known of these devices, rows and events in one transaction each `CHUNK`. */
  async function write(ids: readonly string[]): Promise<void> {
    for (let i = 0; i < ids.length; i += CHUNK) {
      const chunk = ids.slice(i, i + CHUNK);
      const batch = new Map(chunk.flatMap((id) => { const news = heard.get(id); return news ? [[id, news] as const] : []; }));
      const now = clock();
      const written = await store.transaction(async (tx) => {
        const changes = changesOf(await repository.standing(tx.db, chunk), batch, now);
        await repository.saveHeard(tx.db, changes.heardOnly);
        await repository.savePresence(tx.db, changes.changed);
        if (changes.events.length > 0) await tx.append(changes.events);
        return changes.rows;
      }, SCOPE);
      // Whoever spoke again meanwhile is written down next time; what could not be written stays.
      for (const [id, news] of batch) if (heard.get(id) === news) heard.delete(id);
      for (const { id, silent } of written) silent ? present.delete(id) : present.add(id);
    }
  }

  async function sweepAll(): Promise<void> {
    await write([...heard.keys()]);
    // Before that, whoever is quiet may only not have been heard by this hub.
    if (clock() - startedAt < LIMITS.deviceSilentMs) return;
    await write(await store.read((db) => repository.quietSince(db, clock() - LIMITS.deviceSilentMs)));
  }

  /** The failure of an earlier sweep belongs to whoever asked for it. */
  function after(work: () => Promise<void>): Promise<void> {
    running = running.catch(() => undefined).then(work);
    return running;
  }
  /** Writes down what was heard and tells the log who came back or fell silent. */
  const sweep = (): Promise<void> => after(sweepAll);
  const quietly = (work: Promise<void>): Promise<void> => work.catch((error: unknown) => log.error({ err: loggable(error) }, 'what was heard of devices could not be written; it is kept for the next time'));

  function tellSoon(): void {
    if (timer === undefined || soon !== undefined) return;
    soon = setTimeout(() => {
      soon = undefined;
      void quietly(after(() => write([...heard.keys()].filter((id) => !present.has(id)))));
    }, SOON_MS);
    soon.unref();
  }

  return {
    /** The device spoke just now. Cheap: rows are written at the next sweep. */
    touch(id: string, said: Said = {}): void {
      heard.set(id, { ...heard.get(id), ...said, at: clock() });
      if (!present.has(id)) tellSoon();
    },
    /** When this hub heard it, if that is not in the row yet. What other hubs heard is in the row at most a sweep later. */
    heardAt: (id: string): number | undefined => heard.get(id)?.at,
    /** The charge that this hub heard of, percent, if it is not in the row yet. */
    battery: (id: string): number | undefined => heard.get(id)?.battery,
    /** A measurement of the device's clock: `sentAt` by its clock, `receivedAt` by the hub's. Epoch ms. */
    recordClock(id: string, sentAt: number, receivedAt: number): void { samples.set(id, addClockSample(samples.get(id) ?? [], receivedAt - sentAt)); },
    /** Starts from what this hub measured in an earlier run, or another hub. */
    seedClock(id: string, offset: number): void { if (!samples.has(id)) samples.set(id, [offset]); },
    /** What to add to the device's times, ms; 0 while unknown or small. */
    clockOffset: (id: string): number => correction(estimateOffset(samples.get(id) ?? [])),
    /** The estimate as it is shown, ms; null while unmeasured. */
    measuredOffset: (id: string): number | null => estimateOffset(samples.get(id) ?? []),
    forget(id: string): void { heard.delete(id); present.delete(id); samples.delete(id); },
    sweep,
    start(): void { timer ??= setInterval(() => void quietly(sweep()), SWEEP_MS); timer.unref(); },
    /** Stops the timers and writes down what was heard last. */
    async stop(): Promise<void> {
      clearInterval(timer);
      clearTimeout(soon);
      timer = soon = undefined;
      await quietly(sweep());
    },
  };
}
export type DevicePresence = ReturnType<typeof createPresence>;
