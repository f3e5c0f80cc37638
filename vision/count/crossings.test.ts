import { describe, expect, it } from 'vitest';
import type { CameraLine } from '../../contract/index.ts';
import type { PersonBox } from '../readings.ts';
import { bodyHeight, feetAt, randomScene } from '../testing/walkers.ts';
import { seeded } from '../testing/random.ts';
import { CrossingCounter, type Crossing } from './crossings.ts';

const WIDTH = 640;
const HEIGHT = 480;
/** Across the middle; inside is below, towards the camera. */
const LINE: CameraLine = { from: [0, 0.5], to: [1, 0.5], inward: 'right', reentryS: 0, groupS: 0 };

/** A person of 120 × 48 px whose feet are here. */
const person = (x: number, y: number, height = 120): PersonBox => ({ x: x - height / 5, y: y - height, width: height * 0.4, height, score: 0.6 });
type Walk = (t: number) => PersonBox | null;

/** Runs walks over a counter; `t` in seconds. */
function count(line: CameraLine, seconds: number, fps: number, walks: readonly Walk[], close = true): Crossing[] {
  const counter = new CrossingCounter(line);
  const told: Crossing[] = [];
  for (let frame = 0; frame <= seconds * fps; frame++) {
    const t = frame / fps;
    told.push(...counter.step({ at: Math.round(t * 1000), width: WIDTH, height: HEIGHT, people: walks.map((walk) => walk(t)).filter((one) => one !== null) }));
  }
  return close ? [...told, ...counter.close()] : told;
}
const ways = (told: readonly Crossing[]): string => told.map(({ inward }) => (inward ? 'in' : 'out')).join(' ');
/** Down the picture from y = 140 at so many pixels a second. */
const down = (x: number, speed: number, start = 0): Walk => (t) => (t < start || 140 + (t - start) * speed > 420 ? null : person(x, 140 + (t - start) * speed));
const up = (x: number, speed: number, start = 0): Walk => (t) => (t < start || 420 - (t - start) * speed < 140 ? null : person(x, 420 - (t - start) * speed));

describe('a line', () => {
  it('counts who comes in and who goes out, once each', () => {
    expect(ways(count(LINE, 6, 4, [down(200, 90)]))).toBe('in');
    expect(ways(count(LINE, 6, 4, [up(200, 90)]))).toBe('out');
  });
  it('has its inside where the set-up says', () => {
    expect(ways(count({ ...LINE, inward: 'left' }, 6, 4, [down(200, 90)]))).toBe('out');
    expect(ways(count({ ...LINE, from: [1, 0.5], to: [0, 0.5] }, 6, 4, [down(200, 90)]))).toBe('out');
    const upright: CameraLine = { ...LINE, from: [0.5, 1], to: [0.5, 0], inward: 'right' };
    expect(ways(count(upright, 5, 4, [(t) => person(100 + 100 * t, 300)]))).toBe('in');
    expect(ways(count({ ...upright, inward: 'left' }, 5, 4, [(t) => person(100 + 100 * t, 300)]))).toBe('out');
  });
  it('tells the moment between the frames before and after it', () => {
    const [crossing] = count(LINE, 6, 2, [down(200, 90)]);
    expect(Math.abs(crossing!.at - 1000 * (240 - 140) / 90)).toBeLessThan(60);
  });
  it('counts between its ends and a little beside them, and nobody who walks around it', () => {
    const short: CameraLine = { ...LINE, from: [0.25, 0.5], to: [0.5, 0.5] };
    expect([150, 240, 330, 400, 120].map((x) => count(short, 6, 4, [down(x, 90)]).length)).toEqual([1, 1, 1, 0, 0]);
    const around: Walk = (t) => (t < 2 ? person(240, 200) : t < 5 ? person(240 + 80 * (t - 2), 200) : t < 7 ? person(480, 200 + 50 * (t - 5)) : t < 10 ? person(480 - 80 * (t - 7), 300) : null);
    expect(count(short, 11, 4, [around])).toEqual([]);
  });
  it.each([[1, 90], [2, 150], [3, 160], [5, 160]])('counts at %d frames a second somebody who walks at %d px a second', (fps, speed) => {
    expect(ways(count(LINE, 6, fps, [down(200, speed)]))).toBe('in');
    expect(ways(count(LINE, 6, fps, [up(400, speed)]))).toBe('out');
  });
  it('counts somebody who is hidden for a second at the line', () => {
    expect(ways(count(LINE, 6, 4, [(t) => (t > 0.8 && t < 1.9 ? null : down(200, 90)(t))]))).toBe('in');
  });
  it('is where it was when the picture comes at another size', () => {
    const counter = new CrossingCounter(LINE);
    const told: Crossing[] = [];
    for (let i = 0; i < 16; i++) {
      const scale = i % 2 === 0 ? 1 : 0.5;
      const one = person(200, 140 + 20 * i);
      told.push(...counter.step({ at: 250 * i, width: WIDTH * scale, height: HEIGHT * scale, people: [{ x: one.x * scale, y: one.y * scale, width: one.width * scale, height: one.height * scale, score: 0.5 }] }));
    }
    expect(ways([...told, ...counter.close()])).toBe('in');
  });
});

