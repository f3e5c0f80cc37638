import type { CameraLine } from '../../contract/index.ts';
import { seeded } from './random.ts';

/** Made-up people who walk through a picture, and who of them truly came in and went out. */

/** Where somebody's feet are at a moment: ms, and pixels of the scene. */
export interface Step { at: number; x: number; y: number }
export interface Walker { kind: string; steps: readonly Step[] }
export interface TrueCrossing { at: number; inward: boolean; kind: string }
export interface Scene { width: number; height: number; line: CameraLine; walkers: Walker[]; truth: TrueCrossing[]; endsAt: number }

export const SCENE_WIDTH = 640;
export const SCENE_HEIGHT = 480;
/** Body height in pixels, ever so slightly larger in front, as an oblique camera sees it. */
export const bodyHeight = (y: number): number => 118 + 0.12 * y;

/** Where the walker is; undefined before and after. */
export function feetAt({ steps }: Walker, at: number): { x: number; y: number } | undefined {
  for (let i = 1; i < steps.length; i++) {
    const a = steps[i - 1]!;
    const b = steps[i]!;
    if (at < a.at || at > b.at) continue;
    const share = b.at === a.at ? 1 : (at - a.at) / (b.at - a.at);
    return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
  }
  return undefined;
}

/** Of those who cross, in body heights a second: 0.7 to 1.9 m/s for somebody of 1.75 m. */
const SLOWEST = 0.4;
const FASTEST = 1.1;
/** The line goes across the picture at this height; who comes in walks down, towards the camera. */
const LINE_Y = 330;
const LINE: CameraLine = { from: [0.02, LINE_Y / SCENE_HEIGHT], to: [0.98, LINE_Y / SCENE_HEIGHT], inward: 'right', reentryS: 4, groupS: 2 };
const FAR_Y = 205;
const NEAR_Y = 470;

/** The kinds of thing that happen at an entrance; each begins at `at` and says who truly crossed. */
const KINDS = ['alone', 'pair', 'three', 'meeting', 'loiterer', 'turner', 'passer', 'slanting'] as const;

/** One after another, overlapping in time, until `events` things have happened. */
export function randomScene(seed: number, events: number): Scene {
  const random = seeded(seed);
  const scene: Scene = { width: SCENE_WIDTH, height: SCENE_HEIGHT, line: LINE, walkers: [], truth: [], endsAt: 0 };
  let at = 1000;
  for (let i = 0; i < events; i++) {
    happen(scene, KINDS[Math.floor(random() * KINDS.length)]!, at, random);
    at += 2500 + random() * 3500;
  }
  scene.endsAt = Math.max(...scene.walkers.map(({ steps }) => steps.at(-1)!.at)) + 3000;
  scene.truth.sort((a, b) => a.at - b.at);
  return scene;
}

function happen(scene: Scene, kind: (typeof KINDS)[number], at: number, random: () => number): void {
  const x = 90 + random() * (SCENE_WIDTH - 180);
  const inward = random() < 0.5;
  const speed = SLOWEST + random() * (FASTEST - SLOWEST);
  switch (kind) {
    case 'alone': return cross(scene, kind, at, x, x + 60 * (random() - 0.5), inward, speed);
    case 'slanting': return cross(scene, kind, at, x, SCENE_WIDTH - x, inward, Math.min(speed, 0.8));
    case 'pair': case 'three':
      for (let i = 0; i < (kind === 'pair' ? 2 : 3); i++) cross(scene, kind, at + 350 * random(), 110 + ((x + 95 * i) % (SCENE_WIDTH - 220)), 110 + ((x + 95 * i) % (SCENE_WIDTH - 220)), inward, Math.min(0.9, speed));
      return;
    case 'meeting':
      cross(scene, kind, at, x, x, true, speed);
      return cross(scene, kind, at + 300 * random(), Math.min(SCENE_WIDTH - 70, x + 55), Math.min(SCENE_WIDTH - 70, x + 70), false, speed);
    case 'loiterer': return loiter(scene, at, x, inward, speed, random);
    case 'turner': return turn(scene, at, x, inward);
    case 'passer': return pass(scene, at, inward, speed, random);
  }
}

const pace = (speed: number): number => speed * bodyHeight(LINE_Y) / 1000;

function cross(scene: Scene, kind: string, at: number, fromX: number, toX: number, inward: boolean, speed: number): void {
  const [from, to] = inward ? [FAR_Y, NEAR_Y] : [NEAR_Y, FAR_Y];
  const long = Math.hypot(toX - fromX, to - from) / pace(speed);
  scene.walkers.push({ kind, steps: [{ at, x: fromX, y: from }, { at: at + long, x: toX, y: to }] });
  scene.truth.push({ at: at + long * (LINE_Y - from) / (to - from), inward, kind });
}

/** Walks to the line, stands on it shifting from foot to foot, and goes on or back. */
function loiter(scene: Scene, at: number, x: number, inward: boolean, speed: number, random: () => number): void {
  const [from, to] = inward ? [FAR_Y, NEAR_Y] : [NEAR_Y, FAR_Y];
  const steps: Step[] = [{ at, x, y: from }];
  let now = at + Math.abs(LINE_Y - from) / pace(speed);
  for (let i = 0; i < 8; i++) {
    steps.push({ at: now, x: x + 8 * (random() - 0.5), y: LINE_Y + 8 * (random() - 0.5) });
    now += 800;
  }
  const goesOn = random() < 0.5;
  if (goesOn) scene.truth.push({ at: now, inward, kind: 'loiterer' });
  const end = goesOn ? to : from;
  steps.push({ at: now, x, y: LINE_Y }, { at: now + Math.abs(end - LINE_Y) / pace(speed), x, y: end });
  scene.walkers.push({ kind: 'loiterer', steps });
}

/** Crosses, and is back within the time of the set-up. */
function turn(scene: Scene, at: number, x: number, inward: boolean): void {
  const [from, to] = inward ? [FAR_Y, LINE_Y + 55] : [NEAR_Y, LINE_Y - 55];
  const long = Math.abs(to - from) / pace(0.8);
  scene.walkers.push({ kind: 'turner', steps: [{ at, x, y: from }, { at: at + long, x, y: to }, { at: at + long + 1200, x: x + 6, y: to }, { at: at + 2 * long + 1200, x, y: from }] });
}

/** Walks along the line, on one side of it. */
function pass(scene: Scene, at: number, near: boolean, speed: number, random: () => number): void {
  const y = near ? LINE_Y + 70 + 40 * random() : LINE_Y - 70 - 40 * random();
  const [from, to] = random() < 0.5 ? [40, SCENE_WIDTH - 40] : [SCENE_WIDTH - 40, 40];
  scene.walkers.push({ kind: 'passer', steps: [{ at, x: from, y }, { at: at + Math.abs(to - from) / pace(speed), x: to, y }] });
}
