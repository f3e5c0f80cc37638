import type { PersonBox } from '../readings.ts';
import { assign } from './assign.ts';
import type { PeopleFrame } from './people-frame.ts';

/** Where somebody stands, in heights of the picture, so that a change of resolution moves nobody. */
export interface Standing {
  /** Tells people apart within one camera while they are in view; says nothing of who they are. */
  track: number;
  /** Capture time, epoch ms. */
  at: number;
  /** The feet: the lower middle of the box. */
  x: number;
  y: number;
  /** Height of the box. */
  height: number;
}

interface Track {
  id: number;
  at: number;
  /** Middle of the box, its height, and how fast the middle moves, in heights of the picture and a second. */
  x: number; y: number; height: number;
  vx: number; vy: number;
  seen: number;
}
interface Found { x: number; y: number; height: number; score: number }

/** A box less certain than this continues a track and begins none. */
const BEGIN_SCORE = 0.3;
/** How long somebody may be hidden, ms, or frame intervals where frames are rarer. */
const HIDDEN_MS = 1500;
const HIDDEN_FRAMES = 2.5;
const LONGEST_INTERVAL_MS = 1000;
/** In body heights: how far from where they are expected people may be, and how much more for each second between frames. */
const NEAR = 0.1;
const DRIFT_KNOWN = 0.7;
/** Somebody seen once may walk off in any direction: 2.3 m/s at 1.75 m. */
const DRIFT_UNKNOWN = 1.3;
/** Boxes of one person from frame to frame differ by less than this factor; more when time has passed. */
/** What it costs to have stopped, in body heights. */
const STOPPED = 0.15;
const SIZE_FACTOR = 1.5;
const SIZE_DRIFT = 0.3;
/** Share of the difference to the expected place that goes into place and speed (an alpha-beta filter). */
const PLACE_GAIN = 0.8;
const SPEED_GAIN = 0.5;
/** What it costs to leave a track without a box: a little more than the worst pair that is allowed. */
const UNPAIRED = 2.1;
const NEVER = 1e6;

/**
 * Follows people from frame to frame at 1 to 5 frames a second by where they will be and how large they are; pictures
 * are not compared. At such rates people move by half their height between frames, so boxes of one person need not
 * overlap. All pairs are chosen together, so that two who cross each other's path keep their tracks.
 */
export class PeopleTracker {
  #tracks: Track[] = [];
  #next = 1;
  #at = -Infinity;
  #interval = 250;

  /** @returns who is in this frame, and the tracks of those who are gone. Frames must come in order of time. */
  step(frame: PeopleFrame): { seen: Standing[]; gone: number[] } {
    if (Number.isFinite(this.#at)) this.#interval += 0.2 * (Math.min(frame.at - this.#at, LONGEST_INTERVAL_MS) - this.#interval);
    this.#at = frame.at;
    const gone = this.#forget(frame.at);
    const found = frame.people.map((person) => foundOf(person, frame.height));
    const seen: Standing[] = [];
    const pairs = this.#pairs(found, frame.at);
    for (const [index, one] of found.entries()) {
      const track = pairs.get(index) ?? this.#begin(one, frame.at);
      if (track) seen.push({ track: track.id, at: frame.at, x: one.x, y: one.y + one.height / 2, height: one.height });
    }
    return { seen, gone };
  }

  #forget(at: number): number[] {
    const limit = Math.max(HIDDEN_MS, HIDDEN_FRAMES * this.#interval);
    const gone = this.#tracks.filter((track) => at - track.at > limit).map(({ id }) => id);
    this.#tracks = this.#tracks.filter((track) => at - track.at <= limit);
    return gone;
  }

  #begin(one: Found, at: number): Track | undefined {
    if (one.score < BEGIN_SCORE) return undefined;
    const track: Track = { id: this.#next++, at, x: one.x, y: one.y, height: one.height, vx: 0, vy: 0, seen: 1 };
    this.#tracks.push(track);
    return track;
  }

  /** The track of each box that continues one; moves those tracks to where their boxes are. */
  #pairs(found: readonly Found[], at: number): Map<number, Track> {
    const pairs = new Map<number, Track>();
    if (this.#tracks.length === 0 || found.length === 0) return pairs;
    const costs = this.#tracks.map((track) => [...found.map((one) => cost(track, one, at, this.#interval)), ...this.#tracks.map(() => UNPAIRED)]);
    for (const [row, column] of assign(costs).entries()) {
      const one = found[column];
      if (!one || costs[row]![column]! >= UNPAIRED) continue;
      follow(this.#tracks[row]!, one, at);
      pairs.set(column, this.#tracks[row]!);
    }
    return pairs;
  }
}

function foundOf(person: PersonBox, pictureHeight: number): Found {
  const { x, y, width, height, score } = person;
  return { x: (x + width / 2) / pictureHeight, y: (y + height / 2) / pictureHeight, height: height / pictureHeight, score };
}

/** 0 for a box where it is expected and of the same size, 1 at the edge of each of the two gates, never beyond. */
function cost(track: Track, one: Found, at: number, interval: number): number {
  const seconds = (at - track.at) / 1000;
  const body = (track.height + one.height) / 2;
  const hidden = Math.max(0, seconds - HIDDEN_FRAMES * interval / 1000);
  const expected = Math.hypot(one.x - track.x - track.vx * seconds, one.y - track.y - track.vy * seconds) / body;
  // People stop and turn from one frame to the next. Of somebody hidden that is not believed: mostly it is somebody else.
  const stopped = hidden > 0 ? Infinity : Math.hypot(one.x - track.x, one.y - track.y) / body + STOPPED;
  const away = Math.min(expected, stopped);
  const reach = NEAR + (track.seen > 1 ? DRIFT_KNOWN : DRIFT_UNKNOWN) * (seconds - hidden);
  const size = Math.abs(Math.log(one.height / track.height)) / (Math.log(SIZE_FACTOR) + SIZE_DRIFT * seconds);
  return away > reach || size > 1 ? NEVER : away / reach + size;
}

function follow(track: Track, one: Found, at: number): void {
  const seconds = Math.max(0.001, (at - track.at) / 1000);
  if (track.seen === 1) {
    track.vx = (one.x - track.x) / seconds;
    track.vy = (one.y - track.y) / seconds;
    track.x = one.x;
    track.y = one.y;
  } else {
    const dx = one.x - track.x - track.vx * seconds;
    const dy = one.y - track.y - track.vy * seconds;
    track.x = one.x - (1 - PLACE_GAIN) * dx;
    track.y = one.y - (1 - PLACE_GAIN) * dy;
    track.vx += SPEED_GAIN * dx / seconds;
    track.vy += SPEED_GAIN * dy / seconds;
  }
  track.height += 0.5 * (one.height - track.height);
  track.at = at;
  track.seen += 1;
}