describe('somebody who', () => {
  it('stands on the line is not counted, and is when they go on, once', () => {
    const random = seeded(5);
    const standing: Walk = (t) => (t < 2 ? person(200, 140 + 50 * t) : t < 20 ? person(200 + 6 * random(), 240 + 12 * (random() - 0.5)) : t < 23 ? person(200, 240 + 50 * (t - 20)) : null);
    expect(count(LINE, 19.5, 4, [standing], false)).toEqual([]);
    expect(ways(count(LINE, 26, 4, [standing]))).toBe('in');
  });
  it('walks along the line is not counted', () => {
    expect(count(LINE, 8, 4, [(t) => person(40 + 70 * t, 255), (t) => person(600 - 70 * t, 222)])).toEqual([]);
  });
  it('was there from the beginning on the line gets a side when they leave it', () => {
    expect(count(LINE, 6, 4, [(t) => person(200, 240 + 40 * t)])).toEqual([]);
  });
  it('goes back in time was neither in nor out, and nothing is told meanwhile', () => {
    const line = { ...LINE, reentryS: 5 };
    const back: Walk = (t) => (t < 2 ? person(200, 170 + 50 * t) : t < 4 ? person(200, 270) : t < 6 ? person(200, 270 - 50 * (t - 4)) : null);
    expect(count(line, 12, 4, [back])).toEqual([]);
    expect(ways(count({ ...line, reentryS: 0 }, 12, 4, [back]))).toBe('in out');
    const backAndIn: Walk = (t) => (t < 6 ? back(t) : t < 9 ? person(200, 170 + 50 * (t - 6)) : null);
    expect(ways(count(line, 15, 4, [backAndIn]))).toBe('in');
  });
  it('goes back later was in and out', () => {
    const late: Walk = (t) => (t < 3 ? person(200, 170 + 50 * t) : t < 12 ? person(200, 320) : t < 15 ? person(200, 320 - 50 * (t - 12)) : null);
    expect(ways(count({ ...LINE, reentryS: 5 }, 25, 4, [late]))).toBe('in out');
  });
  it('stays is told when the time to go back is over, not before', () => {
    const line = { ...LINE, reentryS: 5 };
    const stays: Walk = (t) => person(200, Math.min(320, 170 + 50 * t));
    expect(count(line, 6, 4, [stays], false)).toEqual([]);
    expect(ways(count(line, 8, 4, [stays], false))).toBe('in');
  });
  it('is gone is told at once, and is not held back any more', () => {
    expect(ways(count({ ...LINE, reentryS: 60 }, 8, 4, [down(200, 90)], false))).toBe('in');
  });
});

