import { ulid } from 'ulid';
import type { Device, DeviceKind, DeviceSelf } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { demand, newSecret, secretHash, secretMatches, type Auth, type BearerResult, type DeviceIdentity, type PersonPrincipal, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, conflict, invalid, notFound } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import { createPairings } from './pairings.ts';
import { createPresence, type PresenceLog } from './presence.ts';
import { deviceOf, devicesRepository, identityOf, type DeviceRow } from './repository.ts';
import { deviceToken, parseToken } from './rules.ts';

/** A right answer about a token is believed this long; word of a revocation, or of a change at the site, ends it at once. */
const CACHE_MS = 5_000;
const CACHE_SIZE = 10_000;
/** Longer than any repair; nobody remembers a mute for ever. */
const MUTE_MOST_MS = 24 * 3600_000;
/** The installation's vision nodes: one device that lives in memory, belongs to every site and is in no list. */
const VISION_ID = 'vision';
const VISION: DeviceIdentity = { id: VISION_ID, kind: 'vision', site: null, touchpoint: null, name: 'Vision' };
/** A configured token: at least what takes longer than anybody has to guess, at most what fits a header. */
const VISION_TOKEN = /^[\x21-\x7e]{32,200}$/;

export interface DevicesDeps { store: Store; clock: Clock; auth: Auth; audit: Audit; sites: Sites; log: PresenceLog }
/** What other parts do within the transactions that take a device in and that revoke one. */
export interface DeviceSteps { paired(tx: Transaction, device: NamedDevice): Promise<void>; revoked(tx: Transaction, by: Principal, device: NamedDevice): Promise<void> }
export interface NewDeviceInput { kind: DeviceKind; name: string; touchpoint?: string | null }
/** A device as live views name it. */
export interface NamedDevice { id: string; site: string; kind: DeviceKind; name: string; touchpoint: string | null; silent: boolean; lastSeen: number | null }

export type Devices = ReturnType<typeof createDevices>;

