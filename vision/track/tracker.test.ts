import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaceReading, TrackedFace, Visit } from '../readings.ts';
import { faceReading, sharesOf } from '../testing/faces.ts';
import { faceOf, type MadeUpPerson } from '../testing/people.ts';
import { seeded } from '../testing/random.ts';
import { overlapOf } from './motion.ts';
import { GONE_MS, PeopleTracker, type TrackStep } from './tracker.ts';

const SEED = 20_261_122;
const START = 1_790_000_000_000;
const FRAME = 200;

class Camera {
  readonly tracker = new PeopleTracker();
  readonly visits: Visit[] = [];
  at = START;

  see(faces: readonly FaceReading[], after = FRAME): TrackedFace[] {
    this.at += after;
    const step: TrackStep = this.tracker.step({ at: this.at, width: 640, height: 480, faces });
    this.visits.push(...step.ended);
    return step.faces;
  }

  /** For each person the tracks that they had, in turn. Of two faces that overlap as one the detector gives the front one: the first in the list. */
  watch(people: readonly MadeUpPerson[], seconds: number, random: () => number, fps = 5): number[][] {
    const tracks: number[][] = people.map(() => []);
    for (let t = 0; t < seconds * 1000; t += 1000 / fps) {
      const seen = people.map((person, who) => ({ who, face: faceOf(person, t, random) })).filter(({ face }, i, all) => all.slice(0, i).every((other) => overlapOf(other.face.box, face.box) <= 0.3));
      this.see(seen.map(({ face }) => face), 1000 / fps).forEach(({ track }, i) => {
        const mine = tracks[seen[i]!.who]!;
        if (mine.at(-1) !== track) mine.push(track);
      });
    }
    return tracks;
  }
}
const walker = (from: number, speed: number, y = 200, size = 60): MadeUpPerson => ({ x: (t) => from + speed * t / 1000, y: () => y, size: () => size });

