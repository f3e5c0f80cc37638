import type { EmotionSample, EmotionShares, EmotionWindow } from './emotions.ts';

const nothing = (): EmotionShares => ({ angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 });

/**
 * A window without what it says of how people felt and of who they were: ten seconds of one camera are one person's, and
 * below the level of a site nothing is shown of fewer than five. What is left is how the camera works: frames, faces
 * found, read and not read. Shares are all zero and mood and smile null, though there were faces.
 */
export function withheldWindow({ camera, from, to, frames, dropped, faces, smileAbove, withFace, left }: EmotionWindow): EmotionWindow {
  return {
    camera, from, to, frames, dropped, faces, mean: nothing(), spread: nothing(), smile: null, mood: null,
    ...(smileAbove === undefined ? {} : { smileAbove }), ...(withFace === undefined ? {} : { withFace }), ...(left === undefined ? {} : { left }),
  };
}

/** A sample without what it says of how people feel: what everybody but the node gets. */
export const withheldSample = (sample: EmotionSample): EmotionSample => ({ ...sample, shares: null, mood: null });
