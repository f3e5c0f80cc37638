import { int, nullable, table, text } from '../core/store/table.ts';

/**
 * What the cameras saw in each quarter of an hour (quarters since the epoch, UTC). `area` '' is the whole picture, its
 * areas included; `staff` 1 are the rows of people behind the masks, which are in no other. `people` stands in `sums` too
 * (see `Sums`), a JSON array of whole numbers.
 */
export const emotionQuartersTable = table('emotion_quarters', {
  site: text(), quarter: int(), camera: text(), area: text(), staff: int({ default: 0 }), people: int({ default: 0 }), sums: text(),
}, { primaryKey: ['site', 'quarter', 'camera', 'area', 'staff'] });

/**
 * What a camera's picture and its areas were called and stood for, from a quarter on: reports go by the set-up as it was,
 * also when the camera is gone. `names` is JSON of `StreamNames`.
 */
export const emotionStreamsTable = table('emotion_streams', { site: text(), camera: text(), area: text(), quarter: int(), names: text() }, { primaryKey: ['site', 'camera', 'area', 'quarter'] });

/** People of the whole site who have not been told of yet (`stated` 0), and the latest groups of people who have: sums by the time of the last one. */
export const emotionSummedTable = table('emotion_summed', { site: text(), to: int(), from: int(), people: int(), sums: text() }, { primaryKey: ['site', 'to'] });

/** When somebody was on duty, as the log tells it; `until` null while they are. */
export const emotionDutyTable = table('emotion_duty', { site: text(), user: text(), since: int(), until: nullable(int()) }, { primaryKey: ['site', 'user', 'since'], index: [['site', 'since']] });
