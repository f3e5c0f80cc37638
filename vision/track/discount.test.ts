import { describe, expect, it } from 'vitest';
import type { TrackedFace, Visit } from '../readings.ts';
import { faceOf, sway, type MadeUpPerson } from '../testing/people.ts';
import { seeded } from '../testing/random.ts';
import { STILL_MS } from './still.ts';
import { PeopleTracker } from './tracker.ts';

const SEED = 20_261_122;
const START = 1_790_000_000_000;
const FRAME = 200;

/** Five frames a second of these people; `hidden` are those whom the detector misses at the time. */
class Shop {
  readonly visits: Visit[] = [];
  readonly #tracker: PeopleTracker;
  readonly #random: () => number;
  readonly #jitter: number;
  t = 0;

  constructor(seed: number, jitter = 0.004, tracker = new PeopleTracker()) {
    this.#random = seeded(seed);
    this.#jitter = jitter;
    this.#tracker = tracker;
  }

  get spots(): number { return this.#tracker.load.spots; }

  /** What the tracker said of each of `people` in the last frame; undefined of who was hidden in it. */
  run(people: readonly MadeUpPerson[], seconds: number, hidden: (t: number, who: number) => boolean = () => false, each: (faces: readonly TrackedFace[]) => void = () => undefined): (TrackedFace | undefined)[] {
    let last: (TrackedFace | undefined)[] = [];
    for (const end = this.t + seconds * 1000; this.t < end; this.t += FRAME) {
      const shown = people.map((_, who) => who).filter((who) => !hidden(this.t, who));
      const step = this.#tracker.step({ at: START + this.t, width: 640, height: 480, faces: shown.map((who) => faceOf(people[who]!, this.t, this.#random, this.#jitter)) });
      this.visits.push(...step.ended);
      last = people.map((_, who) => step.faces[shown.indexOf(who)]);
      each(step.faces);
    }
    return last;
  }

  close(): Visit[] { return [...this.visits, ...this.#tracker.close()]; }
}

const poster = (x = 200): MadeUpPerson => ({ x: () => x, y: () => 150, size: () => 80, mood: () => 0.8 });
/** @param share how far the head sways, in face sizes (standard deviation): 5 to 8 mm of 180 in quiet standing. */
function standing(seed: number, share: number, tauMs = 1_500): MadeUpPerson {
  const random = seeded(seed);
  const [side, nod, near] = [sway(random, tauMs), sway(random, tauMs), sway(random, tauMs)];
  return { x: (t) => 320 + 60 * share * side(t), y: (t) => 240 + 60 * share * 0.5 * nod(t), size: (t) => 60 * (1 + share * 0.5 * near(t)) };
}

describe('a face that stands still', () => {
  it.each([0, 0.002, 0.005, 0.0075])('is discounted after a minute and not before, its readings scattering by %f of its size; it is no visit', (jitter) => {
    for (let seed = 0; seed < 10; seed++) {
      const shop = new Shop(SEED + seed, jitter);
      expect(shop.run([poster()], STILL_MS / 1000 - 1)[0]!.discount).toBeNull();
      expect(shop.run([poster()], 7)[0]!.discount).toBe('still');
      expect(shop.run([poster()], 600)[0]!.discount).toBe('still');
      expect(shop.close()).toEqual([]);
    }
  });

  it('is discounted at once when it is found again, after minutes and on the next connection, and nothing else is', () => {
    const tracker = new PeopleTracker();
    const shop = new Shop(SEED, 0.004, tracker);
    shop.run([poster()], 70);
    shop.run([poster()], 300, () => true);
    shop.run([poster()], FRAME / 1000, undefined, ([face]) => expect(face!.discount).toBe('still'));
    tracker.close();
    expect(shop.run([poster(), poster(400)], 5).map((face) => face!.discount)).toEqual(['still', null]);
  });

  it('is discounted though people pass in front of it', () => {
    const shop = new Shop(SEED);
    const hidden = (t: number): boolean => t % 15_000 > 12_000;
    expect(shop.run([poster()], 130, hidden)[0]?.discount ?? shop.run([poster()], 1)[0]!.discount).toBe('still');
  });

  it('is a person again as soon as it moves; from then on it is a visit', () => {
    const shop = new Shop(SEED);
    shop.run([poster()], 70);
    const from = shop.t;
    const leaves: MadeUpPerson = { x: (t) => 200 + (t - from) / 50, y: () => 150, size: () => 80 };
    const [face] = shop.run([leaves], 6);
    expect(face).toMatchObject({ discount: null, track: 1 });
    const [visit] = shop.close();
    expect(visit!.from - START).toBeGreaterThan(from);
  });

  it('does not cover a visitor who stands just where a poster was taken down, for longer than half a minute', () => {
    const shop = new Shop(SEED);
    shop.run([poster()], 70);
    shop.run([], 60);
    const from = shop.t;
    const person = standing(SEED, 0.03);
    const [face] = shop.run([{ x: (t) => person.x(t - from) - 120, y: (t) => person.y(t - from) - 90, size: (t) => person.size!(t - from) * 80 / 60 }], 30);
    expect(face!.discount).toBeNull();
  });

  it('is remembered in a bounded number of places', () => {
    const shop = new Shop(SEED, 0);
    const wall = (row: number) => Array.from({ length: 20 }, (_, i): MadeUpPerson => ({ x: () => 200 * i, y: () => 500 * row, size: () => 60 }));
    for (let row = 0; row < 4; row++) shop.run(wall(row), 65);
    expect(shop.spots).toBeLessThanOrEqual(32);
  });
});

describe('somebody who stands still', () => {
  it.each([[0.04, 1_500], [0.03, 1_500], [0.025, 1_000], [0.02, 4_000]])('is not discounted in ten minutes, the head swaying by %f of its size, %i ms a lean (60 people)', (share, tauMs) => {
    for (let seed = 0; seed < 60; seed++) {
      const shop = new Shop(SEED + seed);
      shop.run([standing(SEED + seed, share, tauMs)], 600, undefined, ([face]) => { if (face!.discount !== null) throw new Error(`seed ${SEED + seed}: discounted as ${face!.discount}`); });
      expect(shop.close()).toHaveLength(1);
    }
  });

  it('is not discounted with the head in a rest, as long as the face lives', () => {
    const shop = new Shop(SEED);
    const talks: MadeUpPerson = { ...poster(), mood: (t) => 0.5 * Math.sin(t / 4_000) };
    expect(shop.run([talks], 300)[0]!.discount).toBeNull();
  });

  it('is not discounted when the picture pans to and fro, whose means stand still', () => {
    const pans: MadeUpPerson = { x: (t) => 300 + 20 * Math.sin(2 * Math.PI * t / 2_000), y: () => 200, size: () => 80 };
    expect(new Shop(SEED).run([pans], 300)[0]!.discount).toBeNull();
  });
});

describe('a mirror image', () => {
  /** In a mirror on a side wall at x = 640: as far behind it, smaller. */
  const imageOf = (person: MadeUpPerson, share: number, random = 0): MadeUpPerson => ({
    x: (t) => 560 - share * (person.x(t) - 300), y: (t) => 200 + share * (person.y(t) - 200) + random, size: (t) => share * (person.size?.(t) ?? 60), mood: (t) => person.mood?.(t) ?? 0,
  });
  const shopper = (seed: number): MadeUpPerson => {
    const random = seeded(seed);
    const [side, nod] = [sway(random, 900), sway(random, 900)];
    const xs = new Map<number, number>();
    const ys = new Map<number, number>();
    const once = (memo: Map<number, number>, t: number, make: () => number): number => memo.get(t) ?? (memo.set(t, make()), memo.get(t)!);
    return { x: (t) => once(xs, t, () => 300 + 25 * side(t)), y: (t) => once(ys, t, () => 200 + 6 * nod(t)), size: () => 60 };
  };

  it.each([1, 0.8, 0.65])('of %f of the size is discounted after three seconds, is no visit, and the person goes on', (share) => {
    let found = 0;
    for (let seed = 0; seed < 20; seed++) {
      const shop = new Shop(SEED + seed);
      const person = shopper(SEED + seed);
      const image = imageOf(person, share);
      const early = shop.run([person, image], 2.8).map((face) => face!.discount);
      expect(early).toEqual([null, null]);
      const [real, mirrored] = shop.run([person, image], 12);
      expect(real!.discount).toBeNull();
      if (mirrored!.discount !== 'mirrored') continue;
      found++;
      expect(shop.close()).toHaveLength(1);
    }
    expect(found).toBeGreaterThanOrEqual(18);
  });

  it('of somebody who only walks past is discounted too', () => {
    const person: MadeUpPerson = { x: (t) => 120 + 0.05 * t, y: () => 200, mood: () => 0.4 };
    const shop = new Shop(SEED);
    expect(shop.run([person, imageOf(person, 0.8)], 5).map((face) => face!.discount)).toEqual([null, 'mirrored']);
  });

  it('is not seen in two people who walk towards each other, stop and part again (100 pairs)', () => {
    const random = seeded(SEED);
    for (let i = 0; i < 100; i++) {
      const [va, vb, stop] = [0.03 + 0.09 * random(), 0.03 + 0.09 * random(), 1_500 + 2_000 * random()];
      const [moodA, moodB] = [random() - 0.5, random() - 0.5];
      const eased = (t: number): number => (t < stop ? t - t * t / (2 * stop) : stop / 2);
      const bob = (phase: number) => (t: number): number => 3 * Math.sin(2 * Math.PI * t / 550 + phase);
      const [bobA, bobB] = [bob(6 * random()), bob(6 * random())];
      const a: MadeUpPerson = { x: (t) => 100 + 2 * va * eased(t), y: (t) => 200 + bobA(t), size: () => 60, mood: () => moodA };
      const b: MadeUpPerson = { x: (t) => 540 - 2 * vb * eased(t), y: (t) => 205 + bobB(t), size: () => 50 + 20 * random(), mood: () => moodB };
      const discounts = new Set(new Shop(SEED + i).run([a, b], 8).map((face) => face?.discount ?? null));
      expect([...discounts], `pair ${i}`).toEqual([null]);
    }
  });

  it('is not seen in a queue whose people sway each in their own way (ten minutes)', () => {
    const shop = new Shop(SEED);
    const queue = Array.from({ length: 5 }, (_, i): MadeUpPerson => {
      const person = shopper(SEED + 10 * i);
      return { ...person, x: (t) => person.x(t) - 240 + 120 * i };
    });
    shop.run(queue, 600, undefined, (faces) => { for (const face of faces) if (face.discount !== null) throw new Error(`${face.discount} at ${shop.t} ms`); });
    expect(shop.close()).toHaveLength(5);
  });
});
