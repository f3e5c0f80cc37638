import type { CounterHealth, TrafficDay } from '../../../contract/traffic.ts';

/** What a place's counts say of its counters, as people read it. Pure. */

/** More people one way than the other, as a share of the larger number, 0..1; null when nobody was counted. */
export const gap = ({ in: came, out }: Pick<TrafficDay, 'in' | 'out'>): number | null => (came + out === 0 ? null : Math.abs(came - out) / Math.max(came, out));

/** Complete days, oldest first, and today. @throws TypeError for a place without days, which the hub never sends */
export function daysOf({ days }: Pick<CounterHealth, 'days'>): { before: TrafficDay[]; today: TrafficDay } {
  const today = days.at(-1);
  if (!today) throw new TypeError('a place has a day at least');
  return { before: days.slice(0, -1), today };
}

export const sumOf = (days: readonly TrafficDay[]): { in: number; out: number } => days.reduce((sum, day) => ({ in: sum.in + day.in, out: sum.out + day.out }), { in: 0, out: 0 });

export const isCounted = ({ days }: Pick<CounterHealth, 'days'>): boolean => days.some((day) => day.in > 0 || day.out > 0);

/** People of one direction on a day without any of the other: by chance nobody comes to that. */
const ONE_WAY = 30;
export type Verdict = 'more_in' | 'more_out' | 'only_in' | 'only_out' | 'agree' | 'early';

/** Whether the counts can be believed. A direction that nobody counts is seen after one day, a smaller fault when the hub has enough of them. */
export function verdictOf({ days, advice, imbalance }: Pick<CounterHealth, 'days' | 'advice' | 'imbalance'>): Verdict {
  const last = daysOf({ days }).before.findLast((day) => day.in + day.out > 0);
  if (last && last.in >= ONE_WAY && last.out === 0) return 'only_in';
  if (last && last.out >= ONE_WAY && last.in === 0) return 'only_out';
  if (advice !== null) return advice;
  return imbalance === null ? 'early' : 'agree';
}

/** Whether somebody has to look after the counters. */
export const isWrong = (health: Parameters<typeof verdictOf>[0]): boolean => !['agree', 'early'].includes(verdictOf(health));