/** Devices: taking them in, knowing them by their tokens, their presence and clocks. */
export function createDevices({ store, clock, auth, audit, sites, log }: DevicesDeps) {
  const repository = devicesRepository(store);
  const presence = createPresence({ store, clock, log, repository });
  const cache = new Map<string, { device: DeviceIdentity; until: number }>();
  let generation = 0;
  /** Hash of the whole token. */
  let vision: string | undefined;
  const steps: DeviceSteps[] = [];

  function forgetTokens(of: (device: DeviceIdentity) => boolean): void {
    generation++;
    for (const [key, { device }] of cache) if (of(device)) cache.delete(key);
  }
  auth.revocations.subscribe(({ subject, id }) => { if (subject === 'device') { forgetTokens((device) => device.id === id); presence.forget(id); } });
  sites.onSiteChanged((site) => forgetTokens((device) => device.site === site));
  auth.setRevokedIds('device', async (ids) => {
    const standing = new Set((await store.read((db) => repository.standing(db, ids))).map(({ id }) => id));
    return new Set(ids.filter((id) => !standing.has(id) && id !== VISION_ID));
  });
  auth.setBearer(check);
  sites.addTouchpointUsers(repository.touchpointUsers);

  /** Whose token this is. Counts as hearing from the device. */
  async function check(token: string): Promise<BearerResult> {
    const key = secretHash(token);
    const known = cache.get(key);
    if (known && clock() < known.until) {
      presence.touch(known.device.id);
      return { state: 'ok', device: known.device };
    }
    // Before its form is looked at: a configured token has none.
    if (vision !== undefined && secretMatches(token, vision)) return { state: 'ok', device: VISION };
    const parts = parseToken(token);
    return parts ? lookUp(parts, key) : { state: 'unknown' };
  }

  async function lookUp({ id, secret }: { id: string; secret: string }, key: string): Promise<BearerResult> {
    const before = generation;
    const row = await store.read((db) => repository.get(db, id));
    if (!row || row.tokenHash === null || !secretMatches(secret, row.tokenHash)) return { state: 'unknown' };
    if (row.revokedAt !== null) return { state: 'revoked' };
    const device = identityOf(row);
    if (row.clockOffset !== null) presence.seedClock(id, row.clockOffset);
    presence.touch(id);
    // A change that came while the row was being read must not be hidden by an older answer.
    if (before === generation) {
      if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!);
      cache.set(key, { device, until: clock() + CACHE_MS });
    }
    return { state: 'ok', device };
  }

  function shown(row: DeviceRow): Device {
    const heardAt = presence.heardAt(row.id);
    const lastSeen = heardAt === undefined ? row.lastSeen : Math.max(heardAt, row.lastSeen ?? 0);
    return deviceOf({ ...row, lastSeen, clockOffset: presence.measuredOffset(row.id) ?? row.clockOffset, battery: presence.battery(row.id) ?? row.battery }, clock());
  }

  async function insert(tx: Transaction, by: Principal, site: string, input: NewDeviceInput, tokenHash: string | null, id = ulid().toLowerCase()): Promise<DeviceRow> {
    await sites.demandTouchpoint(tx.db, site, input.touchpoint);
    const row: DeviceRow = {
      id, site, kind: input.kind, name: input.name, touchpoint: input.touchpoint ?? null, tokenHash,
      createdAt: clock(), lastSeen: null, silent: 0, clockOffset: null, revokedAt: null, version: null,
      battery: null, mutedUntil: null, batteryTold: null, batteryToldAt: null,
    };
    await repository.insert(tx.db, row);
    await audit.record(tx, by, 'device.created', `device:${id}`, { site, kind: row.kind, name: row.name, touchpoint: row.touchpoint });
    return row;
  }

  /** The device within a transaction, if `by` may manage it. */
  async function managed(tx: Transaction, by: Principal, id: string): Promise<DeviceRow> {
    const row = await repository.get(tx.db, id);
    if (!row) throw notFound('device');
    demand(by, 'devices.manage', row.site);
    return row;
  }

  const named = (row: DeviceRow): NamedDevice => ({ id: row.id, site: row.site, kind: row.kind as DeviceKind, name: row.name, touchpoint: row.touchpoint, silent: row.silent !== 0, lastSeen: row.lastSeen });
  async function findIn(db: Db, id: string): Promise<NamedDevice | null> {
    const row = await repository.get(db, id);
    return row && row.revokedAt === null ? named(row) : null;
  }

  return {
    pairings: createPairings({ store, clock, audit, sites, repository, insert, changed: sites.siteChanged, paired: async (tx, row) => { for (const { paired } of steps) await paired(tx, named(row)); } }),

    /** The device of a token; null when the token opens nothing (any more). Counts as hearing from it. */
    async authenticate(token: string): Promise<DeviceIdentity | null> {
      const result = await check(token);
      return result.state === 'ok' ? result.device : null;
    },
    /**
     * The token of vision nodes; one that was given before stops working here. Without `configured` it is new, opens
     * this hub only (for a node that the hub starts itself) and is never written anywhere. With it, every hub that was
     * given the same token takes the same nodes. @throws Error for a token that is too easy to guess or cannot be sent
     */
    async ensureVisionDevice(configured: string | null = null): Promise<{ id: string; token: string }> {
      if (configured !== null && !VISION_TOKEN.test(configured)) throw new Error('the vision token must have 32 to 200 printable characters without spaces');
      const token = configured ?? deviceToken(VISION_ID, newSecret());
      vision = secretHash(token);
      return { id: VISION_ID, token };
    },
    touch: (id: string): void => { if (id !== VISION_ID) presence.touch(id); },
    recordClock: presence.recordClock,
    clockOffset: presence.clockOffset,
    sweep: presence.sweep,
    start: presence.start,
    stop: presence.stop,

    /** A device that is not revoked, or null. */
    find: (id: string): Promise<NamedDevice | null> => store.read((db) => findIn(db, id)),
    /** The same, as this transaction or connection sees it. */
    findIn,
    /** Has something else done whenever a device is taken in or revoked, in the same transaction. */
    accompany(more: DeviceSteps): void { steps.push(more); },
    /** The site's devices that are not revoked, for live views. */
    async liveOf(site: string): Promise<NamedDevice[]> {
      return (await store.read((db) => repository.ofSite(db, site))).filter((row) => row.revokedAt === null).map(named);
    },

    async ofSite(site: string): Promise<Device[]> {
      if (!await sites.get(site)) throw notFound('site');
      return (await store.read((db) => repository.ofSite(db, site))).map(shown);
    },

    /** Adds a device; its token is in this answer and nowhere else. */
    async create(by: Principal, site: string, input: NewDeviceInput): Promise<{ device: Device; token: string }> {
      const secret = newSecret();
      const row = await store.transaction(async (tx) => {
        if (!await sites.getIn(tx.db, site)) throw notFound('site');
        return insert(tx, by, site, input, secretHash(secret));
      });
      sites.siteChanged(site);
      return { device: shown(row), token: deviceToken(row.id, secret) };
    },

    async update(by: Principal, id: string, patch: { name?: string; touchpoint?: string | null }): Promise<Device> {
      const row = await store.transaction(async (tx) => {
        const before = await managed(tx, by, id);
        if (before.revokedAt !== null) throw conflict('This device was revoked. Pair it again to use it.');
        if (Object.keys(patch).length === 0) return before;
        await sites.demandTouchpoint(tx.db, before.site, patch.touchpoint);
        await repository.update(tx.db, id, patch);
        await audit.record(tx, by, 'device.updated', `device:${id}`, patch);
        return { ...before, ...patch };
      });
      sites.siteChanged(row.site);
      return shown(row);
    },

    /** Ends a device's access at once. Doing it again changes nothing. */
    async revoke(by: Principal, id: string): Promise<Device> {
      const row = await store.transaction(async (tx) => {
        const before = await managed(tx, by, id);
        if (before.revokedAt !== null) return before;
        const revokedAt = clock();
        await repository.update(tx.db, id, { revokedAt });
        await audit.record(tx, by, 'device.revoked', `device:${id}`, { site: before.site, name: before.name });
        for (const { revoked } of steps) await revoked(tx, by, named(before));
        return { ...before, revokedAt };
      });
      auth.revocations.emit({ subject: 'device', id });
      sites.siteChanged(row.site);
      return shown(row);
    },

    /**
     * Holds back what is told about a device until `until` (epoch ms, at most a day ahead; null: no longer). Its events
     * are kept all the same. @throws ApiError
     */
    async mute(by: PersonPrincipal, id: string, { until, reason }: { until: number | null; reason?: string }): Promise<Device> {
      const row = await store.transaction(async (tx) => {
        const now = clock();
        const before = await repository.get(tx.db, id);
        if (!before) throw notFound('device');
        demand(by, 'alerts.handle', before.site);
        if (until !== null && (until <= now || until > now + MUTE_MOST_MS)) throw invalid('/until', 'must be within the next 24 hours');
        if (before.revokedAt !== null) throw conflict('This device was revoked: nothing is told about it any more.');
        await repository.update(tx.db, id, { mutedUntil: until });
        const said = { device: id, until, by: { id: by.user.id, name: by.user.name }, ...(reason === undefined ? {} : { reason }) };
        await tx.append([hubEvent(before.site, 'device.muted', now, said, { touchpoint: before.touchpoint })]);
        return { ...before, mutedUntil: until };
      }, `device ${id}`);
      return shown(row);
    },

    /** What a device learns about itself. */
    async self(device: DeviceIdentity): Promise<DeviceSelf> {
      const site = device.site === null ? undefined : await sites.get(device.site);
      if (!site) throw new ApiError('forbidden', 403, 'This device belongs to no single site.');
      return {
        id: device.id, kind: device.kind, name: device.name, site: { id: site.id, name: site.name, timezone: site.timezone },
        touchpoint: site.touchpoints.find(({ id }) => id === device.touchpoint) ?? null, now: clock(),
      };
    },

    /** `battery` in percent. */
    heartbeat(device: DeviceIdentity, { sentAt, version, battery }: { sentAt: number; version?: string; battery?: number }): { now: number; clockOffsetMs: number | null } {
      const now = clock();
      presence.recordClock(device.id, sentAt, now);
      if (device.id !== VISION_ID) presence.touch(device.id, { ...(version === undefined ? {} : { version }), ...(battery === undefined ? {} : { battery }) });
      return { now, clockOffsetMs: presence.measuredOffset(device.id) };
    },
  };
}
