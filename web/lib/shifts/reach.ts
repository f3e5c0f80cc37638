import type { Shift } from '../../../contract/duty.ts';
import type { Person } from './api.ts';

/** A console in sight is luck at the time of looking; these are there during the shift too. */
const LASTING = ['push', 'email', 'telegram'] as const satisfies readonly Person['reach'][number][];

/** Shifts with people of whom nobody can be told anything unless they happen to have the page open. */
export function withoutReach<S extends Pick<Shift, 'people'>>(shifts: readonly S[], people: readonly Pick<Person, 'id' | 'reach'>[]): S[] {
  const reachable = new Set(people.filter(({ reach }) => LASTING.some((way) => reach.includes(way))).map(({ id }) => id));
  return shifts.filter((shift) => shift.people.length > 0 && !shift.people.some(({ user }) => reachable.has(user)));
}
