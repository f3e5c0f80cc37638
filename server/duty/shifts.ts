import { ulid } from 'ulid';
import type { NewShift, Shift } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { demand, type PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { conflict, invalid, notFound } from '../core/http/index.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import type { DutyRepository } from './repository.ts';
import type { KeptShift } from './roster.ts';

/** More than any week of any shop needs. */
const SHIFTS_MOST = 50;

export interface ShiftsDeps { store: Store; clock: Clock; audit: Audit; sites: Sites; repository: DutyRepository; settle(tx: Transaction, site: string): Promise<void> }

const plain = ({ id, site, name, days, from, to, people }: KeptShift): Shift => ({ id, site, name, days, from, to, people });

/** A site's shifts: kept, changed and removed; what that changes about who is on duty now is stated in the same transaction. */
export function createShifts({ store, clock, audit, sites, repository, settle }: ShiftsDeps) {
  async function check(tx: Transaction, site: string, shift: NewShift): Promise<void> {
    const known = await sites.getIn(tx.db, site);
    if (!known) throw notFound('site');
    if (new Set(shift.days).size < shift.days.length) throw invalid('/days', 'names a day twice');
    const zones = new Set(known.zones.map(({ id }) => id));
    const may = new Set((await repository.watchers(tx.db, site, shift.people.map(({ user }) => user))).map(({ id }) => id));
    const seen = new Set<string>();
    for (const [i, person] of shift.people.entries()) {
      if (seen.has(person.user)) throw invalid(`/people/${i}/user`, 'is in this shift already: name each person once');
      seen.add(person.user);
      if (!may.has(person.user)) throw invalid(`/people/${i}/user`, 'is nobody who may take alerts at this site: choose somebody else, or give them a role and this site first');
      const missing = person.zones?.find((zone) => !zones.has(zone));
      if (missing !== undefined) throw invalid(`/people/${i}/zones`, `there is no zone "${missing}" at this site`);
    }
  }

  /** The shift within a transaction, if `by` may change it. */
  async function managed(tx: Transaction, by: PersonPrincipal, id: string): Promise<KeptShift> {
    const shift = await repository.shift(tx.db, id);
    if (!shift) throw notFound('shift');
    demand(by, 'duty.manage', shift.site);
    return shift;
  }

  return {
    async ofSite(site: string): Promise<Shift[]> {
      if (!await sites.get(site)) throw notFound('site');
      return (await store.read((db) => repository.shiftsOf(db, site))).map(plain);
    },
    /** @throws ApiError */
    create: (by: PersonPrincipal, site: string, input: NewShift): Promise<Shift> => store.transaction(async (tx) => {
      await check(tx, site, input);
      if ((await repository.shiftsOf(tx.db, site)).length >= SHIFTS_MOST) throw conflict(`A site has at most ${SHIFTS_MOST} shifts. Remove one first.`);
      const shift: Shift = { id: ulid().toLowerCase(), site, ...input };
      await repository.insertShift(tx.db, shift, clock());
      await audit.record(tx, by, 'shift.created', `shift:${shift.id}`, { site, name: shift.name });
      await settle(tx, site);
      return shift;
    }),
    /** Puts `input` in the shift's place; who comes or goes by that does so at once. @throws ApiError */
    replace: (by: PersonPrincipal, id: string, input: NewShift): Promise<Shift> => store.transaction(async (tx) => {
      const { site } = await managed(tx, by, id);
      await check(tx, site, input);
      const shift: Shift = { id, site, ...input };
      await repository.updateShift(tx.db, shift);
      await audit.record(tx, by, 'shift.updated', `shift:${id}`, { site, name: shift.name, people: shift.people.length });
      await settle(tx, site);
      return shift;
    }),
    /** @throws ApiError */
    remove: (by: PersonPrincipal, id: string): Promise<void> => store.transaction(async (tx) => {
      const { site, name } = await managed(tx, by, id);
      await repository.deleteShift(tx.db, id);
      await audit.record(tx, by, 'shift.deleted', `shift:${id}`, { site, name });
      await settle(tx, site);
    }),
  };
}
