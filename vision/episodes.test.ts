import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EmotionEpisode } from '../contract/index.ts';
import { CALM_MS, endEpisode, GONE_MS, HELD_MS, NO_EPISODE, stepEpisode, WINDOW_MS, type EpisodeStep, type MoodSample } from './episodes.ts';

const SEED = 20_261_122;
const START = 1_790_000_000_000;
/** Five frames a second. */
const FRAME = 200;
const fitsContract = Compile(EmotionEpisode);

/** Runs samples through, then lets the camera go. */
function replay(samples: readonly MoodSample[]): EpisodeStep[] {
  let state = NO_EPISODE;
  let made = 0;
  const steps: EpisodeStep[] = [];
  for (const sample of samples) {
    const result = stepEpisode(state, sample, () => String(made++).padStart(26, '0'));
    state = result.state;
    if (result.event) steps.push(result.event);
  }
  const { event } = endEpisode(state);
  return event ? [...steps, event] : steps;
}

/** Stretches of [seconds, mood or null for nobody], one after another, five frames a second with one face. */
function scene(...stretches: readonly (readonly [seconds: number, mood: number | null])[]): MoodSample[] {
  const samples: MoodSample[] = [];
  let at = START;
  for (const [seconds, mood] of stretches) {
    for (const end = at + 1000 * seconds; at < end; at += FRAME) samples.push({ at, faces: mood === null ? 0 : 1, mood });
  }
  return samples;
}
const told = (steps: readonly EpisodeStep[]) => steps.map(({ at, body }) => [body.state, (at - START) / 1000]);

describe('an episode', () => {
  it('opens when the mood was bad for two windows, escalates when it is worse, and ends when nobody is there', () => {
    const steps = replay(scene([25, -0.4], [20, -0.8], [20, null]));
    expect(told(steps)).toEqual([['opened', 20], ['escalated', expect.closeTo(30, 0)], ['ended', expect.closeTo(60, 0)]]);
    expect(steps[0]!.body).toEqual({ episode: '0'.repeat(26), state: 'opened', since: START, mood: -0.4, faces: 50 });
    expect(steps[2]!.body).toMatchObject({ since: START, mood: -0.8, faces: 0 });
  });

  it('ends when the mood was calm for long enough, and not for a short smile', () => {
    expect(told(replay(scene([25, -0.5], [8, 0.9], [25, -0.5])))).toEqual([['opened', 20], ['ended', 57.8]]);
    const calm = replay(scene([25, -0.5], [60, 0.1]));
    // The median turns after half a window, and must stay for CALM_MS.
    expect(told(calm)).toEqual([['opened', 20], ['ended', expect.closeTo(25 + (WINDOW_MS / 2 + CALM_MS) / 1000, 0)]]);
  });

  it.each([
    ['a mood just above the limit', scene([60, -0.34])],
    ['a bad mood that is shorter than two windows', scene([20, 0.2], [14, -0.9], [20, 0.2])],
    ['bad looks in less than half of the frames', scene(...Array.from({ length: 40 }, (_, i) => [1, i % 5 < 2 ? -0.9 : 0] as const))],
    ['nobody', scene([60, null])],
    ['too few faces to tell', Array.from({ length: 30 }, (_, i) => ({ at: START + i * 1_500, faces: 1, mood: -0.9 }))],
  ])('does not open for %s', (_, samples) => expect(replay(samples)).toEqual([]));

  it('goes on while somebody turns away for a moment, and a new visitor has a new one', () => {
    const steps = replay(scene([25, -0.5], [GONE_MS / 1000 - 2, null], [10, -0.5], [GONE_MS / 1000 + 2, null], [25, -0.5]));
    expect(steps.map(({ body }) => [Number(body.episode), body.state])).toEqual([[0, 'opened'], [0, 'ended'], [1, 'opened'], [1, 'ended']]);
  });

  it('counts every face: two that are glad outweigh one that is not', () => {
    const samples = scene([40, -0.9]).flatMap((sample, i) => [sample, { at: sample.at + 100, faces: i % 3 === 0 ? 4 : 1, mood: 0.5 }]);
    expect(replay(samples)).toEqual([]);
  });

  it('ends at the last frame when the camera goes, and when its clock leaps back by more than a window', () => {
    expect(told(replay(scene([25, -0.5])))).toEqual([['opened', 20], ['ended', 24.8]]);
    const back = [...scene([25, -0.5]), { at: START - 100_000, faces: 1, mood: -0.5 }];
    expect(told(replay(back))).toEqual([['opened', 20], ['ended', 24.8]]);
  });

  const leap = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -30_000, max: 40_000 }), fc.integer({ min: -1e9, max: 1e9 }));
  const mood = fc.oneof({ weight: 4, arbitrary: fc.double({ min: -1, max: -0.3, noNaN: true }) }, { weight: 2, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) }, fc.constant(null), fc.constant(Number.NaN));
  const stretch = fc.record({ leap, mood, frames: fc.integer({ min: 1, max: 150 }), faces: fc.integer({ min: 1, max: 4 }), gaps: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 5, maxLength: 20 }) });
  const samplesArb = fc.array(stretch, { minLength: 1, maxLength: 8 }).map((stretches) => {
    let at = START;
    return stretches.flatMap((part) => {
      at += part.leap;
      return Array.from({ length: part.frames }, (_, i): MoodSample => ({ at: at += part.gaps[i % part.gaps.length]!, faces: part.mood === null ? 0 : part.faces, mood: part.mood }));
    });
  });

  it(`opens once, escalates at most once and only when open, ends once, one at a time, whatever time does (seed ${SEED})`, () => {
    let opened = 0;
    fc.assert(fc.property(samplesArb, (samples) => {
      const steps = replay(samples);
      expect(replay(samples)).toEqual(steps);
      let open: { episode: string; escalated: boolean; since: number } | undefined;
      for (const { at, body } of steps) {
        expect(fitsContract.Check({ ...body, camera: 'cam' })).toBe(true);
        expect(body.since).toBeLessThanOrEqual(at);
        if (body.state === 'opened') {
          expect(open).toBeUndefined();
          expect(at - body.since).toBeGreaterThanOrEqual(HELD_MS);
          open = { episode: body.episode, escalated: false, since: body.since };
          opened++;
          continue;
        }
        expect(body).toMatchObject({ episode: open?.episode, since: open?.since });
        if (body.state === 'escalated') { expect(open!.escalated).toBe(false); open!.escalated = true; } else open = undefined;
      }
      expect(open).toBeUndefined();
      expect(new Set(steps.filter(({ body }) => body.state === 'opened').map(({ body }) => body.episode)).size).toBe(steps.filter(({ body }) => body.state === 'opened').length);
    }), { seed: SEED, numRuns: 100 });
    // The law would hold of a machine that never says anything.
    expect(opened).toBeGreaterThan(20);
  });
});