describe('several people', () => {
  it('who cross each other\'s path at the line are one in and one out', () => {
    for (const apart of [0, 20, 45, 70]) expect(ways(count(LINE, 6, 4, [down(200, 90), up(200 + apart, 90)])).split(' ').sort().join(' ')).toBe('in out');
  });
  it('side by side are each counted', () => {
    expect(ways(count(LINE, 6, 4, [down(150, 90), down(220, 95), down(290, 85), up(420, 90)])).split(' ').sort().join(' ')).toBe('in in in out');
  });
  it('who come together are one group, apart in time or place they are two', () => {
    const leads = (line: Partial<CameraLine>, walks: Walk[]): number => count({ ...LINE, groupS: 2, ...line }, 12, 4, walks).filter((one) => one.leads).length;
    expect(leads({}, [down(200, 90), down(270, 90, 0.5), down(340, 90, 1)])).toBe(1);
    expect(leads({}, [down(200, 90), down(270, 90, 4)])).toBe(2);
    expect(leads({}, [down(120, 90), down(520, 90)])).toBe(2);
    expect(leads({}, [down(200, 90), up(270, 90)])).toBe(2);
    expect(leads({ groupS: 0 }, [down(200, 90), down(270, 90)])).toBe(2);
    expect(leads({ reentryS: 8 }, [down(200, 90), down(270, 90, 0.5)])).toBe(1);
  });
});

describe('rubbish', () => {
  it('frames that are not newer, or have no size, say nothing', () => {
    const counter = new CrossingCounter(LINE);
    for (const at of [100, 100, 50, Number.NaN]) expect(counter.step({ at, width: WIDTH, height: HEIGHT, people: [person(100, 100)] })).toEqual([]);
    expect(counter.step({ at: 500, width: 0, height: 0, people: [] })).toEqual([]);
  });
  it('boxes that jump about at random are not visitors', () => {
    const random = seeded(11);
    const told = count(LINE, 60, 4, Array.from({ length: 3 }, () => () => person(640 * random(), random() < 0.5 ? 100 * random() : 400 + 80 * random(), 60)));
    expect(told.length).toBeLessThan(6);
  });
  it('a line that is a point is refused', () => {
    const counter = new CrossingCounter({ ...LINE, to: LINE.from });
    expect(() => counter.step({ at: 1, width: WIDTH, height: HEIGHT, people: [] })).toThrow(RangeError);
  });
});

describe('an entrance with noise: boxes that shake, are missed and appear from nothing', () => {
  it.each([1, 2, 3, 4, 5, 6])('has nearly all of its crossings counted (seed %d)', (seed) => {
    const scene = randomScene(seed, 40);
    const random = seeded(seed + 1000);
    const noise = (size: number): number => size * (random() + random() + random() - 1.5);
    const counter = new CrossingCounter(scene.line);
    const told: Crossing[] = [];
    for (let at = 0; at < scene.endsAt; at += 250) {
      const people = scene.walkers.flatMap((walker) => {
        const feet = feetAt(walker, at);
        if (!feet || random() < 0.08) return [];
        return [person(feet.x + noise(4), feet.y + noise(6), bodyHeight(feet.y) * (1 + noise(0.05)))];
      });
      if (random() < 0.03) people.push({ ...person(640 * random(), 480 * random()), score: 0.28 });
      told.push(...counter.step({ at, width: scene.width, height: scene.height, people }));
    }
    told.push(...counter.close());
    const wrong = [true, false].map((inward) => Math.abs(told.filter((one) => one.inward === inward).length - scene.truth.filter((one) => one.inward === inward).length));
    expect(wrong[0]! + wrong[1]!, `${told.length} told, ${scene.truth.length} true`).toBeLessThanOrEqual(Math.ceil(0.06 * scene.truth.length));
  });
});
