import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EmotionEpisode } from '../contract/index.ts';
import { CALM_ABOVE, CALM_MS, endEpisodes, ESCALATE_AT, GONE_MS, HELD_MS, NO_EPISODES, OPEN_AT, stepEpisodes, WINDOW_MS, type EpisodeStep, type FacesAt } from './episodes.ts';
import type { TrackedFace } from './readings.ts';
import { sharesOf, trackedFace } from './testing/faces.ts';

const SEED = 20_261_122;
const START = 1_790_000_000_000;
/** Five frames a second. */
const FRAME = 200;
const BAD = (OPEN_AT + ESCALATE_AT) / 2;
const WORSE = (ESCALATE_AT - 1) / 2;
const CALM = CALM_ABOVE + 0.1;
const fitsContract = Compile(EmotionEpisode);

/** Runs frames through, then lets the camera go. */
function replay(frames: readonly FacesAt[]): EpisodeStep[] {
  let state = NO_EPISODES;
  let made = 0;
  const steps: EpisodeStep[] = [];
  for (const frame of frames) {
    const result = stepEpisodes(state, frame, () => String(made++).padStart(26, '0'));
    state = result.state;
    steps.push(...result.events);
  }
  return [...steps, ...endEpisodes(state).events];
}

const someone = (mood: number, changes: Partial<TrackedFace> = {}): TrackedFace => trackedFace(sharesOf(mood), changes);
type Part = readonly [seconds: number, ...people: TrackedFace[]];

/** Stretches, one after another, five frames a second. */
function scene(...parts: readonly Part[]): FacesAt[] {
  const frames: FacesAt[] = [];
  let at = START;
  for (const [seconds, ...faces] of parts) for (const end = at + 1000 * seconds; at < end; at += FRAME) frames.push({ at, faces });
  return frames;
}
const told = (steps: readonly EpisodeStep[]) => steps.map(({ at, body }) => [body.state, (at - START) / 1000]);

