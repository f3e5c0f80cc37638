import { DUTY_ROLES, type DutyRole, type Shift } from '../../contract/index.ts';
import { nextOccurrence, occurrence, type Occurrence } from './rules.ts';

/** A shift as it is kept; `checkedFor` and `unreachable` belong to the check at its start. */
export interface KeptShift extends Shift { createdAt: number; checkedFor: number | null; unreachable: boolean }
/** What a person said of themselves; it wins over the shifts until `until`. `zones` undefined leaves them to the shifts. */
export interface Word { user: string; present: boolean; zones: string[] | null | undefined; until: number | null }
/** A person on duty. `zones` and `until` null: the whole site, and until they say otherwise. */
export interface Duty { user: string; name: string; role: DutyRole; zones: string[] | null; shift: string | null; until: number | null; byHand: boolean }

/** Everything that says who is on duty at a site. */
export interface RosterSources {
  timezone: string;
  shifts: readonly KeptShift[];
  words: readonly Word[];
  /** Names of those who may handle alerts here: nobody else is on duty. */
  people: ReadonlyMap<string, string>;
  zones: ReadonlySet<string>;
}

/** This long after a shift began somebody of it has to be reachable. */
export const CHECK_AFTER_MS = 60_000;
/** How often a shift that nobody can be reached in is looked at again. */
const RECHECK_MS = 10_000;
/** Whatever was missed is set right within this time. */
const AT_LEAST_EVERY_MS = 10 * 60_000;

interface Membership { shift: KeptShift; time: Occurrence; role: DutyRole; zones: string[] | null }

const inForce = ({ until }: Word, now: number): boolean => until === null || until > now;
const later = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : Math.max(a, b));

/** Zones that are gone count for nothing; who has none left has the whole site, rather than none of it. */
function existing(zones: readonly string[] | null, known: ReadonlySet<string>): string[] | null {
  const left = (zones ?? []).filter((zone) => known.has(zone));
  return left.length === 0 ? null : [...new Set(left)].sort();
}

function runningMemberships({ shifts, people, zones, timezone }: RosterSources, now: number): Map<string, Membership[]> {
  const found = new Map<string, Membership[]>();
  for (const shift of shifts) {
    const time = occurrence(shift, timezone, now);
    if (!time) continue;
    for (const person of shift.people) {
      if (!people.has(person.user)) continue;
      const membership = { shift, time, role: person.role, zones: existing(person.zones, zones) };
      found.set(person.user, [...found.get(person.user) ?? [], membership]);
    }
  }
  return found;
}

/** Several shifts at once: the role that is told first, the zones of all shifts with that role, until the last one ends. */
function merged(user: string, name: string, memberships: readonly Membership[]): Duty {
  const role = DUTY_ROLES.find((one) => memberships.some((membership) => membership.role === one))!;
  const same = memberships.filter((membership) => membership.role === role);
  const zones = same.some((one) => one.zones === null) ? null : [...new Set(same.flatMap((one) => one.zones ?? []))].sort();
  const last = memberships.reduce((a, b) => (b.time.end > a.time.end ? b : a));
  return { user, name, role, zones, shift: last.shift.id, until: last.time.end, byHand: false };
}

/**
 * Who is on duty at `now` (epoch ms), by person: those of the running shifts and those who came by their own word,
 * without those who went by it. Who came without being in a shift is told first, as the floor is.
 */
export function roster(sources: RosterSources, now: number): Map<string, Duty> {
  const onDuty = new Map<string, Duty>();
  for (const [user, memberships] of runningMemberships(sources, now)) onDuty.set(user, merged(user, sources.people.get(user)!, memberships));
  for (const word of sources.words) {
    const name = sources.people.get(word.user);
    if (name === undefined || !inForce(word, now)) continue;
    const planned = onDuty.get(word.user);
    if (!word.present) { onDuty.delete(word.user); continue; }
    onDuty.set(word.user, {
      user: word.user, name, role: planned?.role ?? 'floor', zones: word.zones === undefined ? planned?.zones ?? null : existing(word.zones, sources.zones),
      shift: planned?.shift ?? null, until: planned ? later(word.until, planned.until) : word.until, byHand: true,
    });
  }
  return onDuty;
}

