import type { CameraLine } from '../../contract/index.ts';
import { beyondEnds, depth, lineOf, type Line } from './line.ts';
import type { PeopleFrame } from './people-frame.ts';
import { PeopleTracker, type Standing } from './tracks.ts';

/** Somebody crossed the line. */
export interface Crossing {
  /** Capture time, between the frames before and after the line, epoch ms. */
  at: number;
  inward: boolean;
  /** The first of those who cross together, or alone. */
  leads: boolean;
}

/** Where a track last stood, which side of the line it surely is on, and where it last changed sides. */
interface Walk { last: Standing; depth: number; side: 1 | -1 | 0; flip: Flip | null }
interface Flip { at: number; x: number; y: number; height: number; counts: boolean }
/** A crossing that may still be taken back by its own track; `track` null when nobody can any more. */
interface Held extends Flip { track: number | null; inward: boolean }
interface Group { at: number; x: number; y: number; height: number; inward: boolean }

/** All in body heights. Standing on the line is no crossing until the feet are so far over it. */
const OVER = 0.12;
/** Nearer to the line nobody has a side yet. */
const UNDECIDED = 0.04;
/** Of somebody who is no longer seen beyond the line, this is far enough. */
const OVER_AND_GONE = 0.05;
/** How far beside the ends of the line it still counts. */
const BESIDE = 0.2;
/** Those who cross so near each other may be one group. */
const TOGETHER = 1.5;

/**
 * Counts people over one line. A crossing is held back until it can no more be taken back (its track is gone, or the
 * time of the set-up is over), so what was counted never has to be uncounted. Crossings are told in their order.
 */
export class CrossingCounter {
  readonly #setup: CameraLine;
  readonly #tracker = new PeopleTracker();
  readonly #walks = new Map<number, Walk>();
  #held: Held[] = [];
  #groups: Group[] = [];
  #line: Line | undefined;
  #aspect = 0;
  #at = -Infinity;

  constructor(setup: CameraLine) {
    this.#setup = setup;
  }

  /** Takes a frame; one that is not newer than the last, or has no size, says nothing. */
  step(frame: PeopleFrame): Crossing[] {
    if (!(frame.at > this.#at) || !(frame.width > 0) || !(frame.height > 0)) return [];
    this.#at = frame.at;
    const { seen, gone } = this.#tracker.step(frame);
    for (const track of gone) this.#leave(track);
    const line = this.#lineFor(frame.width / frame.height);
    for (const standing of seen) this.#walk(line, standing);
    return this.#release();
  }

  /** Nobody is in view any more. */
  close(): Crossing[] {
    for (const track of [...this.#walks.keys()]) this.#leave(track);
    return this.#release();
  }

  #lineFor(aspect: number): Line {
    if (!this.#line || this.#aspect !== aspect) {
      this.#line = lineOf(this.#setup, aspect);
      this.#aspect = aspect;
    }
    return this.#line;
  }

  #walk(line: Line, standing: Standing): void {
    const far = depth(line, standing.x, standing.y) / standing.height;
    const walk = this.#walks.get(standing.track);
    if (!walk) {
      this.#walks.set(standing.track, { last: standing, depth: far, side: sideOf(far, UNDECIDED), flip: null });
      return;
    }
    if (Math.sign(walk.depth) !== Math.sign(far)) walk.flip = flipBetween(line, walk, standing, far);
    walk.last = standing;
    walk.depth = far;
    const side = sideOf(far, walk.side === 0 ? UNDECIDED : OVER);
    if (walk.side === 0) walk.side = side;
    else if (side !== 0 && side !== walk.side) this.#cross(standing.track, walk, side);
  }

  /** Somebody is surely on the other side. */
  #cross(track: number, walk: Walk, side: 1 | -1): void {
    walk.side = side;
    const { flip } = walk;
    walk.flip = null;
    if (!flip?.counts) return;
    const inward = side > 0;
    const index = this.#held.findIndex((held) => held.track === track && held.inward !== inward && flip.at - held.at <= this.#setup.reentryS * 1000);
    if (index >= 0) this.#held.splice(index, 1);
    else this.#held.push({ ...flip, track, inward });
  }

  #leave(track: number): void {
    const walk = this.#walks.get(track);
    if (!walk) return;
    const side = sideOf(walk.depth, OVER_AND_GONE);
    if (side !== 0 && walk.side !== 0 && side !== walk.side) this.#cross(track, walk, side);
    this.#walks.delete(track);
    for (const held of this.#held) if (held.track === track) held.track = null;
  }

  /** Crossings that stand, oldest first; a later one waits for an earlier one, as groups are told by their order. */
  #release(): Crossing[] {
    this.#held.sort((a, b) => a.at - b.at);
    const told: Crossing[] = [];
    for (let first = this.#held[0]; first && this.#stands(first); first = this.#held[0]) {
      this.#held.shift();
      told.push({ at: first.at, inward: first.inward, leads: this.#leads(first) });
    }
    return told;
  }

  /** A frame later than the time allowed, as the way back may have begun in between. */
  #stands(held: Held): boolean {
    return held.track === null || this.#at - held.at > this.#setup.reentryS * 1000;
  }

  #leads(held: Held): boolean {
    const within = this.#setup.groupS * 1000;
    this.#groups = this.#groups.filter(({ at }) => held.at - at <= within);
    const near = (group: Group): number => Math.hypot(group.x - held.x, group.y - held.y) / ((group.height + held.height) / 2);
    const group = within === 0 ? undefined : this.#groups.find((one) => one.inward === held.inward && near(one) <= TOGETHER);
    const { at, x, y, height, inward } = held;
    if (group) Object.assign(group, { at, x, y, height });
    else this.#groups.push({ at, x, y, height, inward });
    return group === undefined;
  }
}

const sideOf = (depth: number, least: number): 1 | -1 | 0 => (depth >= least ? 1 : depth <= -least ? -1 : 0);

/** Where the way from the last place to this one meets the line, and when. */
function flipBetween(line: Line, walk: Walk, to: Standing, far: number): Flip {
  const { last } = walk;
  const share = walk.depth === far ? 1 : walk.depth / (walk.depth - far);
  const mix = (a: number, b: number): number => a + share * (b - a);
  const x = mix(last.x, to.x);
  const y = mix(last.y, to.y);
  const height = mix(last.height, to.height);
  return { at: Math.round(mix(last.at, to.at)), x, y, height, counts: beyondEnds(line, x, y) <= BESIDE * height };
}
