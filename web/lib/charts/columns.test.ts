import { describe, expect, it } from 'vitest';
import type { EmotionSample } from '../../../contract/emotions.ts';
import type { FloorMinute } from '../../../contract/views/floor.ts';
import { extendTrail, footfallColumns, moodColumns, moodNow, ratingColumns, type MoodPoint } from './columns.ts';

const M = 30_000_000;
const at = (minute: number, second = 0) => (M + minute) * 60_000 + second * 1000;
const entry = (minute: number, values: Partial<FloorMinute> = {}): FloorMinute => ({ minute: M + minute, lowest: 0, negative: 0, neutral: 0, positive: 0, in: 0, out: 0, receipts: 0, mood: {}, ...values });
const sample = (time: number, mood: number | null, faces = 1): EmotionSample => ({ camera: 'till', site: 's', at: time, faces, shares: null, mood, fps: 5, lagMs: 90, width: 640, height: 480 });

describe('columns', () => {
  it('fill minutes without ratings with zero and leave older ones out', () => {
    const columns = ratingColumns([entry(-9, { positive: 5 }), entry(-1, { positive: 2, negative: 1, lowest: 1 }), entry(0, { positive: 1 })], at(0, 30), 3);
    expect(columns).toEqual([[at(-2) / 1000, at(-1) / 1000, at(0) / 1000], [0, 2, 1], [0, -2, 0]]);
  });

  it('count who came in', () => {
    expect(footfallColumns([entry(0, { in: 4, out: 9 })], at(0), 2)).toEqual([[at(-1) / 1000, at(0) / 1000], [0, 4]]);
  });

  it('weigh mood by faces and leave gaps where a camera saw nobody', () => {
    const minutes = [entry(-3, { mood: { till: { faces: 4, mood: 2, smile: 0 }, door: { faces: 0, mood: 0, smile: 0 } } }), entry(-2, { mood: { door: { faces: 2, mood: -1, smile: 0 } } })];
    expect(moodColumns(minutes, ['till', 'door'], new Map(), at(0), 15)).toEqual([[at(-3, 30) / 1000, at(-2, 30) / 1000], [0.5, null], [null, -0.5]]);
  });

  it('continue with live points and keep the running minute to them', () => {
    const minutes = [entry(0, { mood: { till: { faces: 1, mood: 0.9, smile: 0 } } })];
    const trails = new Map<string, MoodPoint[]>([['till', [{ at: at(-5), mood: 1 }, { at: at(0, 10), mood: 0.25 }]]]);
    expect(moodColumns(minutes, ['till'], trails, at(0, 20), 15)).toEqual([[at(0, 10) / 1000], [0.25]]);
  });

  it('keep time ascending whatever comes in', () => {
    const trails = new Map<string, MoodPoint[]>([['a', [{ at: at(0, 9), mood: 0 }]], ['b', [{ at: at(0, 3), mood: 0 }]]]);
    const [x] = moodColumns([entry(-1, { mood: { a: { faces: 1, mood: 0, smile: 0 } } })], ['a', 'b'], trails, at(0, 10), 15);
    expect(x).toEqual([...x].sort((a, b) => a - b));
  });
});

describe('mood now', () => {
  const minutes = [entry(-20, { mood: { till: { faces: 9, mood: 9, smile: 0 } } }), entry(-1, { mood: { till: { faces: 3, mood: 0.6, smile: 1 } } })];
  it('is the live one while the camera sees somebody', () => {
    expect(moodNow(minutes, 'till', sample(at(0), -0.4), at(0, 2), 15)).toEqual({ mood: -0.4, live: true, faces: 3 });
  });
  it.each([['an old sample', sample(at(0), -0.4), at(0, 6)], ['an empty frame', sample(at(0), null, 0), at(0, 1)], ['no sample', undefined, at(0)]])('is the last minute\'s after %s', (_, last, now) => {
    const mood = moodNow(minutes, 'till', last, now, 15);
    expect(mood).toMatchObject({ live: false, faces: 3 });
    expect(mood.mood).toBeCloseTo(0.2);
  });
  it('is unknown for a camera that saw nobody', () => {
    expect(moodNow(minutes, 'door', undefined, at(0), 15)).toEqual({ mood: null, live: false, faces: 0 });
  });
});

describe('a trail', () => {
  it('takes a point a second, smoothed, and forgets after two minutes', () => {
    let trail = extendTrail([], sample(at(0), 1));
    trail = extendTrail(trail, sample(at(0) + 400, -1));
    expect(trail).toEqual([{ at: at(0), mood: 1 }]);
    trail = extendTrail(trail, sample(at(0, 1), 0));
    expect(trail.at(-1)).toEqual({ at: at(0, 1), mood: 0.5 });
    trail = extendTrail(trail, sample(at(3), -1));
    expect(trail).toEqual([{ at: at(3), mood: -1 }]);
  });
  it('ignores frames without faces', () => {
    const trail = extendTrail([], sample(at(0), 1));
    expect(extendTrail(trail, sample(at(1), null, 0))).toBe(trail);
  });
});
