import { cautiousShare, expectedShare, type Baseline } from './baseline.ts';
import { atLeast } from './binomial.ts';
import { height, weights } from './cusum.ts';

export type Sensitivity = 'calm' | 'usual' | 'keen';
export interface RateSettings {
  sensitivity: Sensitivity;
  /** So many ratings are needed before anything is said. */
  minimum: number;
}

/** What is remembered of a touchpoint between ratings: plain JSON. Times in ms. */
export interface RateState {
  /** The sum, 0 when nothing speaks for a change, and the ratings since it was 0. */
  sum: number;
  n: number;
  k: number;
  since: number;
  /** The latest time heard; null before the first rating. */
  last: number | null;
  /** Smoothed time between ratings: how busy the place is. */
  gap: number;
  /** While something is raised: how strongly the ratings since speak for usual. Else null. */
  recovery: number | null;
  /** What was raised has recovered. */
  calm: boolean;
}

/** What an alarm says: `k` negatives of `n` ratings within `minutes`, and `p`, how likely so many are at the usual share. */
export interface RateAlarm {
  n: number;
  k: number;
  minutes: number;
  p: number;
}

export interface RateStep {
  state: RateState;
  alarm: RateAlarm | null;
  /** What was raised has recovered; stays true until something is raised again. */
  calm: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/**
 * After so long without a rating the sum starts anew. Shops close for eight hours and more, so that no stretch crosses a
 * night; at one rating an hour a silence of four hours comes by chance after 1.8 % of ratings only.
 */
export const SILENCE = 4 * HOUR;
/** What a new place is taken for: one rating a minute, whose threshold is high. */
const FIRST_GAP = MINUTE;
const SMOOTHING = 0.1;
const SHORTEST_GAP = 1_000;
/** To be called recovered, ratings must speak as strongly for usual as they would by chance once in so long, or so many. */
const RECOVERY = { hours: 2, fewest: 10 } as const;

/**
 * `mostPerDay` false alarms in ten hours are the price that a busy place pays for being told soon. A place that is not
 * busy would ring at two negatives for that price, so that it has `fewest` ratings between false alarms at least.
 */
const CALIBRATION: Record<Sensitivity, { fewest: number; mostPerDay: number }> = {
  calm: { fewest: 250, mostPerDay: 0.25 },
  usual: { fewest: 80, mostPerDay: 0.9 },
  keen: { fewest: 45, mostPerDay: 2 },
};
const DAY_HOURS = 10;

/** The state of a touchpoint that was never heard. */
export function emptyRate(): RateState {
  return { sum: 0, n: 0, k: 0, since: 0, last: null, gap: FIRST_GAP, recovery: null, calm: false };
}

const perHour = (state: RateState): number => HOUR / Math.max(SHORTEST_GAP, state.gap);

function ratingsBetweenAlarms(state: RateState, sensitivity: Sensitivity): number {
  const { fewest, mostPerDay } = CALIBRATION[sensitivity];
  return Math.max(fewest, (perHour(state) * DAY_HOURS) / mostPerDay);
}

/** A copy that has heard the time of a rating: out of order by less than `SILENCE` it counts as now; else all starts anew. */
function heard(state: RateState, at: number): RateState {
  const { last } = state;
  if (last === null) return { ...state, last: at };
  const gap = at - last;
  if (Math.abs(gap) < SILENCE) return { ...state, last: Math.max(last, at), gap: state.gap + SMOOTHING * (Math.max(0, gap) - state.gap) };
  return { ...emptyRate(), last: at, gap: state.gap, calm: state.calm || state.recovery !== null };
}

/**
 * One rating at one touchpoint: a Bernoulli CUSUM of log-likelihood ratios against the place's own usual share.
 * After an alarm the sum starts anew, so that a place that stays bad is reported again; holding that back is the
 * caller's cooldown. A rating without a finite time is passed over. `state` is not altered.
 * Sources: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), 100–115; Reynolds and Stoumbos (see
 * `height`).
 * @param rating.at ms; any order, see `SILENCE`
 */
export function stepRate(state: RateState, rating: { at: number; negative: boolean }, baseline: Baseline, settings: RateSettings): RateStep {
  if (!Number.isFinite(rating.at)) return still(state);
  const share = cautiousShare(baseline);
  const weight = weights(share);
  const next = heard(state, rating.at);
  const gain = rating.negative ? weight.negative : weight.other;
  const limit = height(share, weight, ratingsBetweenAlarms(next, settings.sensitivity));
  if (next.recovery !== null) recover(next, -gain);
  add(next, rating.negative, gain, limit);
  if (next.sum < limit || next.n < settings.minimum) return still(next);
  const alarm = { n: next.n, k: next.k, minutes: ((next.last ?? next.since) - next.since) / MINUTE, p: atLeast(next.k, next.n, expectedShare(baseline)) };
  restart(next);
  next.recovery = 0;
  next.calm = false;
  return { state: next, alarm, calm: false };
}

/** The same test the other way round, from the alarm on. Wald: of odds e^x for usual, less than e^−x come by chance. */
function recover(state: RateState, gain: number): void {
  const recovery = Math.max(0, (state.recovery ?? 0) + gain);
  const enough = Math.log(Math.max(RECOVERY.fewest, RECOVERY.hours * perHour(state)));
  state.calm = recovery >= enough;
  state.recovery = state.calm ? null : recovery;
}

/** The sum never stands above the limit: while ratings are missing to the minimum it must not pile up. */
function add(state: RateState, negative: boolean, gain: number, limit: number): void {
  const sum = state.sum + gain;
  if (sum <= 0) return restart(state);
  if (state.n === 0) state.since = state.last ?? 0;
  state.sum = Math.min(limit, sum);
  state.n += 1;
  if (negative) state.k += 1;
}

function restart(state: RateState): void {
  state.sum = 0;
  state.n = 0;
  state.k = 0;
  state.since = 0;
}

const still = (state: RateState): RateStep => ({ state, alarm: null, calm: state.calm });
