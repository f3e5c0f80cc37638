import { defineKind, isFresh, NOTHING } from './kind.ts';
import { addTo, sumOf, type Bucket } from './window.ts';

/** Buckets of face observations and the sum of their moods. */
export interface MoodState { buckets: Bucket[] }

/** The mean mood of the last minutes, weighed by faces, far below what is usual at this hour. Over at half the way back. */
export const emotionMood = defineKind<'emotion.mood', MoodState>({
  types: ['emotion.windowed'], by: 'place',
  isPrompt: () => false,
  key: (event) => event.touchpoint ?? '',
  step(state, event, now, scene) {
    if (event.type !== 'emotion.windowed' || event.body.mood === null || event.body.faces === 0 || !isFresh(event.body.to, now)) return { state, wishes: NOTHING };
    const { drop, minutes, faces: least } = scene.params;
    const buckets = addTo(state?.buckets ?? [], event.body.from, now, minutes, [event.body.faces, event.body.mood * event.body.faces]);
    const next = { buckets };
    const faces = sumOf(buckets, 0);
    const usual = scene.usualMood();
    // An hour of which hardly anything is known says nothing of what is usual in it.
    if (faces < least || !usual || usual.faces < least) return { state: next, wishes: NOTHING };
    const mood = Math.max(-1, Math.min(1, sumOf(buckets, 1) / faces));
    const part = event.touchpoint ?? '';
    const live = scene.isLive(part);
    if (live) return { state: next, wishes: usual.mood - mood < drop / 2 ? [{ do: 'clear', part, source: event.id, taken: false }] : NOTHING };
    if (usual.mood - mood < drop) return { state: next, wishes: NOTHING };
    return { state: next, wishes: [{ do: 'raise', part, source: event.id, at: event.body.to, touchpoint: event.touchpoint, facts: { mood, moodBefore: usual.mood, faces, minutes } }] };
  },
});
