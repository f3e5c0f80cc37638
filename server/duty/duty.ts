import { dayOf, DUTY_ROLES, PRESENCE_GONE_MS, type Actor, type DutyBoard, type DutyChange, type DutyRole, type OnDuty, type SitePeople } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Auth, PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { invalid, loggable, notFound } from '../core/http/index.ts';
import { ifWritable, type Db, type Store, type Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import { looksAfter, offDutyTold, onDutyTold, type Step } from './recipients.ts';
import { dutyRepository } from './repository.ts';
import { endOfOwnShifts, runningShift, type Word } from './roster.ts';
import { dutyScope, settle, type ReachOf, type SettleDeps } from './settle.ts';
import { createShifts } from './shifts.ts';
import { createDutyTimer } from './timer.ts';

/** Who comes by their own word while no shift runs, and says no end, goes again after this long: people forget to. */
const BY_HAND_MS = 12 * 3600_000;
const DAY_MS = 24 * 3600_000;

export interface DutyDeps { store: Store; clock: Clock; audit: Audit; auth: Pick<Auth, 'revocations'>; sites: Sites; log: { error(detail: object, message: string): void } }
/** A person to be told. */
export interface Recipient { user: string; name: string; email: string; locale: 'ru' | 'en' }
/** Where an alert stands; `tell`: people that its rule names for the first step. */
export interface ToldAt { zone: string | null; step: Step; tell: readonly string[] | null }

export type DutyService = ReturnType<typeof createDuty>;

/** Shifts, who is on duty, and whom to tell. */
export function createDuty({ store, clock, audit, auth, sites, log }: DutyDeps) {
  const repository = dutyRepository(store);
  const deps: SettleDeps = { repository, sites, reachOf: async () => new Map() };
  const settleNow = (tx: Transaction, site: string): Promise<void> => settle(tx, deps, site, clock());
  const settleSite = (site: string): Promise<void> => store.transaction((tx) => settleNow(tx, site), dutyScope(site));
  const timer = createDutyTimer({ store, clock, repository, settleSite, onError: (error) => log.error({ err: loggable(error) }, 'who is on duty could not be settled; it is tried again') });

  auth.revocations.subscribe(({ subject, id }) => { if (subject === 'user') timer.soon(() => store.read((db) => repository.sitesOf(db, id))); });
  sites.onSiteChanged((site) => timer.soon(async () => (await store.read((db) => repository.isWatched(db, site)) ? [site] : [])));

  /** End of the person's running shifts, else of the site's; undefined while no shift runs. */
  async function shiftEnd(db: Db, site: string, timezone: string, user: string, now: number): Promise<number | undefined> {
    const shifts = await repository.shiftsOf(db, site);
    return endOfOwnShifts({ shifts, timezone }, user, now) ?? runningShift({ shifts, timezone }, now)?.endsAt;
  }

  /** What a person says of themselves, as it is kept; null: what they say is what the shifts say. */
  async function wordOf(db: Db, site: string, timezone: string, user: string, { on, zones, until }: DutyChange, now: number): Promise<Word | null> {
    const shifts = await repository.shiftsOf(db, site);
    const ownEnd = endOfOwnShifts({ shifts, timezone }, user, now);
    if (!on) {
      const back = until ?? ownEnd;
      return back === undefined ? null : { user, present: false, zones: undefined, until: back };
    }
    if (ownEnd !== undefined && zones === undefined && until === undefined) return null;
    const end = until === undefined ? ownEnd ?? runningShift({ shifts, timezone }, now)?.endsAt ?? now + BY_HAND_MS : until;
    return { user, present: true, zones, until: end };
  }

  /** How each of these people can be told now, and when their console was last in sight within a day. */
  async function contactOf(db: Db, site: string, users: readonly string[], now: number): Promise<(user: string) => Pick<OnDuty, 'seenAt' | 'reach'>> {
    const consoles = await repository.consoles(db, site, now - DAY_MS);
    const reach = await deps.reachOf(db, users);
    return (user) => {
      const seenAt = consoles.get(user) ?? null;
      const inSight = seenAt !== null && seenAt > now - PRESENCE_GONE_MS;
      return { seenAt, reach: [...(inSight ? ['console' as const] : []), ...reach.get(user) ?? []] };
    };
  }

  async function board(db: Db, site: string): Promise<DutyBoard> {
    const now = clock();
    const known = await sites.getIn(db, site);
    if (!known) throw notFound('site');
    const onDuty = await repository.onDuty(db, site);
    const users = new Map((await repository.watchers(db, site, onDuty.map(({ user }) => user))).map((user) => [user.id, user]));
    const contact = await contactOf(db, site, [...users.keys()], now);
    const people = onDuty.filter(({ user }) => users.has(user)).map(({ user, role, zones, shift, until }): OnDuty => ({ user, name: users.get(user)!.name, role, zones, shift, until, ...contact(user) }));
    people.sort((a, b) => DUTY_ROLES.indexOf(a.role) - DUTY_ROLES.indexOf(b.role) || a.name.localeCompare(b.name));
    const shift = runningShift({ shifts: await repository.shiftsOf(db, site), timezone: known.timezone }, now);
    return { people, shift: shift && { id: shift.id, name: shift.name, endsAt: shift.endsAt } };
  }

  /** People on duty who may be told. A row that its time has passed over counts no more, though nobody has looked yet. */
  async function watching(db: Db, site: string, now: number) {
    const rows = (await repository.onDuty(db, site)).filter(({ until }) => until === null || until > now);
    const users = new Map((await repository.watchers(db, site, rows.map(({ user }) => user))).map((user) => [user.id, user]));
    const inSight = await repository.consoles(db, site, now - PRESENCE_GONE_MS);
    return rows.filter(({ user }) => users.has(user)).map(({ user, role, zones }) => ({ user, name: users.get(user)!.name, role, zones, inSight: inSight.has(user) }));
  }

  async function asRecipients(db: Db, site: string, ids: readonly string[]): Promise<Recipient[]> {
    const users = new Map((await repository.watchers(db, site, ids)).map((user) => [user.id, user]));
    return ids.flatMap((id) => { const user = users.get(id); return user ? [{ user: id, name: user.name, email: user.email, locale: user.locale }] : []; });
  }

  return {
    shifts: createShifts({ store, clock, audit, sites, repository, settle: settleNow }),
    start: timer.start,
    stop: timer.stop,
    /** Does what is due by now: states who came on duty and who went, and checks shifts. */
    tick: timer.tick,
    /** Tells how people can be reached when their console is out of sight. */
    setReach(reachOf: ReachOf): void { deps.reachOf = reachOf; },

    /** Who is on duty at a site now. @throws ApiError `not_found` */
    board: (site: string): Promise<DutyBoard> => store.read((db) => board(db, site)),
    /** Whom shifts and rules can name, by name. @throws ApiError `not_found` */
    async people(site: string): Promise<SitePeople> {
      if (!await sites.get(site)) throw notFound('site');
      return store.read(async (db) => {
        const users = await repository.allWatchers(db, site);
        const contact = await contactOf(db, site, users.map(({ id }) => id), clock());
        return { people: users.map(({ id, name, role }) => ({ id, name, role, reach: contact(id).reach })) };
      });
    },
    /** People on duty, as live views show them. */
    ofSite: async (site: string): Promise<Record<string, { name: string; role: DutyRole; zones: string[] | null; until: number | null }>> =>
      Object.fromEntries((await store.read((db) => repository.onDuty(db, site))).map(({ user, name, role, zones, until }) => [user, { name, role, zones, until }])),

    /**
     * A person comes or goes by their own word. Coming without `until` lasts until the end of the shift, or half a day
     * where none runs; going lasts until the end of their own shift. @throws ApiError
     */
    change: (by: PersonPrincipal, site: string, change: DutyChange): Promise<DutyBoard> => store.transaction(async (tx) => {
      const now = clock();
      const known = await sites.getIn(tx.db, site);
      if (!known) throw notFound('site');
      if (typeof change.until === 'number' && change.until <= now) throw invalid('/until', 'must be in the future');
      const missing = change.zones?.find((zone) => !known.zones.some(({ id }) => id === zone));
      if (missing !== undefined) throw invalid('/zones', `there is no zone "${missing}" at this site`);
      const word = await wordOf(tx.db, site, known.timezone, by.user.id, change, now);
      if (word) await repository.sayWord(tx.db, site, word);
      else await repository.dropWord(tx.db, site, by.user.id);
      await settle(tx, deps, site, now);
      return board(tx.db, site);
    }, dutyScope(site)),

    /** A person's console is in sight. Told every half minute; a full disk is no reason to complain. @throws ApiError `not_found` */
    async consoleSeen(by: PersonPrincipal, site: string): Promise<void> {
      if (!await sites.get(site)) throw notFound('site');
      await ifWritable(store.transaction(({ db }) => repository.consoleSeen(db, site, by.user.id, clock()), `console ${site} ${by.user.id}`));
    },

    /**
     * Whom to tell of an alert, in order. Step 0: those that the rule names, else the floor people of the zone or of the
     * whole site, else the other floor people, the second, the manager. Step 1: the second and the floor people who were
     * not told yet. Step 2: managers on duty, else supervisors and administrators. Nobody on duty: those of the floor
     * whose console is in sight, else supervisors, else administrators; somebody is always told.
     */
    async recipients(db: Db, site: string, { zone, step, tell }: ToldAt, now: number): Promise<Recipient[]> {
      const onDuty = await watching(db, site, now);
      const named = tell === null ? [] : (await repository.watchers(db, site, tell)).map(({ id }) => id);
      const ids = onDuty.length > 0 || (named.length > 0 && step === 0) ? onDutyTold(onDuty, { zone, step, named: (tell ?? []).filter((id) => named.includes(id)) }) : [];
      if (ids.length > 0) return asRecipients(db, site, ids);
      const inSight = await repository.consoles(db, site, now - PRESENCE_GONE_MS);
      const all = (await repository.allWatchers(db, site)).map(({ id, name, role }) => ({ user: id, name, role, inSight: inSight.has(id) }));
      return asRecipients(db, site, offDutyTold(all, step));
    },

    /** Who is on duty at a place now, those who are told first foremost. `zone` null: at the site. */
    async onDutyAt(site: string, zone: string | null): Promise<Actor[]> {
      const now = clock();
      const people = (await store.read((db) => watching(db, site, now))).filter(({ zones }) => zone === null || looksAfter(zones, zone));
      people.sort((a, b) => DUTY_ROLES.indexOf(a.role) - DUTY_ROLES.indexOf(b.role) || a.name.localeCompare(b.name));
      return people.map(({ user, name }) => ({ id: user, name }));
    },

    /** When the person's duty is over, epoch ms: the end of their shift, else of the site's running one, else of its day. @throws ApiError `not_found` */
    async endOfShift(db: Db, site: string, user: string, now: number): Promise<number> {
      const known = await sites.getIn(db, site);
      if (!known) throw notFound('site');
      return await shiftEnd(db, site, known.timezone, user, now) ?? dayOf(known.timezone, now).end;
    },
  };
}
