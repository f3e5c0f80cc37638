import { PRESENCE_GONE_MS, type OnDuty } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Db, NewEvent, Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import type { DutyRepository } from './repository.ts';
import { crewOf, dueChecks, dutyChanges, nextLook, roster, type Duty, type KeptShift, type RosterSources } from './roster.ts';

/** Ways beside a console in which people can be told, by person; who is missing can be told in none. */
export type ReachOf = (db: Db, users: readonly string[]) => Promise<ReadonlyMap<string, readonly Exclude<OnDuty['reach'][number], 'console'>[]>>;

export interface SettleDeps { repository: DutyRepository; sites: Sites; reachOf: ReachOf }

/** What says who is on duty at a site now; undefined when there is no such site. */
export async function rosterSources(db: Db, { repository, sites }: Omit<SettleDeps, 'reachOf'>, site: string): Promise<RosterSources & { shifts: KeptShift[]; stated: (Duty & { since: number })[] } | undefined> {
  const known = await sites.getIn(db, site);
  if (!known) return undefined;
  const shifts = await repository.shiftsOf(db, site);
  const words = await repository.words(db, site);
  const stated = await repository.onDuty(db, site);
  const ids = new Set([...shifts.flatMap(({ people }) => people.map(({ user }) => user)), ...words.map(({ user }) => user)]);
  const people = new Map((await repository.watchers(db, site, [...ids])).map(({ id, name }) => [id, name]));
  return { timezone: known.timezone, shifts, words, people, zones: new Set(known.zones.map(({ id }) => id)), stated };
}

/**
 * Makes rows and log say who is on duty at `now` (epoch ms), checks shifts whose time for that has come, and sets when to
 * look again. To be called in a transaction of scope `dutyScope(site)`, or in one without.
 */
export async function settle(tx: Transaction, deps: SettleDeps, site: string, now: number): Promise<void> {
  const { repository } = deps;
  await repository.dropWordsUntil(tx.db, site, now);
  const sources = await rosterSources(tx.db, deps, site);
  if (!sources) return repository.lookAt(tx.db, site, null);
  const wanted = roster(sources, now);
  const events = await changeRows(tx.db, repository, site, sources.stated, wanted, now);
  events.push(...await checkShifts(tx.db, deps, site, sources, wanted, now));
  await tx.append(events);
  await repository.lookAt(tx.db, site, nextLook(sources, now));
}

export const dutyScope = (site: string): string => `duty ${site}`;

async function changeRows(db: Db, repository: DutyRepository, site: string, stated: readonly (Duty & { since: number })[], wanted: ReadonlyMap<string, Duty>, now: number): Promise<NewEvent[]> {
  const { started, ended } = dutyChanges(stated, wanted);
  const events: NewEvent[] = [];
  for (const { user, name } of ended) {
    await repository.end(db, site, user);
    events.push(hubEvent(site, 'duty.ended', now, { by: { id: user, name } }));
  }
  for (const one of started) {
    await repository.start(db, site, one, now);
    const { user, name, role, zones, until, shift } = one;
    events.push(hubEvent(site, 'duty.started', now, { by: { id: user, name }, role, zones, until, shift }));
  }
  return events;
}

/** Notes in `sources` what it found, so that the next look is set by it. */
async function checkShifts(db: Db, deps: SettleDeps, site: string, sources: RosterSources, onDuty: ReadonlyMap<string, Duty>, now: number): Promise<NewEvent[]> {
  const events: NewEvent[] = [];
  for (const { shift, start, again } of dueChecks(sources, now)) {
    const reachable = await anyReachable(db, deps, site, crewOf(shift, onDuty), now);
    // A shift that nobody could be reached in when it was last on is set right by the first one that has somebody.
    const news = reachable === shift.unreachable || (!reachable && !again);
    shift.checkedFor = start;
    shift.unreachable = !reachable;
    if (!again || news) await deps.repository.markChecked(db, shift.id, start, !reachable);
    if (news) events.push(hubEvent(site, 'duty.checked', now, { shift: shift.id, name: shift.name, reachable }));
  }
  return events;
}

async function anyReachable(db: Db, { repository, reachOf }: SettleDeps, site: string, users: readonly string[], now: number): Promise<boolean> {
  if (users.length === 0) return false;
  const inSight = await repository.consoles(db, site, now - PRESENCE_GONE_MS);
  if (users.some((user) => inSight.has(user))) return true;
  const reach = await reachOf(db, users);
  return users.some((user) => (reach.get(user)?.length ?? 0) > 0);
}
