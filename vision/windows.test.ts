import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EMOTIONS, EmotionWindow, moodOf, type EmotionShares } from '../contract/index.ts';
import { addObservation, emptyWindow, mergeWindows, toEmotionWindow, WINDOW_MS, WindowFold, windowStart } from './windows.ts';

const SEED = 20_250_105;
const START = 1_700_000_000_000;
const fitsContract = Compile(EmotionWindow);

const sharesArb: fc.Arbitrary<EmotionShares> = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 }).map((values) => {
  const total = values.reduce((a, b) => a + b, 0);
  return Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, values[i]! / total])) as EmotionShares;
});
const framesArb = fc.array(fc.array(sharesArb, { maxLength: 4 }), { maxLength: 30 });

const fold = (frames: readonly EmotionShares[][]) => frames.reduce((window, faces) => addObservation(window, faces, 0.5), emptyWindow('cam', START));

describe('window sums', () => {
  it(`are the same in any order and any grouping, exactly (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb, fc.nat(30), fc.integer(), (frames, split, salt) => {
      const whole = toEmotionWindow(fold(frames));
      const shuffled = frames.map((frame, i) => ({ frame, key: Math.imul(i + 1, salt | 1) })).sort((a, b) => a.key - b.key).map(({ frame }) => frame);
      expect(toEmotionWindow(fold(shuffled))).toEqual(whole);
      const left = fold(frames.slice(0, split));
      const right = fold(frames.slice(split));
      expect(toEmotionWindow(mergeWindows(left, right))).toEqual(whole);
      expect(mergeWindows(right, left)).toEqual(mergeWindows(left, right));
      expect(mergeWindows(left, emptyWindow('cam', START))).toEqual(left);
    }), { seed: SEED });
  });

  it(`give what the definitions say, within the bounds of the contract (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb, (frames) => {
      const window = toEmotionWindow(fold(frames));
      const faces = frames.flat();
      expect(fitsContract.Check(window)).toBe(true);
      expect(window).toMatchObject({ frames: frames.length, faces: faces.length, from: START, to: START + WINDOW_MS });
      if (faces.length === 0) { expect(window).toMatchObject({ smile: null, mood: null }); return; }
      for (const emotion of EMOTIONS) {
        const values = faces.map((face) => face[emotion]);
        const mean = values.reduce((a, b) => a + b, 0) / values.length;
        const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
        expect(window.mean[emotion]).toBeCloseTo(mean, 4);
        expect(window.spread[emotion]).toBeCloseTo(spread, 2);
        expect(window.mean[emotion]).toBeGreaterThanOrEqual(Math.min(...values) - 1e-5);
        expect(window.mean[emotion]).toBeLessThanOrEqual(Math.max(...values) + 1e-5);
      }
      expect(window.mood).toBeCloseTo(faces.reduce((sum, face) => sum + moodOf(face), 0) / faces.length, 4);
      expect(window.smile).toBe(faces.filter((face) => face.happy > 0.5).length / faces.length);
    }), { seed: SEED });
  });

  it('has no spread among equal faces', () => {
    const face: EmotionShares = { angry: 0.1, disgust: 0.1, fear: 0.1, happy: 0.3, sad: 0.1, surprise: 0.1, neutral: 0.2 };
    expect(Object.values(toEmotionWindow(fold([[face, face], [face]])).spread)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('WindowFold', () => {
  const happy: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 1, sad: 0, surprise: 0, neutral: 0 };
  const from = windowStart(START);

  it('puts frames into windows by capture time, whatever their order, and keeps cameras apart', () => {
    const windows = new WindowFold();
    for (const [camera, at] of [['a', from + 9_999], ['a', from + 10_000], ['a', from], ['b', from + 5]] as const) windows.observe({ camera, at, faces: [happy] });
    const done = windows.finish(from + 12_000);
    expect(done.map(({ camera, from: start, frames, faces, smile, mood }) => ({ camera, start, frames, faces, smile, mood }))).toEqual([
      { camera: 'a', start: from, frames: 2, faces: 2, smile: 1, mood: 1 },
      { camera: 'b', start: from, frames: 1, faces: 1, smile: 1, mood: 1 },
    ]);
    expect(windows.flush()).toHaveLength(1);
    expect(windows.flush()).toEqual([]);
  });

  it('waits for frames that are still being measured', () => {
    const windows = new WindowFold({ graceMs: 2_000 });
    windows.observe({ camera: 'a', at: from, faces: [] });
    expect(windows.finish(from + 11_999)).toEqual([]);
    windows.observe({ camera: 'a', at: from + 9_000, faces: [] });
    expect(windows.finish(from + 12_000)).toMatchObject([{ frames: 2, faces: 0, smile: null, mood: null }]);
  });

  it('sends a window without faces, and none without frames', () => {
    const windows = new WindowFold();
    windows.observe({ camera: 'a', at: from, faces: [] });
    expect(windows.finish(from + 60_000)).toMatchObject([{ frames: 1, faces: 0 }]);
    expect(windows.finish(from + 120_000)).toEqual([]);
  });

  it('counts a late frame as dropped in the window after, and says that it was late', () => {
    const windows = new WindowFold();
    windows.observe({ camera: 'a', at: from, faces: [] });
    windows.finish(from + 12_000);
    windows.observe({ camera: 'a', at: from + 1, faces: [happy] });
    expect(windows.late).toBe(1);
    expect(windows.flush()).toMatchObject([{ from: from + WINDOW_MS, frames: 0, dropped: 1, faces: 0 }]);
  });

  it('takes the threshold of a smile from its settings', () => {
    const windows = new WindowFold({ smileAbove: 0.2 });
    windows.observe({ camera: 'a', at: from, faces: [{ ...happy, happy: 0.3, neutral: 0.7 }, { ...happy, happy: 0.1, neutral: 0.9 }] });
    expect(windows.flush()[0]!.smile).toBe(0.5);
  });

  it(`gives the same windows when a recording is replayed (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(60_000), fc.array(sharesArb, { maxLength: 2 })), { maxLength: 60 }), (record) => {
      const play = (order: typeof record) => {
        const windows = new WindowFold();
        for (const [at, faces] of order) windows.observe({ camera: 'a', at: from + at, faces });
        return windows.flush();
      };
      expect(play(record.toReversed())).toEqual(play(record));
    }), { seed: SEED });
  });
});
