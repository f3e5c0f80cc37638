import { dayOf, type RatingClass } from '../../contract/index.ts';
import { DAY, HOUR, hourOf, markOf, type RatingHour } from '../metrics/index.ts';

const DAYS = 7;
const OPEN_HOURS = 10;
const PER_HOUR = 60;
/** Shares of an ordinary place with a terminal: 15 % negatives, a third of them of the worst face. */
const SHARES: readonly [RatingClass, number][] = [['lowest', 0.05], ['negative', 0.1], ['neutral', 0.15], ['positive', 0.7]];

/**
 * A week of presses as an ordinary shop may have them, the same every time: 60 an hour at each touchpoint from ten to
 * eight, evenly mixed.
 */
export function seededPresses(touchpoints: readonly string[], now: number, timezone: string): { rows: RatingHour[]; days: number } {
  const rows: RatingHour[] = [];
  let seed = 20_261_121;
  const next = (): number => {
    // Park and Miller's minimal standard: plenty for a mixture of faces.
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let day = DAYS; day > 0; day -= 1) {
    const open = dayOf(timezone, now - day * DAY).start + 10 * HOUR;
    for (let hour = hourOf(open); hour < hourOf(open) + OPEN_HOURS; hour += 1) {
      for (const touchpoint of touchpoints) rows.push(hourOfPresses(touchpoint, hour, next));
    }
  }
  return { rows, days: DAYS };
}

function hourOfPresses(touchpoint: string, hour: number, next: () => number): RatingHour {
  const row: RatingHour = { touchpoint, hour, lowest: 0, negative: 0, neutral: 0, positive: 0, marks: '' };
  const times = Array.from({ length: PER_HOUR }, () => Math.floor(next() * HOUR)).sort((a, b) => a - b);
  for (const ms of times) {
    const of = classOf(next());
    row[of] += 1;
    row.marks += markOf(hour * HOUR + ms, of);
  }
  return row;
}

function classOf(draw: number): RatingClass {
  let sum = 0;
  for (const [of, share] of SHARES) {
    sum += share;
    if (draw < sum) return of;
  }
  return 'positive';
}
