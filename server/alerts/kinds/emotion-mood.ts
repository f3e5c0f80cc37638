import { LEAST_MINUTES, LEAST_PEOPLE } from '../../../contract/index.ts';
import { defineKind, isFresh, NOTHING } from './kind.ts';
import { addTo, sumOf, type Bucket } from './window.ts';

/** Buckets of face observations, the sum of their moods, and people. */
export interface MoodState { buckets: Bucket[] }

/**
 * The mean mood of the last minutes, weighed by faces, far below what is usual at this hour. Over at half the way back.
 * Nothing is told of fewer than five people or of a shorter time than a quarter of an hour: of nodes that do not count
 * people nothing at all.
 */
export const emotionMood = defineKind<'emotion.mood', MoodState>({
  types: ['emotion.windowed'], by: 'place',
  isPrompt: () => false,
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, scene) {
    if (event.type !== 'emotion.windowed' || !isFresh(event.body.to, now)) return { state, wishes: NOTHING };
    const { from, faces: more, mood: felt, visits } = event.body;
    if (more === 0 && (visits?.n ?? 0) === 0) return { state, wishes: NOTHING };
    const { drop, faces: least } = scene.params;
    const minutes = Math.max(LEAST_MINUTES, scene.params.minutes);
    const buckets = addTo(state?.buckets ?? [], from, now, minutes, [more, (felt ?? 0) * more, visits?.n ?? 0]);
    const next = { buckets };
    const faces = sumOf(buckets, 0);
    const usual = scene.usualMood();
    // An hour of which hardly anything is known says nothing of what is usual in it.
    if (faces < least || sumOf(buckets, 2) < LEAST_PEOPLE || !usual || usual.faces < least) return { state: next, wishes: NOTHING };
    const mood = Math.max(-1, Math.min(1, sumOf(buckets, 1) / faces));
    const part = event.touchpoint ?? '';
    const live = scene.isLive(part);
    if (live) return { state: next, wishes: usual.mood - mood < drop / 2 ? [{ do: 'clear', part, source: event.id, taken: false }] : NOTHING };
    if (usual.mood - mood < drop) return { state: next, wishes: NOTHING };
    return { state: next, wishes: [{ do: 'raise', part, source: event.id, at: event.body.to, touchpoint: event.touchpoint, facts: { mood, moodBefore: usual.mood, faces, minutes } }] };
  },
});
