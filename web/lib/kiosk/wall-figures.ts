import type { WallState } from '../../../contract/views/wall.ts';
import { ENOUGH, wilson } from '../charts/share.ts';

export type Part = 'positive' | 'neutral' | 'negative';
export interface WallFigures {
  total: number;
  positive: number;
  /** Best first; parts that the day does not have are left out. Shares are 0..1 and add up to 1. */
  parts: { part: Part; count: number; share: number }[];
  /** Share of positive ratings in whole percent, with its 95% interval; null while there are few ratings. */
  percent: { value: number; low: number; high: number } | null;
  state: 'empty' | 'few' | 'enough';
}

/** What a wall shows of a day. Pure. */
export function wallFigures({ positive, neutral, negative }: Pick<WallState, Part>): WallFigures {
  const total = positive + neutral + negative;
  const counts: [Part, number][] = [['positive', positive], ['neutral', neutral], ['negative', negative]];
  const parts = total === 0 ? [] : counts.filter(([part, count]) => count > 0 || part === 'positive').map(([part, count]) => ({ part, count, share: count / total }));
  const state = total === 0 ? 'empty' : total < ENOUGH ? 'few' : 'enough';
  if (state !== 'enough') return { total, positive, parts, percent: null, state };
  const { low, high } = wilson(positive, total);
  return { total, positive, parts, percent: { value: Math.round(positive / total * 100), low: Math.round(low * 100), high: Math.round(high * 100) }, state };
}
