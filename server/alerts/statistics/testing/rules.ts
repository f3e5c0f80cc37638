import { expectedShare, type Baseline } from '../baseline.ts';
import { atLeast } from '../binomial.ts';
import { emptyRate, stepRate, type RateStep, type Sensitivity } from '../rate.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Tells of each rating whether it raises. Made anew for each run of days; it remembers. */
export type Watcher = (at: number, negative: boolean, baseline: Baseline) => boolean;

/** This product's rule; `seen` is shown every step. */
export function otklik(sensitivity: Sensitivity, minimum = 4, seen: (step: RateStep, at: number) => void = () => undefined): Watcher {
  let state = emptyRate();
  return (at, negative, baseline) => {
    const step = stepRate(state, { at, negative }, baseline, { sensitivity, minimum });
    state = step.state;
    seen(step, at);
    return step.alarm !== null;
  };
}

/** The same at a place that began yesterday: its baseline is what it saw itself at that hour on the days before. */
export function learning(watch: Watcher): Watcher {
  const before: Baseline[] = [];
  let hour = -1;
  let now = { n: 0, k: 0 };
  return (at, negative) => {
    if (Math.floor(at / HOUR) !== hour) {
      const past = before[hour % 24] ?? { n: 0, k: 0 };
      before[hour % 24] = { n: past.n + now.n, k: past.k + now.k };
      hour = Math.floor(at / HOUR);
      now = { n: 0, k: 0 };
    }
    now = { n: now.n + 1, k: now.k + (negative ? 1 : 0) };
    return watch(at, negative, before[hour % 24] ?? { n: 0, k: 0 });
  };
}

/** A fixed rule over the ratings of the last `minutes`. */
function windowed(minutes: number, raises: (k: number, n: number) => boolean): Watcher {
  const window: { at: number; negative: boolean }[] = [];
  let k = 0;
  return (at, negative) => {
    window.push({ at, negative });
    if (negative) k += 1;
    for (let first = window[0]; first !== undefined && at - first.at >= minutes * MINUTE; first = window[0]) {
      if (first.negative) k -= 1;
      window.shift();
    }
    return raises(k, window.length);
  };
}
/** The other test against a place's own baseline: so many negatives within the window come by chance in one case of a hundred. */
export function binomialWindow(minutes = 15): Watcher {
  let known: Baseline = { n: 0, k: 0 };
  const watch = windowed(minutes, (k, n) => n >= 4 && k > n * expectedShare(known) && atLeast(k, n, expectedShare(known)) < 0.01);
  return (at, negative, baseline) => {
    known = baseline;
    return watch(at, negative, baseline);
  };
}
/** Raises when either does. */
export const either = (one: Watcher, other: Watcher): Watcher => (at, negative, baseline) => [one(at, negative, baseline), other(at, negative, baseline)].includes(true);
export const halfOfFour = (): Watcher => windowed(15, (k, n) => n >= 4 && k * 2 >= n);
export const threeIn15 = (): Watcher => windowed(15, (k) => k >= 3);
