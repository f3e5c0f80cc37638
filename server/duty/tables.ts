import { int, nullable, table, text } from '../core/store/table.ts';

/** Shifts of every week; `days` and `people` are JSON of `Shift`. `checkedFor` is the start of the latest one that was looked at. */
export const shiftsTable = table('shifts', {
  id: text(), site: text(), name: text(), days: text(), fromMinute: int(), toMinute: int(), people: text(), createdAt: int(), checkedFor: nullable(int()),
}, { primaryKey: ['id'], index: [['site']] });

/** Who is on duty: changes only together with `duty.started` and `duty.ended`. `byHand`: by their own word, not by a shift. */
export const dutyTable = table('duty', {
  site: text(), user: text(), name: text(), role: text(), zones: nullable(text()), shift: nullable(text()), since: int(), until: nullable(int()), byHand: int(),
}, { primaryKey: ['site', 'user'] });

/** When a person's console was last in sight at a site. */
export const consolesTable = table('consoles', { site: text(), user: text(), seenAt: int() }, { primaryKey: ['site', 'user'] });
