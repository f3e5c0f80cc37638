import { describe, expect, it } from 'vitest';
import { isRefusal, judge, type Sender } from './rules.ts';

const NOW = 1_790_000_000_000;
const shares = { angry: 0, disgust: 0, fear: 0, happy: 1, sad: 0, surprise: 0, neutral: 0 };
const NODE: Sender = { id: 'node', kind: 'vision', site: null, touchpoint: null };
const windowed = (from: number, to: number) => ({
  id: '01K7AAAAAAAAAAAAAAAAAAAAAA', type: 'emotion.windowed', site: 'shop', at: NOW,
  body: { camera: 'cam-1', from, to, frames: 5, dropped: 0, faces: 4, mean: shares, spread: shares, smile: 0.5, mood: 0.25 },
});

describe('the time of a window', () => {
  it('is taken when it lies by the event', () => {
    expect(isRefusal(judge(windowed(NOW - 10_000, NOW), NODE, NOW, 0))).toBe(false);
    expect(isRefusal(judge({ ...windowed(NOW - 100_010_000, NOW - 100_000_000), at: NOW - 100_000_000 }, NODE, NOW, 0))).toBe(false);
  });

  // Found while fuzzing: a window in the year 2099 became the newest minute of the floor and drove out the three hours before it, for good.
  it.each([[NOW - 10_000, 4_102_444_800_000], [4_000_000_000_000, 4_000_000_010_000], [0, 10_000], [NOW - 2 * 3600_000, NOW], [NOW, NOW], [NOW, NOW - 1]])('is refused when it lies elsewhere (%d to %d)', (from, to) => {
    expect(judge(windowed(from, to), NODE, NOW, 0)).toMatchObject({ code: 'invalid', message: expect.stringContaining('body/to') });
  });
});