describe('an episode', () => {
  it('opens when somebody\'s mood was bad for two windows, escalates when it is worse, and ends when nobody is there', () => {
    const steps = replay(scene([25, someone(BAD)], [20, someone(WORSE)], [20]));
    expect(told(steps)).toEqual([['opened', 20], ['escalated', expect.closeTo(30, 0)], ['ended', expect.closeTo(60, 0)]]);
    expect(steps[0]!.body).toEqual({ episode: '0'.repeat(26), state: 'opened', since: START, mood: expect.closeTo(BAD, 6), faces: 50 });
    expect(steps[2]!.body).toMatchObject({ since: START, mood: expect.closeTo(WORSE, 6), faces: 0 });
  });

  it('ends when the mood was calm for long enough, and not for a short smile', () => {
    expect(told(replay(scene([25, someone(BAD)], [8, someone(0.9)], [25, someone(BAD)])))).toEqual([['opened', 20], ['ended', 57.8]]);
    // The median turns after half a window, and must stay for CALM_MS.
    expect(told(replay(scene([25, someone(BAD)], [60, someone(CALM)])))).toEqual([['opened', 20], ['ended', expect.closeTo(25 + (WINDOW_MS / 2 + CALM_MS) / 1000, 0)]]);
  });

  it('only rises: a mood that gets better in between is not told', () => {
    const steps = replay(scene([25, someone(WORSE)], [12, someone(BAD)], [12, someone(WORSE)], [20]));
    expect(told(steps).map(([state]) => state)).toEqual(['opened', 'escalated', 'ended']);
  });

  it.each([
    ['a mood just above the limit', scene([60, someone(OPEN_AT + 0.01)])],
    ['a bad mood that is shorter than two windows', scene([20, someone(0.2)], [14, someone(-0.9)], [20, someone(0.2)])],
    ['bad looks in less than half of the frames', scene(...Array.from({ length: 40 }, (_, i): Part => [1, someone(i % 5 < 2 ? -0.9 : 0)]))],
    ['nobody', scene([60])],
    ['too few faces to tell', Array.from({ length: 30 }, (_, i) => ({ at: START + i * 1_500, faces: [someone(-0.9)] }))],
    ['a poster', scene([60, someone(-0.9, { discount: 'still' })])],
    ['a mirror image', scene([60, someone(-0.9, { discount: 'mirrored' })])],
    ['staff', scene([60, someone(-0.9, { staff: true })])],
    ['faces that were not read', scene([60, someone(-0.9, { left: 'blurred' })])],
    ['people of whom none stays for two windows', scene(...Array.from({ length: 8 }, (_, i): Part => [12, someone(-0.9, { track: i })]))],
  ])('does not open for %s', (_, frames) => expect(replay(frames)).toEqual([]));

  it('goes on while somebody turns away for a moment, and a new visitor has a new one', () => {
    const away = GONE_MS / 1000;
    const steps = replay(scene([25, someone(BAD)], [away - 2], [10, someone(BAD, { track: 2 })], [away + 2], [25, someone(BAD, { track: 3 })]));
    expect(steps.map(({ body }) => [Number(body.episode), body.state])).toEqual([[0, 'opened'], [0, 'ended'], [1, 'opened'], [1, 'ended']]);
  });

  it('finds one who is unhappy among many who are glad, and tells their mood, not the group\'s', () => {
    const glad = [2, 3, 4].map((track) => someone(0.9, { track }));
    const [opened] = replay(scene([30, ...glad, someone(BAD)]));
    expect(opened!.body).toMatchObject({ state: 'opened', mood: expect.closeTo(BAD, 6), faces: 50 });
  });

  it('is one for the area however many are unhappy there, of the worst of them, and another for another area', () => {
    const steps = replay(scene([30, someone(BAD, { track: 1, area: 'a' }), someone(WORSE, { track: 2, area: 'a' }), someone(BAD, { track: 3, area: 'b' })]));
    expect(steps.filter(({ body }) => body.state === 'opened').map(({ body }) => body.mood)).toEqual([expect.closeTo(WORSE, 6), expect.closeTo(BAD, 6)]);
    expect(new Set(steps.map(({ body }) => body.episode)).size).toBe(2);
    expect(steps.filter(({ body }) => body.state === 'ended')).toHaveLength(2);
  });

  it('ends when the worst has gone and those who stay are calm', () => {
    const steps = replay(scene([25, someone(WORSE), someone(0.5, { track: 2 })], [60, someone(0.5, { track: 2 })]));
    expect(told(steps).map(([state]) => state)).toEqual(['opened', 'escalated', 'ended']);
    expect(steps.at(-1)!.at - START).toBeLessThan(25_000 + WINDOW_MS + CALM_MS + 1_000);
  });

  it('ends at the last frame when the camera goes, and when its clock leaps back by more than a window', () => {
    expect(told(replay(scene([25, someone(BAD)])))).toEqual([['opened', 20], ['ended', 24.8]]);
    const back = [...scene([25, someone(BAD)]), { at: START - 100_000, faces: [someone(BAD)] }];
    expect(told(replay(back))).toEqual([['opened', 20], ['ended', 24.8]]);
  });

  const leap = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -30_000, max: 40_000 }), fc.integer({ min: -1e9, max: 1e9 }));
  const mood = fc.oneof({ weight: 4, arbitrary: fc.double({ min: -1, max: -0.3, noNaN: true }) }, { weight: 2, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) }, fc.constant(null), fc.constant(Number.NaN));
  const stretch = fc.record({
    leap, moods: fc.array(mood, { minLength: 1, maxLength: 3 }), areas: fc.array(fc.constantFrom(null, 'a', 'b'), { minLength: 3, maxLength: 3 }), frames: fc.integer({ min: 1, max: 150 }), gaps: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 5, maxLength: 20 }),
  });
  const framesArb = fc.array(stretch, { minLength: 1, maxLength: 8 }).map((stretches) => {
    let at = START;
    return stretches.flatMap((part) => {
      at += part.leap;
      const faces = part.moods.flatMap((value, track) => (value === null ? [] : [someone(value, { track, area: part.areas[track]! })]));
      return Array.from({ length: part.frames }, (_, i): FacesAt => ({ at: at += part.gaps[i % part.gaps.length]!, faces }));
    });
  });

  it(`opens once, escalates at most once and only when open, ends once, at most one in each area, whatever time does (seed ${SEED})`, () => {
    let opened = 0;
    fc.assert(fc.property(framesArb, (frames) => {
      const steps = replay(frames);
      expect(replay(frames)).toEqual(steps);
      const open = new Map<string, { escalated: boolean; since: number }>();
      const ids: string[] = [];
      for (const { at, body } of steps) {
        expect(fitsContract.Check({ ...body, camera: 'cam' })).toBe(true);
        expect(body.since).toBeLessThanOrEqual(at);
        if (body.state === 'opened') {
          expect(at - body.since).toBeGreaterThanOrEqual(HELD_MS);
          open.set(body.episode, { escalated: false, since: body.since });
          expect(open.size).toBeLessThanOrEqual(3);
          ids.push(body.episode);
          opened++;
          continue;
        }
        const before = open.get(body.episode);
        expect(before?.since).toBe(body.since);
        if (body.state === 'escalated') { expect(before!.escalated).toBe(false); before!.escalated = true; } else open.delete(body.episode);
      }
      expect(open.size).toBe(0);
      expect(new Set(ids).size).toBe(ids.length);
    }), { seed: SEED, numRuns: 100 });
    // The law would hold of a machine that never says anything.
    expect(opened).toBeGreaterThan(20);
  });
});
