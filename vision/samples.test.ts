import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EmotionSample, EmotionShares } from '../contract/index.ts';
import { LagMeter, meanShares, RateMeter, SampleBatcher, sampleMood } from './samples.ts';
import { trackedFace } from './testing/faces.ts';

const face = (happy: number): EmotionShares => ({ angry: 0, disgust: 0, fear: 0, happy, sad: 1 - happy, surprise: 0, neutral: 0 });
const sample = (at: number): EmotionSample => ({ camera: 'a', site: 's', at, faces: 0, shares: null, mood: null, fps: 1, lagMs: 1, width: 1, height: 1 });

describe('samples', () => {
  it('carry the mean of the visitors\' smoothed shares and its mood, null without any', () => {
    expect(meanShares([face(1), face(0.5)])).toMatchObject({ happy: 0.75, sad: 0.25 });
    const faces = [trackedFace(face(0), { smoothed: face(1) }), trackedFace(face(0.5))];
    expect(sampleMood(faces)).toMatchObject({ faces: 2, shares: { happy: 0.75 } });
    expect(sampleMood(faces).mood).toBeCloseTo(0.5);
    expect(sampleMood([])).toEqual({ faces: 0, shares: null, mood: null });
  });

  it('leave out posters, mirror images, staff and faces that were not read', () => {
    const others = [trackedFace(face(0), { discount: 'still' }), trackedFace(face(0), { discount: 'mirrored' }), trackedFace(face(0), { staff: true }), trackedFace(face(0), { left: 'turned' })];
    expect(sampleMood(others)).toEqual({ faces: 0, shares: null, mood: null });
    expect(sampleMood([...others, trackedFace(face(1))])).toMatchObject({ faces: 1, mood: 1 });
  });
});

describe('SampleBatcher', () => {
  afterEach(() => { vi.useRealTimers(); });

  it('sends at once after a pause, then at most every 100 ms, all that came', () => {
    vi.useFakeTimers();
    const sent: number[][] = [];
    const batcher = new SampleBatcher((samples) => sent.push(samples.map(({ at }) => at)));
    batcher.add(sample(1));
    batcher.add(sample(2));
    vi.advanceTimersByTime(99);
    batcher.add(sample(3));
    expect(sent).toEqual([[1]]);
    vi.advanceTimersByTime(1);
    expect(sent).toEqual([[1], [2, 3]]);
    vi.advanceTimersByTime(500);
    batcher.add(sample(4));
    expect(sent).toEqual([[1], [2, 3], [4]]);
    batcher.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the newest 200 when too many come', () => {
    vi.useFakeTimers();
    const sent: number[][] = [];
    const batcher = new SampleBatcher((samples) => sent.push(samples.map(({ at }) => at)));
    for (let at = 0; at < 300; at++) batcher.add(sample(at));
    vi.advanceTimersByTime(100);
    expect(sent[1]).toHaveLength(200);
    expect(sent[1]!.at(-1)).toBe(299);
    batcher.close();
  });
});

describe('meters', () => {
  it('count events a second over their span', () => {
    const meter = new RateMeter(2_000);
    for (let at = 0; at < 4_000; at += 200) meter.add(at);
    expect(meter.rate(3_800)).toBe(5);
    expect(meter.rate(10_000)).toBe(0);
  });

  it('give nearest-rank percentiles of the latest lags', () => {
    const meter = new LagMeter();
    expect(meter.percentile(0.95)).toBe(0);
    for (let lag = 1; lag <= 100; lag++) meter.add(lag);
    expect([meter.percentile(0.5), meter.percentile(0.95), meter.percentile(1)]).toEqual([50, 95, 100]);
    for (let i = 0; i < 2_000; i++) meter.add(7);
    expect(meter.percentile(1)).toBe(7);
  });
});
