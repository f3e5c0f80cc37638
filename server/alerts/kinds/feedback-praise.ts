import { ratingClass } from '../../../contract/index.ts';
import { isNegativeRating } from './feedback-negative.ts';
import { defineKind, isFresh, NOTHING } from './kind.ts';
import { addTo, sumOf, type Bucket } from './window.ts';

export interface PraiseState { buckets: Bucket[] }

/** So many positives within some minutes and no negative among them: somebody may be told that it goes well. */
export const feedbackPraise = defineKind<'feedback.praise', PraiseState>({
  types: ['feedback.rated'], by: 'place',
  isPrompt: () => false,
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, { params: { count, minutes } }) {
    if (event.type !== 'feedback.rated' || !isFresh(event.at, now)) return { state, wishes: NOTHING };
    if (isNegativeRating(event.body)) return { state: undefined, wishes: NOTHING };
    if (ratingClass(event.body.value, event.body.scale) !== 'positive') return { state, wishes: NOTHING };
    const buckets = addTo(state?.buckets ?? [], event.at, now, minutes, [1]);
    const positives = sumOf(buckets, 0);
    if (positives < count) return { state: { buckets }, wishes: NOTHING };
    return { state: undefined, wishes: [{ do: 'raise', part: event.touchpoint ?? '', source: event.id, at: event.at, touchpoint: event.touchpoint, facts: { n: positives, k: 0, minutes } }] };
  },
});
