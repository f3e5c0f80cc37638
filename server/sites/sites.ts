import { isTimezone, type Site, type Touchpoint } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Principal } from '../core/auth/index.ts';
import { createLocalBus, type Bus } from '../core/bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, conflict, invalid, notFound } from '../core/http/index.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { sitesRepository } from './repository.ts';
import { freeId, slug } from './rules.ts';

/** How long another hub's change can stay unseen here when its notice was lost. */
const CACHE_MS = 5_000;
/** More than any shop needs; keeps one site's snapshot small. */
const MAX_PLACES = 500;

/** Names of what would lose its place with this touchpoint. */
type TouchpointUsers = (db: Db, site: string, touchpoint: string) => Promise<string[]>;

export type Sites = ReturnType<typeof createSites>;

export interface SitesDeps {
  store: Store;
  clock: Clock;
  audit: Audit;
  /** Carries word of a change to the other hubs; without it this hub is alone. */
  notices?: Pick<Bus, 'publishNotice' | 'onNotice' | 'onChange'>;
}

/** Places: sites with their zones and touchpoints. */
export function createSites({ store, clock, audit, notices = createLocalBus() }: SitesDeps) {
  const repository = sitesRepository(store);
  const listeners = new Set<(site: string) => void>();
  const cache = new Map<string, { site: Site; readAt: number }>();
  /** Sites that this hub ever showed to anybody. */
  const shown = new Set<string>();
  let generation = 0;
  const touchpointUsers: TouchpointUsers[] = [];

  /** To be called after the commit, so that whoever reads then reads the new state. Tells this hub at once. */
  const changed = (site: string): void => notices.publishNotice({ topic: 'site', site });

  function heard(site: string): void {
    generation++;
    cache.delete(site);
    for (const listener of [...listeners]) listener(site);
  }
  notices.onNotice((notice) => { if (notice.topic === 'site') heard(notice.site); });
  // What other hubs changed while they could not be heard is read again.
  notices.onChange((live) => { if (live) for (const site of [...shown]) heard(site); });

  async function change<T>(site: string, work: (tx: Transaction, site: Site) => Promise<T>): Promise<T> {
    const result = await store.transaction(async (tx) => {
      const known = await repository.get(tx.db, site);
      if (!known) throw notFound('site');
      return work(tx, known);
    });
    changed(site);
    return result;
  }

  function mustBeTimezone(name: string | undefined): void {
    if (name !== undefined && !isTimezone(name)) throw invalid('/timezone', 'must be an IANA time zone, e.g. Europe/Moscow');
  }
  function mustHaveZone(site: Site, zone: string | null | undefined): void {
    if (typeof zone === 'string' && !site.zones.some(({ id }) => id === zone)) throw invalid('/zone', 'is no zone of this site: add the zone first');
  }
  const touchpointOf = (site: Site, id: string): Touchpoint => {
    const found = site.touchpoints.find((one) => one.id === id);
    if (!found) throw notFound('touchpoint');
    return found;
  };
  const zoneOf = (site: Site, id: string): { id: string; name: string } => {
    const found = site.zones.find((one) => one.id === id);
    if (!found) throw notFound('zone');
    return found;
  };
  function chosenId(wanted: string | undefined, name: string, fallback: string, taken: ReadonlySet<string>): string {
    if (wanted === undefined) return freeId(slug(name, fallback), taken);
    if (taken.has(wanted)) throw conflict(`The id "${wanted}" is in use. Choose another one, or leave it out.`);
    return wanted;
  }

  return {
    /**
     * Called with a site's id after each change to it, its zones, its touchpoints, its devices or their names, on
     * whichever hub it was made. Returns how to stop.
     */
    onSiteChanged(listener: (site: string) => void): () => void {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    /** For slices that own parts of a site (its devices): tells that they changed. */
    siteChanged: changed,
    /** Says which devices (by name) use a touchpoint, so that it is not removed under them. */
    addTouchpointUsers(find: TouchpointUsers): void { touchpointUsers.push(find); },

    /** One site, from a cache of at most 5 s; undefined when there is none. */
    async get(id: string): Promise<Site | undefined> {
      const cached = cache.get(id);
      if (cached && clock() - cached.readAt < CACHE_MS) return cached.site;
      const before = generation;
      const site = await store.read((db) => repository.get(db, id));
      if (!site) return undefined;
      shown.add(id);
      if (before === generation) cache.set(id, { site, readAt: clock() });
      return site;
    },
    /** The site as this transaction or connection sees it. */
    getIn: repository.get,
    /** Every site, or those with these ids. */
    list: (only?: readonly string[]): Promise<Site[]> => store.read((db) => repository.list(db, only)),
    existingIds: repository.siteIds,
    /** Names of every touchpoint the site ever had, also removed ones: for history. */
    touchpointNames: (site: string) => store.read((db) => repository.touchpointNames(db, site)),

    async create(by: Principal, input: { id?: string; name: string; timezone: string }): Promise<Site> {
      mustBeTimezone(input.timezone);
      const id = await store.transaction(async (tx) => {
        const chosen = chosenId(input.id, input.name, 'site', await repository.siteIds(tx.db));
        await repository.insertSite(tx.db, { id: chosen, name: input.name, timezone: input.timezone, createdAt: clock() });
        await audit.record(tx, by, 'site.created', `site:${chosen}`, { name: input.name, timezone: input.timezone });
        return chosen;
      });
      changed(id);
      return { id, name: input.name, timezone: input.timezone, zones: [], touchpoints: [] };
    },
    update: (by: Principal, id: string, patch: { name?: string; timezone?: string }): Promise<Site> => change(id, async (tx, site) => {
      mustBeTimezone(patch.timezone);
      if (Object.keys(patch).length === 0) return site;
      await repository.updateSite(tx.db, id, patch);
      await audit.record(tx, by, 'site.updated', `site:${id}`, patch);
      return { ...site, ...patch };
    }),

    createZone: (by: Principal, site: string, input: { id?: string; name: string }) => change(site, async (tx, known) => {
      if (known.zones.length >= MAX_PLACES) throw conflict(`A site has at most ${MAX_PLACES} zones. Remove one first.`);
      const zone = { id: chosenId(input.id, input.name, 'zone', await repository.zoneIds(tx.db, site)), name: input.name };
      await repository.insertZone(tx.db, { site, ...zone, createdAt: clock() });
      await audit.record(tx, by, 'zone.created', `zone:${site}/${zone.id}`, { name: zone.name });
      return zone;
    }),
    updateZone: (by: Principal, site: string, id: string, name: string | undefined) => change(site, async (tx, known) => {
      const zone = zoneOf(known, id);
      if (name === undefined) return zone;
      await repository.renameZone(tx.db, site, id, name);
      await audit.record(tx, by, 'zone.updated', `zone:${site}/${id}`, { name });
      return { id, name };
    }),
    deleteZone: (by: Principal, site: string, id: string) => change(site, async (tx, known) => {
      const zone = zoneOf(known, id);
      await repository.deleteZone(tx.db, site, id);
      await audit.record(tx, by, 'zone.deleted', `zone:${site}/${id}`, { name: zone.name });
    }),

    createTouchpoint: (by: Principal, site: string, input: { id?: string; name: string; zone?: string | null }) => change(site, async (tx, known) => {
      if (known.touchpoints.length >= MAX_PLACES) throw conflict(`A site has at most ${MAX_PLACES} touchpoints. Remove one first.`);
      mustHaveZone(known, input.zone);
      const names = await repository.touchpointNames(tx.db, site);
      const live = new Set([...names].filter(([, { archived }]) => !archived).map(([id]) => id));
      // A removed touchpoint's id comes back only when somebody asks for it: its history would come along.
      const id = chosenId(input.id, input.name, 'touchpoint', input.id === undefined ? new Set(names.keys()) : live);
      const touchpoint: Touchpoint = { id, name: input.name, zone: input.zone ?? null };
      await repository.putTouchpoint(tx.db, { site, ...touchpoint, createdAt: clock() });
      await audit.record(tx, by, 'touchpoint.created', `touchpoint:${site}/${id}`, { name: touchpoint.name, zone: touchpoint.zone });
      return touchpoint;
    }),
    updateTouchpoint: (by: Principal, site: string, id: string, patch: { name?: string; zone?: string | null }) => change(site, async (tx, known) => {
      const touchpoint = touchpointOf(known, id);
      mustHaveZone(known, patch.zone);
      if (Object.keys(patch).length === 0) return touchpoint;
      await repository.updateTouchpoint(tx.db, site, id, patch);
      await audit.record(tx, by, 'touchpoint.updated', `touchpoint:${site}/${id}`, patch);
      return { ...touchpoint, ...patch };
    }),
    deleteTouchpoint: (by: Principal, site: string, id: string) => change(site, async (tx, known) => {
      const touchpoint = touchpointOf(known, id);
      const users: string[] = [];
      for (const find of touchpointUsers) users.push(...await find(tx.db, site, id));
      if (users.length > 0) throw conflict(`This touchpoint is in use: ${users.slice(0, 5).join(', ')}${users.length > 5 ? ' and others' : ''}. Move or revoke these devices, and choose another place for the outlined parts of cameras, first.`);
      await repository.archiveTouchpoint(tx.db, site, id, clock());
      await audit.record(tx, by, 'touchpoint.deleted', `touchpoint:${site}/${id}`, { name: touchpoint.name });
    }),
    /** @throws ApiError `unknown_touchpoint` when the touchpoint is not one of the site's. */
    async demandTouchpoint(db: Db, site: string, touchpoint: string | null | undefined): Promise<void> {
      if (touchpoint === null || touchpoint === undefined) return;
      const known = await repository.get(db, site);
      if (!known?.touchpoints.some(({ id }) => id === touchpoint)) throw new ApiError('unknown_touchpoint', 422, `The site has no touchpoint "${touchpoint}". Add it first, or leave it out.`, { errors: [{ path: '/touchpoint', message: 'is no touchpoint of this site' }] });
    },
  };
}
