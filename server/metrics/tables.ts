import { int, nullable, table, text } from '../core/store/table.ts';

/**
 * Ratings of one touchpoint in one hour (hours since the epoch, UTC): how many of which class, and when. `marks` holds
 * each as three characters, `second of the hour × 4 + class` in base 36, for playing rules back.
 */
export const ratingHoursTable = table('rating_hours', {
  site: text(), touchpoint: text(), hour: int(), lowest: int({ default: 0 }), negative: int({ default: 0 }), neutral: int({ default: 0 }), positive: int({ default: 0 }), marks: text(),
}, { primaryKey: ['site', 'touchpoint', 'hour'], index: [['site', 'hour']] });

/**
 * Other measures of a touchpoint (empty: of none) by the minute: people in and out, receipts, consultations, lost
 * visits, face observations and the sum of their moods in thousandths, people whose time in view ended (null: from before
 * they were counted here).
 */
export const measureMinutesTable = table('measure_minutes', {
  site: text(), touchpoint: text(), minute: int(), in: int({ default: 0 }), out: int({ default: 0 }), receipts: int({ default: 0 }), consultations: int({ default: 0 }),
  lost: int({ default: 0 }), faces: int({ default: 0 }), mood: int({ default: 0 }), people: nullable(int()),
}, { primaryKey: ['site', 'touchpoint', 'minute'], index: [['site', 'minute']] });
