import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EMOTIONS, EmotionWindow, moodOf, type EmotionShares } from '../contract/index.ts';
import type { TrackedFace, Visit } from './readings.ts';
import { sharesOf, trackedFace, visit } from './testing/faces.ts';
import { addObservation, addVisits, emptyWindow, mergeWindows, toEmotionWindow, WINDOW_MS, WindowFold, windowStart, type WindowSums } from './windows.ts';

const SEED = 20_250_105;
const START = 1_700_000_000_000;
const SMILE = 0.5;
const AREAS = ['till', 'door'];
const fitsContract = Compile(EmotionWindow);

const sharesArb: fc.Arbitrary<EmotionShares> = fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 }).map((values) => {
  const total = values.reduce((a, b) => a + b, 0);
  return Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, values[i]! / total])) as EmotionShares;
});
const areaArb = fc.constantFrom(null, ...AREAS);
const faceArb: fc.Arbitrary<TrackedFace> = fc.record({
  shares: sharesArb, area: areaArb, staff: fc.boolean(), discount: fc.constantFrom(null, null, null, 'still' as const, 'mirrored' as const),
  left: fc.constantFrom(null, null, null, 'small' as const, 'blurred' as const, 'turned' as const, 'cut' as const, 'outside' as const),
}).map(({ shares, ...changes }) => trackedFace(shares, changes));
const visitArb: fc.Arbitrary<Visit> = fc.record({
  shares: sharesArb, area: areaArb, staff: fc.boolean(), length: fc.integer({ min: 0, max: 3_600_000 }), turnedMs: fc.nat(20_000),
  person: fc.option(fc.record({ male: fc.double({ min: 0, max: 1, noNaN: true }), age: fc.double({ min: 1, max: 90, noNaN: true }) })),
}).map(({ length, person, ...changes }) => visit({ ...changes, to: START + length, from: START, male: person?.male ?? null, age: person?.age ?? null }));
interface Frame { faces: TrackedFace[]; ended: Visit[] }
const framesArb: fc.Arbitrary<Frame[]> = fc.array(fc.record({ faces: fc.array(faceArb, { maxLength: 4 }), ended: fc.array(visitArb, { maxLength: 2 }) }), { maxLength: 30 });

const fold = (frames: readonly Frame[]): WindowSums => frames.reduce((window, { faces, ended }) => addVisits(addObservation(window, { faces, areas: AREAS }, SMILE), ended, SMILE), emptyWindow('cam', START));
const sent = (sums: WindowSums) => toEmotionWindow(sums, SMILE);
const isRead = (face: TrackedFace): boolean => face.left === null && face.discount === null && !face.staff;
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(average(values.map((value) => (value - average(values)) ** 2)));

