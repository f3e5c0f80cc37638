import { describe, expect, it } from 'vitest';
import { camerasFor } from './capacity.ts';

describe('cameras that a node takes', () => {
  it.each([[120, 5, 14], [60, 5, 7], [60, 1, 36], [2, 5, 4], [0, 5, 4], [1e9, 1, 1000], [Number.NaN, 5, 4], [Number.POSITIVE_INFINITY, 5, 4]])(
    '%d frames/s are enough at %d frames/s for %d', (framesPerSecond, fps, cameras) => { expect(camerasFor(framesPerSecond, fps)).toBe(cameras); });
});