describe('who is who', () => {
  const speed = fc.integer({ min: 60, max: 420 });

  it(`somebody who stands, walks or comes nearer keeps one id (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: -420, max: 420 }), fc.integer({ min: -40, max: 40 }), fc.constantFrom(3, 5, 8), (seed, vx, vy, fps) => {
      const person: MadeUpPerson = { x: (t) => 320 + vx * t / 1000, y: (t) => 240 + vy * t / 1000, size: (t) => 60 * (1 + t / 10_000) };
      expect(new Camera().watch([person], 4, seeded(seed), fps)).toEqual([[1]]);
    }), { seed: SEED });
  });

  it(`two who cross keep their ids, the one behind unseen for a moment (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.integer(), speed, speed, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 45, max: 70 }), (seed, left, right, apart, size) => {
      const seconds = 4;
      const meetAt = 2_000;
      const a: MadeUpPerson = { x: (t) => 320 + left * (t - meetAt) / 1000, y: () => 200 };
      const b: MadeUpPerson = { x: (t) => 320 - right * (t - meetAt) / 1000, y: () => 200 + apart, size: () => size };
      const tracks = new Camera().watch([a, b], seconds, seeded(seed));
      expect(tracks.map((ids) => ids.length)).toEqual([1, 1]);
      expect(tracks[0]).not.toEqual(tracks[1]);
    }), { seed: SEED, numRuns: 200 });
  });

  it(`one who passes in front of somebody who stands changes nobody's id (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.integer(), speed, fc.integer({ min: -10, max: 25 }), (seed, v, apart) => {
      const tracks = new Camera().watch([walker(320 - 2 * v, v), { x: () => 320, y: () => 200 + apart, size: () => 55 }], 4, seeded(seed));
      expect(tracks.map((ids) => ids.length)).toEqual([1, 1]);
    }), { seed: SEED, numRuns: 200 });
  });

  it('a queue of eight who shuffle on keeps its ids', () => {
    const random = seeded(SEED);
    const queue = Array.from({ length: 8 }, (_, i): MadeUpPerson => ({ x: (t) => 60 + i * 72 + 20 * Math.sin(t / 1500 + i), y: (t) => 200 + 12 * Math.sin(t / 900 + 2 * i), size: () => 52 }));
    const tracks = new Camera().watch(queue, 30, random);
    expect(tracks.every((ids) => ids.length === 1)).toBe(true);
    expect(new Set(tracks.flat()).size).toBe(8);
  });

  it('nobody has the id of somebody who was there before, on no connection', () => {
    const camera = new Camera();
    const ids: number[] = [];
    for (let i = 0; i < 20; i++) {
      ids.push(camera.see([faceReading()], GONE_MS)[0]!.track);
      if (i % 5 === 4) camera.tracker.close();
    }
    expect(new Set(ids).size).toBe(20);
  });

  it('who is out of sight for less than the limit is the same, and afterwards is somebody else', () => {
    const camera = new Camera();
    const [first] = camera.see([faceReading()]);
    expect(camera.see([faceReading()], GONE_MS - 1)[0]!.track).toBe(first!.track);
    expect(camera.see([faceReading()], GONE_MS)[0]!.track).not.toBe(first!.track);
  });

  it('faces much larger, or far away, are somebody else', () => {
    const camera = new Camera();
    const [first] = camera.see([faceReading()]);
    expect(camera.see([faceReading({ box: { x: 260, y: 180, width: 140, height: 140 } })])[0]!.track).not.toBe(first!.track);
    expect(camera.see([faceReading({ box: { x: 20, y: 210, width: 60, height: 60 } })])[0]!.track).not.toBe(first!.track);
  });

  it('a picture of another size, and a clock that leaps back, start anew', () => {
    const tracker = new PeopleTracker();
    const step = (at: number, width: number) => tracker.step({ at, width, height: 480, faces: [faceReading()] });
    for (let i = 0; i < 5; i++) step(START + i * FRAME, 640);
    const bigger = step(START + 1_000, 960);
    expect([bigger.ended.length, bigger.faces[0]!.track]).toEqual([1, 2]);
    const back = step(START - 60_000, 960);
    expect([back.ended.length, back.faces[0]!.track]).toEqual([0, 3]);
    // A little late is late, and the same person.
    expect(step(START - 60_100, 960).faces[0]!.track).toBe(3);
  });
});

describe('a visit', () => {
  it('is told once, after the person was out of sight for 1.5 to 2 seconds', () => {
    const camera = new Camera();
    for (let i = 0; i < 10; i++) camera.see([faceReading({ shares: sharesOf(i < 5 ? 1 : 0) })]);
    const lastSeen = camera.at;
    while (camera.visits.length === 0 && camera.at < lastSeen + 5_000) camera.see([], 50);
    expect(camera.at - lastSeen).toBeGreaterThanOrEqual(1_500);
    expect(camera.at - lastSeen).toBeLessThanOrEqual(2_000);
    expect(camera.visits).toEqual([{
      area: null, staff: false, from: START + FRAME, to: lastSeen, observations: 10, turnedMs: 9 * FRAME, male: null, age: null,
      shares: expect.objectContaining({ happy: 0.5, neutral: 0.5 }) as never,
    }]);
    expect(camera.tracker.close()).toEqual([]);
  });

  it('goes on while the face is found and not read, which adds nothing to what was read', () => {
    const camera = new Camera();
    for (let i = 0; i < 5; i++) camera.see([faceReading({ shares: sharesOf(1) })]);
    for (let i = 0; i < 50; i++) expect(camera.see([faceReading({ left: 'turned', shares: null, yaw: 70 })])[0]).toMatchObject({ track: 1, smoothed: null });
    camera.see([faceReading({ shares: sharesOf(1) })]);
    expect(camera.tracker.close()).toMatchObject([{ observations: 6, shares: { happy: 1 }, from: START + FRAME, to: camera.at, turnedMs: 4 * FRAME }]);
  });

  it('is nobody\'s who was never read, read only in passing, or outside of every area', () => {
    const camera = new Camera();
    for (let i = 0; i < 10; i++) camera.see([faceReading({ left: 'small', shares: null, yaw: null })]);
    camera.see([], GONE_MS);
    for (let i = 0; i < 2; i++) camera.see([faceReading()]);
    camera.see([], GONE_MS);
    for (let i = 0; i < 10; i++) camera.see([faceReading({ left: 'outside', shares: null })]);
    camera.see([], GONE_MS);
    expect(camera.visits).toEqual([]);
  });

  it('is in the area, and on the side of the counter, where most was read, and lasts as long as somebody is in any', () => {
    const camera = new Camera();
    for (let i = 0; i < 3; i++) camera.see([faceReading({ left: 'outside', shares: null })]);
    for (let i = 0; i < 4; i++) camera.see([faceReading({ area: 'door' })]);
    for (let i = 0; i < 6; i++) camera.see([faceReading({ area: 'till', staff: i > 4 })]);
    const to = camera.at;
    camera.see([faceReading({ left: 'outside', shares: null })]);
    expect(camera.tracker.close()).toMatchObject([{ area: 'till', staff: false, from: START + 4 * FRAME, to }]);
  });

  it('has means of sex and age where they were read', () => {
    const camera = new Camera();
    for (const age of [30, 40, 50]) camera.see([faceReading({ person: { male: age / 100, age } })]);
    expect(camera.tracker.close()).toMatchObject([{ male: expect.closeTo(0.4, 6) as never, age: expect.closeTo(40, 6) as never }]);
  });

  it('counts time as turned to the camera only between frames in which the face was', () => {
    const camera = new Camera();
    for (const yaw of [0, 10, -20, 40, 40, 5, null, 5]) camera.see([faceReading({ yaw })]);
    expect(camera.tracker.close()).toMatchObject([{ turnedMs: 4 * FRAME }]);
  });
});

describe('smoothing', () => {
  const settled = (fps: number): number[] => {
    const tracker = new PeopleTracker();
    const read: number[] = [];
    for (let t = 0; t <= 8_000; t += 1000 / fps) {
      const [face] = tracker.step({ at: START + t, width: 640, height: 480, faces: [faceReading({ shares: sharesOf(t < 4_000 ? 0 : 1) })] }).faces;
      if (t % 1_000 === 0) read.push(face!.smoothed!.happy);
    }
    return read;
  };

  it('follows a change with a time constant of a second, whatever the rate of frames', () => {
    const slow = settled(5);
    // The frame of the change has already begun to count.
    expect(slow[5]).toBeCloseTo(1 - Math.exp(-1.2), 2);
    expect(slow[8]).toBeGreaterThan(0.97);
    settled(20).forEach((value, i) => expect(Math.abs(value - slow[i]!)).toBeLessThan(0.15));
  });

  it('keeps shares that sum to 1 and gives a first reading as it is', () => {
    const camera = new Camera();
    expect(camera.see([faceReading({ shares: sharesOf(0.7) })])[0]!.smoothed).toEqual(sharesOf(0.7));
    const random = seeded(SEED);
    for (let i = 0; i < 100; i++) {
      const { smoothed } = camera.see([faceReading({ shares: sharesOf(2 * random() - 1) })], 1 + Math.floor(500 * random()))[0]!;
      expect(Object.values(smoothed!).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
  });

  it('halves the noise of single frames', () => {
    const camera = new Camera();
    const random = seeded(SEED);
    const raw: number[] = [];
    const smooth: number[] = [];
    for (let i = 0; i < 500; i++) {
      const face = camera.see([faceReading({ shares: sharesOf(random() - 0.5) })])[0]!;
      raw.push(face.shares!.happy - face.shares!.sad);
      smooth.push(face.smoothed!.happy - face.smoothed!.sad);
    }
    const spread = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    expect(spread(smooth)).toBeLessThan(0.5 * spread(raw));
  });
});

describe('memory', () => {
  it('is bounded in a crowd that never stays', () => {
    const camera = new Camera();
    const random = seeded(SEED);
    for (let i = 0; i < 40; i++) {
      camera.see(Array.from({ length: 100 }, () => faceReading({ box: { x: 6000 * random(), y: 4000 * random(), width: 40 + 60 * random(), height: 50 } })));
      expect(camera.tracker.load.tracks).toBeLessThanOrEqual(300);
    }
  });
});