describe('window sums', () => {
  it(`are the same in any order and any grouping, exactly (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb, fc.nat(30), fc.integer(), (frames, split, salt) => {
      const whole = sent(fold(frames));
      const shuffled = frames.map((frame, i) => ({ frame, key: Math.imul(i + 1, salt | 1) })).sort((a, b) => a.key - b.key).map(({ frame }) => frame);
      expect(sent(fold(shuffled))).toEqual(whole);
      const left = fold(frames.slice(0, split));
      const right = fold(frames.slice(split));
      expect(sent(mergeWindows(left, right))).toEqual(whole);
      expect(mergeWindows(right, left)).toEqual(mergeWindows(left, right));
      expect(mergeWindows(left, emptyWindow('cam', START))).toEqual(left);
    }), { seed: SEED });
  });

  it(`give what the definitions say of the faces that were read, within the bounds of the contract (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb, (frames) => {
      const window = sent(fold(frames));
      expect(fitsContract.Check(window)).toBe(true);
      const faces = frames.flatMap((frame) => frame.faces).filter(isRead).map((face) => face.shares!);
      expect(window).toMatchObject({ frames: frames.length, faces: faces.length, from: START, to: START + WINDOW_MS, smileAbove: SMILE });
      expect(window.withFace).toBe(frames.filter((frame) => frame.faces.some(isRead)).length);
      if (faces.length === 0) { expect(window).toMatchObject({ smile: null, mood: null }); return; }
      for (const emotion of EMOTIONS) {
        const values = faces.map((face) => face[emotion]);
        expect(window.mean[emotion]).toBeCloseTo(average(values), 4);
        expect(window.spread[emotion]).toBeCloseTo(deviation(values), 2);
        expect(window.mean[emotion]).toBeGreaterThanOrEqual(Math.min(...values) - 1e-5);
        expect(window.mean[emotion]).toBeLessThanOrEqual(Math.max(...values) + 1e-5);
      }
      expect(window.mood).toBeCloseTo(average(faces.map(moodOf)), 4);
      expect(window.smile).toBe(faces.filter((face) => face.happy > SMILE).length / faces.length);
    }), { seed: SEED });
  });

  it(`count each person once, staff in a row of their own and never in the whole (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb, (frames) => {
      const window = sent(fold(frames));
      const visitors = frames.flatMap(({ ended }) => ended).filter(({ staff }) => !staff);
      const seconds = visitors.map(({ from, to }) => Math.round((to - from) / 10) / 100);
      const visits = window.visits!;
      expect(visits).toMatchObject({ n: visitors.length, smiles: visitors.filter(({ shares }) => shares.happy > SMILE).length, turned: visitors.filter(({ turnedMs }) => turnedMs >= 1_000).length });
      expect(visits.seconds).toBeCloseTo(seconds.reduce((a, b) => a + b, 0), 6);
      expect(visits.secondsSquared).toBeCloseTo(seconds.reduce((a, b) => a + b * b, 0), 3);
      if (visitors.length > 0) {
        expect(visits.mood).toBeCloseTo(average(visitors.map(({ shares }) => moodOf(shares))), 4);
        expect(visits.moodSpread).toBeCloseTo(deviation(visitors.map(({ shares }) => moodOf(shares))), 2);
        expect(visits.spread.happy).toBeCloseTo(deviation(visitors.map(({ shares }) => shares.happy)), 2);
      }
      const grown = visitors.filter(({ age }) => age !== null && age >= 18);
      if (visitors.some(({ age }) => age !== null)) {
        expect(visits).toMatchObject({ male: grown.filter(({ male }) => male! >= 0.5).length, female: grown.filter(({ male }) => male! < 0.5).length });
        expect(visits.ages).toEqual([[18, 20], [20, 30], [30, 40], [40, 50], [50, 200]].map(([from, to]) => grown.filter(({ age }) => age! >= from! && age! < to!).length));
      } else expect(visits.ages).toBeUndefined();
      const staff = frames.flatMap(({ faces }) => faces).filter((face) => face.staff && face.left === null && face.discount === null).length;
      const row = window.areas!.find((area) => area.staff);
      expect(row?.faces ?? 0).toBe(staff);
    }), { seed: SEED });
  });

  it(`divide the whole among the areas, each with a row (seed ${SEED})`, () => {
    fc.assert(fc.property(framesArb.filter((frames) => frames.length > 0), (frames) => {
      const window = sent(fold(frames));
      const rows = window.areas!.filter((area) => !area.staff);
      expect(rows.map(({ area }) => area)).toEqual(AREAS.toSorted());
      const loose = frames.flatMap(({ faces }) => faces).filter((face) => isRead(face) && face.area === null).length;
      expect(rows.reduce((sum, row) => sum + row.faces, 0) + loose).toBe(window.faces);
      for (const row of rows) expect(row.withFace).toBe(frames.filter(({ faces }) => faces.some((face) => isRead(face) && face.area === row.area)).length);
    }), { seed: SEED });
  });

  it('say why faces were not read; a poster is a poster however small, and outside of the areas nothing counts', () => {
    const faces = [
      trackedFace(sharesOf(1)), trackedFace(sharesOf(1), { left: 'small' }), trackedFace(sharesOf(1), { left: 'turned' }), trackedFace(sharesOf(1), { left: 'small', discount: 'still' }),
      trackedFace(sharesOf(-1), { discount: 'mirrored' }), trackedFace(sharesOf(1), { left: 'outside', discount: 'still' }), trackedFace(sharesOf(1), { left: 'blurred', staff: true }),
    ];
    expect(sent(addObservation(emptyWindow('cam', START), { faces }, SMILE))).toMatchObject({ faces: 1, smile: 1, left: { small: 1, blurred: 0, turned: 1, cut: 0, still: 1, mirrored: 1 } });
  });

  it('have no spread among equal faces', () => {
    const face = trackedFace({ angry: 0.1, disgust: 0.1, fear: 0.1, happy: 0.3, sad: 0.1, surprise: 0.1, neutral: 0.2 });
    expect(Object.values(sent(fold([{ faces: [face, face], ended: [] }, { faces: [face], ended: [] }])).spread)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('WindowFold', () => {
  const happy = trackedFace(sharesOf(1));
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

  it('sends a window without faces, with a row for each area, and none without frames', () => {
    const windows = new WindowFold();
    windows.observe({ camera: 'a', at: from, faces: [], areas: ['till'] });
    expect(windows.finish(from + 60_000)).toMatchObject([{ frames: 1, faces: 0, areas: [{ area: 'till', faces: 0, visits: { n: 0 } }] }]);
    expect(windows.finish(from + 120_000)).toEqual([]);
  });

  it('counts a late frame as dropped in the window after, and says that it was late; a visit is not lost', () => {
    const windows = new WindowFold();
    windows.observe({ camera: 'a', at: from, faces: [] });
    windows.finish(from + 12_000);
    windows.observe({ camera: 'a', at: from + 1, faces: [happy], ended: [visit()] });
    expect(windows.late).toBe(1);
    expect(windows.flush()).toMatchObject([{ from: from + WINDOW_MS, frames: 0, dropped: 1, faces: 0, visits: { n: 1 } }]);
  });

  it('counts a visit in the window of the frame that ended it', () => {
    const windows = new WindowFold();
    windows.observe({ camera: 'a', at: from + WINDOW_MS + 1, faces: [], ended: [visit({ to: from + 9_000 })] });
    windows.ended('a', from + 2, [visit(), visit({ staff: true })]);
    expect(windows.flush().map(({ visits, areas }) => [visits!.n, areas!.map((row) => [row.area, row.staff, row.visits.n])])).toEqual([[1, [['staff', true, 1]]], [1, []]]);
  });

  it('takes the threshold of a smile from its settings, and says it', () => {
    const windows = new WindowFold({ smileAbove: 0.2 });
    windows.observe({ camera: 'a', at: from, faces: [trackedFace(sharesOf(0.3)), trackedFace(sharesOf(0.1))] });
    expect(windows.flush()[0]).toMatchObject({ smile: 0.5, smileAbove: 0.2 });
  });

  it(`gives the same windows when a recording is replayed (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(60_000), fc.array(faceArb, { maxLength: 2 })), { maxLength: 60 }), (record) => {
      const play = (order: typeof record) => {
        const windows = new WindowFold();
        for (const [at, faces] of order) windows.observe({ camera: 'a', at: from + at, faces });
        return windows.flush();
      };
      expect(play(record.toReversed())).toEqual(play(record));
    }), { seed: SEED });
  });
});
