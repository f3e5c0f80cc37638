import { seeded, type Random } from '../random.ts';

/** The places that cameras look at. */
export const SCENES = ['hall', 'desk', 'door'] as const;
export type SceneKind = (typeof SCENES)[number];

/** Somebody in view from second `from` to `to` of the loop. Places are shares of the picture. */
export interface Appearance {
  /** Which of the people. */
  who: number;
  /** Whole people walk through; faces come from the side, stay and go. */
  walks: boolean;
  from: number;
  to: number;
  /** Where they come from, stay (or pass) and go to: the middle of the face, or of the body. */
  path: readonly { at: number; x: number; y: number }[];
  /** How they sway while they stay: amplitude in shares of the width, and two periods in seconds. */
  sway: number;
  periods: readonly [number, number];
}

/** Where visitors stop in each place. `happier`: those who smile come here more often. */
const SPOTS: Record<SceneKind, readonly { x: number; y: number; happier: boolean }[]> = {
  hall: [{ x: 0.3, y: 0.52, happier: false }, { x: 0.68, y: 0.5, happier: false }],
  desk: [{ x: 0.28, y: 0.5, happier: false }, { x: 0.76, y: 0.52, happier: true }],
  door: [{ x: 0.82, y: 0.52, happier: false }],
};
/** Seconds that a visitor stays, and pauses until the next one comes. */
const STAY = [7, 13] as const;
const PAUSE = [1.5, 5] as const;
const COME = 1.6;
/** Somebody walks through the picture of the door in so many seconds. */
const WALK = 6;

const between = (random: Random, [low, high]: readonly [number, number]): number => low + random.unit() * (high - low);

/**
 * Who comes, stays and goes within a loop of so many seconds, the same for the same seed. Nobody is in view where the
 * loop's end joins its beginning.
 * @param faces how many people show their faces, and which of them smile
 * @param walkers how many walk in and out at the door; as many in as out
 */
export function scriptOf(kind: SceneKind, seconds: number, seed: number, { faces, smiling, walkers }: { faces: number; smiling: readonly number[]; walkers: number }): Appearance[] {
  const random = seeded('stage', kind, seed);
  const script: Appearance[] = [];
  for (const [index, spot] of SPOTS[kind].entries()) {
    let now = 0.3 + index * 2;
    for (let turn = index * Math.ceil(faces / 2); faces > 0; turn++) {
      const stay = between(random, STAY);
      if (now + stay + 2 * COME > seconds - 0.3) break;
      const who = spot.happier && smiling.length > 0 && turn % 3 !== 2 ? smiling[turn % smiling.length]! : turn % faces;
      script.push(visit(who, now, stay, spot, random));
      now += stay + 2 * COME + between(random, PAUSE);
    }
  }
  if (kind === 'door' && walkers > 0) script.push(walk(0, 4, true), walk(1 % walkers, seconds / 2, false));
  return script.filter(({ to }) => to <= seconds);
}

function visit(who: number, from: number, stay: number, spot: { x: number; y: number }, random: Random): Appearance {
  const side = spot.x < 0.5 ? -0.25 : 1.25;
  const lean = spot.y + (random.unit() - 0.5) * 0.06;
  return {
    who, walks: false, from, to: from + stay + 2 * COME,
    path: [{ at: from, x: side, y: lean }, { at: from + COME, x: spot.x, y: lean }, { at: from + COME + stay, x: spot.x + (random.unit() - 0.5) * 0.03, y: lean }, { at: from + stay + 2 * COME, x: side, y: lean }],
    sway: 0.006 + random.unit() * 0.004, periods: [2.1 + random.unit(), 3.7 + 2 * random.unit()],
  };
}

/** Down the picture comes in, up it goes out. */
function walk(who: number, from: number, inward: boolean): Appearance {
  const [start, end] = inward ? [0.3, 0.74] : [0.74, 0.3];
  const x = inward ? 0.22 : 0.38;
  return { who, walks: true, from, to: from + WALK, path: [{ at: from, x, y: start }, { at: from + WALK, x, y: end }], sway: 0.004, periods: [0.9, 1.3] };
}

/** Where somebody is at a second of the loop, with a scale by which they nod towards the camera; undefined when they are not there. */
export function placeAt({ path, from, to, sway, periods: [one, other] }: Appearance, at: number): { x: number; y: number; scale: number } | undefined {
  if (at < from || at >= to) return undefined;
  const next = path.findIndex((point) => point.at > at);
  const [a, b] = [path[next - 1], path[next]];
  if (!a || !b) return undefined;
  const share = (at - a.at) / (b.at - a.at);
  const swing = Math.sin((2 * Math.PI * at) / one) * 0.6 + Math.sin((2 * Math.PI * at) / other);
  return { x: a.x + share * (b.x - a.x) + sway * swing, y: a.y + share * (b.y - a.y) + sway * 0.5 * Math.cos((2 * Math.PI * at) / other), scale: 1 + 0.02 * Math.sin((2 * Math.PI * at) / (one + other)) };
}
