import { emptyRate, expectedShare, stepRate, type RateState } from '../statistics/index.ts';
import { isNegativeRating } from './feedback-negative.ts';
import { defineKind, isFresh, NOTHING, type Wish } from './kind.ts';

/** More negatives than is usual at this place at this hour; see `stepRate`. */
export const feedbackRate = defineKind<'feedback.rate', RateState>({
  types: ['feedback.rated'], by: 'place',
  isPrompt: (event) => event.type === 'feedback.rated' && isNegativeRating(event.body),
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, scene) {
    if (event.type !== 'feedback.rated' || !isFresh(event.at, now)) return { state, wishes: NOTHING };
    const usual = scene.usualRatings();
    const { sensitivity, minimum } = scene.params;
    const { state: next, alarm, calm } = stepRate(state ?? emptyRate(), { at: event.at, negative: isNegativeRating(event.body) }, usual, { sensitivity, minimum });
    const part = event.touchpoint ?? '';
    const wishes: Wish[] = [];
    if (alarm) {
      const facts = { n: alarm.n, k: alarm.k, minutes: Math.round(alarm.minutes * 10) / 10, baseline: expectedShare(usual), baselineN: usual.n };
      wishes.push({ do: 'raise', part, source: event.id, at: event.at, touchpoint: event.touchpoint, facts });
    } else if (calm && scene.isLive(part)) wishes.push({ do: 'clear', part, source: event.id, taken: false });
    return { state: next, wishes };
  },
});
