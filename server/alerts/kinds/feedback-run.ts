import { MINUTE } from '../../../contract/index.ts';
import { isNegativeRating } from './feedback-negative.ts';
import { defineKind, isFresh, NOTHING } from './kind.ts';

/** Presses further apart than this are not one after another: the shop was closed, or empty. */
const APART_MS = 4 * 3600_000;

/** When the negatives happened, oldest first; at most as many as make a run. */
export interface RunState { times: number[] }

/** Several negatives one after another, or within some minutes whatever came between. Afterwards it begins anew. */
export const feedbackRun = defineKind<'feedback.run', RunState>({
  types: ['feedback.rated'], by: 'place',
  isPrompt: (event) => event.type === 'feedback.rated' && isNegativeRating(event.body),
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, { params: { count, minutes } }) {
    if (event.type !== 'feedback.rated' || !isFresh(event.at, now)) return { state, wishes: NOTHING };
    if (!isNegativeRating(event.body)) return { state: minutes === null ? undefined : state, wishes: NOTHING };
    const within = minutes === null ? APART_MS : minutes * MINUTE;
    const times = [...(state?.times ?? []).filter((at) => Math.abs(event.at - at) <= within), event.at].sort((a, b) => a - b);
    if (times.length < count) return { state: { times }, wishes: NOTHING };
    const span = Math.max(0, times.at(-1)! - times[0]!);
    const facts = { k: times.length, minutes: Math.round(span / MINUTE * 10) / 10, ...(minutes === null ? { n: times.length } : {}) };
    return { state: undefined, wishes: [{ do: 'raise', part: event.touchpoint ?? '', source: event.id, at: event.at, touchpoint: event.touchpoint, rating: event.body, facts }] };
  },
});
