import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FROZEN_MS, MOVING, stepFrozen, type FrozenStep } from './frozen.ts';
import { lumaPrint } from './measure/print.ts';
import { ESCALATE_AT, OPEN_AT } from './episodes.ts';
import { sharesOf, trackedFace } from './testing/faces.ts';
import { CameraWatch, type NewEvent } from './watch.ts';

const SEED = 20_261_123;
const START = 1_790_000_000_000;
const FRAME = 200;

function replay(frames: readonly (readonly [at: number, print: number])[]): FrozenStep[] {
  let state = MOVING;
  return frames.flatMap(([at, print]) => {
    const result = stepFrozen(state, at, print);
    state = result.state;
    return result.event ? [result.event] : [];
  });
}
const still = (from: number, ms: number, print: number) => Array.from({ length: Math.floor(ms / FRAME) + 1 }, (_, i) => [from + i * FRAME, print] as const);

describe('a picture that stands still', () => {
  it('is told once, after half a minute, and once more when it moves', () => {
    const frames = [[START - FRAME, 1], ...still(START, 3 * FROZEN_MS, 2), [START + 100_000, 3], [START + 100_200, 4]] as const;
    expect(replay(frames)).toEqual([{ at: START + FROZEN_MS, frozen: true, since: START }, { at: START + 100_000, frozen: false, since: START }]);
  });

  it('is not told of for less, for one that moves, nor over gaps and leaps of time', () => {
    expect(replay(still(START, FROZEN_MS - FRAME, 7))).toEqual([]);
    expect(replay(still(START, 3 * FROZEN_MS, 0).map(([at], i) => [at, i >> 3] as const))).toEqual([]);
    expect(replay([[START, 7], [START + 2 * FROZEN_MS, 7], [START + 4 * FROZEN_MS, 7]])).toEqual([]);
    expect(replay([...still(START, 20_000, 7), ...still(START - 500_000, 20_000, 7)])).toEqual([]);
  });

  it(`is told by turns: frozen, moving, frozen, with the same since, whatever time does (seed ${SEED})`, () => {
    const frame = fc.tuple(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 9_000 }) }, fc.integer({ min: -1e6, max: 1e6 })), fc.oneof({ weight: 30, arbitrary: fc.constant(1) }, fc.nat(3)));
    fc.assert(fc.property(fc.array(frame, { maxLength: 150 }), (gaps) => {
      let at = START;
      let before: FrozenStep | undefined;
      for (const step of replay(gaps.map(([gap, print]) => [at += gap, print] as const))) {
        expect(step.frozen).toBe(!(before?.frozen ?? false));
        expect(step.since).toBeLessThanOrEqual(step.at);
        before = step;
      }
    }), { seed: SEED });
  });
});

describe('a luma fingerprint', () => {
  const width = 160;
  const height = 120;
  /** A linear congruential generator: the same noise in every run. */
  let state = SEED;
  const chance = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const planeOf = (value: (i: number) => number) => ({ data: Uint8Array.from({ length: width * height }, (_, i) => Math.max(0, Math.min(255, value(i)))), width, height, stride: width });
  const scenes = { 'a dark room': () => 16, 'a grey wall': () => 120, 'a shelf': (i: number) => (i * 7) % 200 };

  it.each(Object.entries(scenes).flatMap(([name, base]) => [1, 2].map((levels) => [name, levels, base] as const)))('of %s with noise of %d grey levels differs in every frame', (_, levels, base) => {
    const prints = Array.from({ length: 20 }, () => lumaPrint(planeOf((i) => base(i) + Math.round((2 * chance() - 1) * levels))));
    expect(new Set(prints).size).toBe(20);
  });

  it.each(Object.entries(scenes))('of %s without noise is always the same', (_, base) => {
    expect(new Set(Array.from({ length: 5 }, () => lumaPrint(planeOf(base)))).size).toBe(1);
  });

  it('takes pictures of any size and leaves padding out', () => {
    for (const [w, h] of [[1, 1], [17, 3], [64, 64], [321, 241]] as const) expect(lumaPrint({ data: new Uint8Array(w * h).fill(9), width: w, height: h, stride: w })).toBe(lumaPrint({ data: new Uint8Array((w + 5) * h).fill(9), width: w, height: h, stride: w + 5 }));
  });
});

describe('what a camera is watched for', () => {
  const unhappy = trackedFace(sharesOf((OPEN_AT + ESCALATE_AT) / 2));
  const watched = () => {
    const events: NewEvent[] = [];
    return { events, watch: new CameraWatch('cam', 'shop', { frozenMs: 2_000, onEvent: (event) => events.push(event) }) };
  };

  it('becomes events with the capture time of the frame that decided', () => {
    const { events, watch } = watched();
    for (let i = 0; i <= 10; i++) watch.observe({ at: START + i * FRAME, faces: [], print: 5 });
    watch.observe({ at: START + 2_200, faces: [], print: 6 });
    expect(events).toEqual([
      { type: 'camera.frozen', site: 'shop', at: START + 2_000, body: { camera: 'cam', frozen: true, since: START } },
      { type: 'camera.frozen', site: 'shop', at: START + 2_200, body: { camera: 'cam', frozen: false, since: START } },
    ]);
  });

  it('ends the open episode with the camera, once, and hears no frame that comes after', () => {
    const { events, watch } = watched();
    for (let i = 0; i <= 120; i++) watch.observe({ at: START + i * FRAME, faces: [unhappy], print: i });
    watch.close();
    watch.close();
    for (let i = 121; i <= 300; i++) watch.observe({ at: START + i * FRAME, faces: [unhappy], print: 1 });
    expect(events.map(({ type, at, body }) => [type, at - START, (body as { state?: string }).state])).toEqual([['emotion.episode', 20_000, 'opened'], ['emotion.episode', 24_000, 'ended']]);
    expect((events[0]!.body as { episode: string }).episode).toMatch(/^[0-9a-z]{26}$/);
    expect((events[1]!.body as { episode: string }).episode).toBe((events[0]!.body as { episode: string }).episode);
  });
});
