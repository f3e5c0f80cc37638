import { posterior } from './baseline.ts';
import { beta, exponential, seeded, type Random } from './random.ts';
import { emptyRate, stepRate, type RateSettings } from './rate.ts';

const HOUR = 3_600_000;
const SEED = 1954;
/** Ratings to simulate, which bounds the time, and days, beyond which nothing is gained. */
const MOST_RATINGS = 60_000;
const MOST_DAYS = 1_000;
/** Busier hours are simulated as this busy: from there on the threshold grows with the volume and holds alerts a day level. */
const BUSIEST = 240;

/** One local hour of a usual day. */
export interface UsualHour {
  perHour: number;
  /** Share of negatives, 0..1, among the `n` ratings of the last 28 days at this hour. */
  share: number;
  n: number;
}

/**
 * Alerts a day that `stepRate` would raise at one touchpoint when nothing is wrong: simulated days with ratings as a
 * Poisson process. The true share of an hour is drawn each day from what the baseline leaves open, so that a young place
 * is not taken at its word. Same input, same answer.
 * @param input.hours the 24 local hours; what is not a positive number of ratings an hour is a closed hour
 * @param input.cooldownS seconds after an alert in which the next is held back
 */
export function expectedFalsePerDay(input: { hours: readonly UsualHour[]; cooldownS: number } & RateSettings): number {
  const hours = input.hours.slice(0, 24).map(({ perHour, share, n }) => ({ perHour: perHour > 0 ? Math.min(BUSIEST, perHour) : 0, baseline: { n, k: share * n } }));
  const perDay = hours.reduce((sum, hour) => sum + hour.perHour, 0);
  if (perDay === 0) return 0;
  const days = Math.max(1, Math.min(MOST_DAYS, Math.floor(MOST_RATINGS / perDay)));
  const random = seeded(SEED);
  let state = emptyRate();
  let sent = -Infinity;
  let alerts = 0;
  for (let hour = 0; hour < days * 24; hour += 1) {
    const usual = hours[hour % 24];
    if (usual === undefined || usual.perHour === 0) continue;
    const { a, b } = posterior(usual.baseline);
    const share = beta(random, a, b);
    for (const at of arrivals(random, usual.perHour, hour * HOUR)) {
      const step = stepRate(state, { at, negative: random() < share }, usual.baseline, input);
      state = step.state;
      if (step.alarm === null || at - sent < input.cooldownS * 1000) continue;
      sent = at;
      alerts += 1;
    }
  }
  return alerts / days;
}

/** Times of the ratings of one hour that begins at `from`. */
function* arrivals(random: Random, perHour: number, from: number): Generator<number> {
  for (let at = from + exponential(random, HOUR / perHour); at < from + HOUR; at += exponential(random, HOUR / perHour)) yield at;
}
