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

describe('what a vision node says of a camera', () => {
  const of = (type: string, body: object) => ({ id: '01K7AAAAAAAAAAAAAAAAAAAAAA', type, site: 'shop', at: NOW, body });
  const episode = (state: string, since: number) => of('emotion.episode', { episode: '01k7aaaaaaaaaaaaaaaaaaaaaa', camera: 'cam-1', state, since, mood: -0.5, faces: 40 });
  const frozen = (is: boolean, since: number) => of('camera.frozen', { camera: 'cam-1', frozen: is, since });
  const MONTH = 30 * 86_400_000;

  it.each([windowed(NOW - 10_000, NOW), episode('opened', NOW - 20_000), frozen(true, NOW - 30_000)])('is known by its camera, so that it gets the place ($type)', (event) => {
    expect(judge(event, NODE, NOW, 0)).toMatchObject({ type: event.type, camera: 'cam-1' });
  });

  it.each([episode('opened', NOW + 1), episode('ended', NOW + 1), episode('escalated', NOW - MONTH), frozen(true, NOW - MONTH), frozen(false, NOW + 1)])('is refused when it began after it was said, or before all memory (%#)', (event) => {
    expect(judge(event, NODE, NOW, 0)).toMatchObject({ code: 'invalid', message: expect.stringContaining('body/since') });
  });

  it('is taken when it ends, however long it lasted', () => {
    for (const event of [episode('ended', NOW - MONTH), frozen(false, NOW - MONTH)]) expect(isRefusal(judge(event, NODE, NOW, 0))).toBe(false);
  });
});
