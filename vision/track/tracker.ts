import { moodOf, type EmotionShares } from '../../contract/index.ts';
import type { FaceReading, TrackedFace, Visit } from '../readings.ts';
import { assign } from './assign.ts';
import { mirrors, Path } from './mirror.ts';
import { Motion } from './motion.ts';
import { ShareSmoother } from './smoothing.ts';
import { HiddenWatches, SpotMemory, StillWatch, type Spot } from './still.ts';
import { VisitTally } from './visit.ts';

/** How long somebody may be out of sight, ms of capture time: shorter than the next visitor takes to stand in the same place. */
export const GONE_MS = 1_800;
/** Time that leaps back by more than this is another time: everybody is gone. */
const LEAP_MS = 10_000;
/** Mirrors are looked for this often, ms of capture time. */
const MIRROR_EVERY_MS = 500;
/** Beyond the detector's hundred faces a frame, who was not seen for longest goes first. */
const MAX_TRACKS = 200;

/** The faces of one measured frame of a camera. */
export interface FacesOfFrame {
  /** Capture time, epoch ms: the only clock here, so that a replay gives the same. */
  at: number;
  /** Of the picture, px: tracks end when it changes, as boxes mean other places then. */
  width: number;
  height: number;
  faces: readonly FaceReading[];
}

/** `faces` in the order in which they came; `ended` are the visits that this frame ended. */
export interface TrackStep { faces: TrackedFace[]; ended: Visit[] }

/** Somebody in view. */
interface Track {
  id: number;
  motion: Motion;
  smoother: ShareSmoother;
  visit: VisitTally;
  still: StillWatch;
  path: Path;
  discount: TrackedFace['discount'];
  /** The poster's place, while the track is taken for one. */
  spot: Spot | null;
}

/**
 * Tells the people in one camera's view apart for as long as they are in it: by where a face should be by now, and by
 * its size. Nothing of how a face looks is compared, and nothing is kept of who was there; ids are never used again.
 * One tracker serves one camera from connection to connection: posters' places are remembered.
 */
export class PeopleTracker {
  #tracks: Track[] = [];
  #next = 1;
  #last: number | undefined;
  #size = '';
  #mirrorAt = -Infinity;
  readonly #spots = new SpotMemory();
  readonly #hidden = new HiddenWatches();

  /** People in view and posters' places remembered: both bounded. */
  get load(): { tracks: number; spots: number } { return { tracks: this.#tracks.length, spots: this.#spots.count }; }

  /** Takes one frame. A frame a little older than the last counts, and moves nobody. */
  step(frame: FacesOfFrame): TrackStep {
    const ended = this.#startsAnew(frame) ? this.close() : [];
    this.#size = `${frame.width}×${frame.height}`;
    this.#last = Math.max(frame.at, this.#last ?? frame.at);
    ended.push(...this.#endUnseen(this.#last));
    const faces = this.#match(frame).map(({ face, track }) => this.#observe(frame.at, face, track));
    const mirrored = this.#findMirrors(frame.at);
    if (mirrored.size > 0) for (const face of faces) if (mirrored.has(face.track)) face.discount = 'mirrored';
    return { faces, ended };
  }

  /** Everybody is gone, as when the camera went. The tracker can go on afterwards. */
  close(): Visit[] {
    const ended = this.#tracks;
    this.#tracks = [];
    this.#last = undefined;
    this.#hidden.clear();
    this.#mirrorAt = -Infinity;
    return visitsOf(ended);
  }

  #startsAnew({ at, width, height }: FacesOfFrame): boolean {
    return this.#last !== undefined && (at < this.#last - LEAP_MS || this.#size !== `${width}×${height}`);
  }

  #endUnseen(now: number): Visit[] {
    const gone = this.#tracks.filter(({ motion }) => now - motion.at >= GONE_MS);
    if (gone.length > 0) this.#tracks = this.#tracks.filter(({ motion }) => now - motion.at < GONE_MS);
    if (this.#tracks.length > MAX_TRACKS) {
      this.#tracks.sort((a, b) => b.motion.at - a.motion.at);
      gone.push(...this.#tracks.splice(MAX_TRACKS));
    }
    for (const { still, motion } of gone) this.#hidden.keep(still, { x: motion.x, y: motion.y, size: motion.size, seenAt: motion.at });
    return visitsOf(gone);
  }

  #match({ at, faces }: FacesOfFrame): { face: FaceReading; track: Track }[] {
    const tracks = this.#tracks;
    const columns = assign(faces.map(({ box }) => tracks.map(({ motion }) => motion.cost(box, at))));
    return faces.map((face, i) => ({ face, track: tracks[columns[i]!] ?? this.#begin(at, face) }));
  }

  #begin(at: number, face: FaceReading): Track {
    const spot = this.#spots.at(at, face.box);
    const track: Track = {
      id: this.#next++, motion: new Motion(face.box, at), smoother: new ShareSmoother(), visit: new VisitTally(), still: this.#hidden.take(at, face.box) ?? new StillWatch(), path: new Path(),
      discount: spot ? 'still' : null, spot,
    };
    this.#tracks = [...this.#tracks, track];
    return track;
  }

  #observe(at: number, face: FaceReading, track: Track): TrackedFace {
    track.motion.update(face.box, at);
    track.path.add(at, face);
    const read: EmotionShares | null = face.left === null ? face.shares : null;
    const smoothed = read && track.smoother.add(at, read);
    if (track.still.add(at, face.box, read && moodOf(read)) && track.discount !== 'mirrored') this.#judgeStillness(at, track);
    if (track.discount === null) track.visit.add(at, face);
    return { ...face, track: track.id, smoothed, discount: track.discount };
  }

  /** What was added up of a poster before it was known as one is no visit; nor of whoever stepped in front of it. */
  #judgeStillness(at: number, track: Track): void {
    if (track.spot === null) {
      const spot = track.still.still();
      if (!spot) return;
      track.spot = spot;
      track.discount = 'still';
      track.visit = new VisitTally();
      this.#spots.remember(spot);
      return;
    }
    if (track.still.leftSpot(track.spot)) {
      track.spot = null;
      track.discount = null;
      track.still = new StillWatch();
      track.visit = new VisitTally();
      return;
    }
    track.spot = { ...track.spot, seenAt: at };
    this.#spots.remember(track.spot);
  }

  /** Discounts the image, not the person: it is smaller, being farther away; of equals who came later. */
  #findMirrors(at: number): Set<number> {
    const found = new Set<number>();
    if (at - this.#mirrorAt < MIRROR_EVERY_MS) return found;
    this.#mirrorAt = at;
    const seen = this.#tracks.filter(({ motion, discount }) => motion.at === at && discount === null);
    for (const [i, a] of seen.entries()) {
      for (const b of seen.slice(i + 1)) {
        if (a.discount !== null || b.discount !== null || !mirrors(a.path, b.path)) continue;
        const image = Math.abs(Math.log(a.motion.size / b.motion.size)) > 0.05 ? (a.motion.size < b.motion.size ? a : b) : (a.id > b.id ? a : b);
        image.discount = 'mirrored';
        found.add(image.id);
      }
    }
    return found;
  }
}

const visitsOf = (tracks: readonly Track[]): Visit[] => tracks.flatMap(({ visit, discount }) => {
  const told = discount === null ? visit.close() : null;
  return told ? [told] : [];
});