const same = (a: Duty, b: Duty): boolean => a.role === b.role && a.shift === b.shift && a.until === b.until && a.byHand === b.byHand && JSON.stringify(a.zones) === JSON.stringify(b.zones);

/** What the log has to be told so that it says what the roster says. Whose role, zones or times changed starts anew. */
export function dutyChanges(stated: readonly Duty[], wanted: ReadonlyMap<string, Duty>): { started: Duty[]; ended: Duty[] } {
  const known = new Map(stated.map((one) => [one.user, one]));
  return {
    ended: stated.filter(({ user }) => !wanted.has(user)),
    started: [...wanted.values()].filter((one) => { const before = known.get(one.user); return !before || !same(before, one); }),
  };
}

/** A running shift whose people have to be looked at now, and what for. */
export interface DueCheck { shift: KeptShift; start: number; again: boolean }

const checkAt = (shift: KeptShift, start: number): number => Math.max(start, shift.createdAt) + CHECK_AFTER_MS;

/** Shifts to be checked: once a minute after they began, and those that nobody could be reached in once more. */
export function dueChecks({ shifts, timezone }: Pick<RosterSources, 'shifts' | 'timezone'>, now: number): DueCheck[] {
  return shifts.flatMap((shift): DueCheck[] => {
    const time = occurrence(shift, timezone, now);
    if (!time) return [];
    if (shift.checkedFor !== time.start) return now >= checkAt(shift, time.start) ? [{ shift, start: time.start, again: false }] : [];
    return shift.unreachable ? [{ shift, start: time.start, again: true }] : [];
  });
}

/** Who of a shift is on duty now: its people, and those who came by their own word and are in no shift. */
export function crewOf(shift: Shift, onDuty: ReadonlyMap<string, Duty>): string[] {
  const named = new Set(shift.people.map(({ user }) => user));
  return [...onDuty.values()].filter((one) => named.has(one.user) || one.shift === null).map(({ user }) => user);
}

/** When the site has to be looked at next, epoch ms; null: never, as nothing can change by time. */
export function nextLook({ shifts, words, timezone }: Pick<RosterSources, 'shifts' | 'words' | 'timezone'>, now: number): number | null {
  if (shifts.length === 0 && words.length === 0) return null;
  const times = [now + AT_LEAST_EVERY_MS, ...words.flatMap(({ until }) => (until !== null && until > now ? [until] : []))];
  for (const shift of shifts) {
    const running = occurrence(shift, timezone, now);
    const next = nextOccurrence(shift, timezone, now);
    if (next) times.push(next.start);
    if (!running) continue;
    times.push(running.end);
    if (shift.checkedFor !== running.start) times.push(checkAt(shift, running.start));
    else if (shift.unreachable) times.push(now + RECHECK_MS);
  }
  return Math.min(...times.filter((at) => at > now));
}

/** The shift that runs now, the one that began last where there are several, and when it ends. */
export function runningShift({ shifts, timezone }: Pick<RosterSources, 'shifts' | 'timezone'>, now: number): { id: string; name: string; startedAt: number; endsAt: number } | null {
  const running = shifts.flatMap((shift) => { const time = occurrence(shift, timezone, now); return time ? [{ id: shift.id, name: shift.name, startedAt: time.start, endsAt: time.end }] : []; });
  return running.sort((a, b) => b.startedAt - a.startedAt || a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** When the last of a person's running shifts ends, epoch ms; undefined when they are in none. */
export function endOfOwnShifts({ shifts, timezone }: Pick<RosterSources, 'shifts' | 'timezone'>, user: string, now: number): number | undefined {
  const ends = shifts.filter(({ people }) => people.some((one) => one.user === user)).flatMap((shift) => { const time = occurrence(shift, timezone, now); return time ? [time.end] : []; });
  return ends.length === 0 ? undefined : Math.max(...ends);
}
