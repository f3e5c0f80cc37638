import { int, nullable, table, text } from '../core/store/table.ts';

/** Shifts of every week; `days` and `people` are JSON of `Shift`. `checkedFor` is the start of the latest one that was looked at. */
export const shiftsTable = table('shifts', {
  id: text(), site: text(), name: text(), days: text(), fromMinute: int(), toMinute: int(), people: text(), createdAt: int(), checkedFor: nullable(int()),
  /** 1: when it was last looked at nobody of it could be told anything, and nobody could since. */
  unreachable: int({ default: 0 }),
}, { primaryKey: ['id'], index: [['site']] });

/** Who is on duty: changes only together with `duty.started` and `duty.ended`. `byHand`: by their own word, not by a shift. */
export const dutyTable = table('duty', {
  site: text(), user: text(), name: text(), role: text(), zones: nullable(text()), shift: nullable(text()), since: int(), until: nullable(int()), byHand: int(),
}, { primaryKey: ['site', 'user'] });

/** When a person's console was last in sight at a site. */
export const consolesTable = table('consoles', { site: text(), user: text(), seenAt: int() }, { primaryKey: ['site', 'user'] });

/**
 * What people said of themselves: it wins over the shifts until `until` (null: until they say otherwise). `zones` is JSON,
 * `null` for the whole site; nothing at all leaves the zones to the shifts.
 */
export const dutyWordsTable = table('duty_words', { site: text(), user: text(), present: int(), zones: nullable(text()), until: nullable(int()) }, { primaryKey: ['site', 'user'] });

/** When a site's duty has to be looked at next: a shift begins or ends, somebody's own word is over, a shift is to be checked. */
export const dutyTimesTable = table('duty_times', { site: text(), nextAt: int() }, { primaryKey: ['site'], index: [['nextAt']] });
