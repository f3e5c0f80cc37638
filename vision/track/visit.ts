import { EMOTIONS, type EmotionShares } from '../../contract/index.ts';
import type { FaceReading, Visit } from '../readings.ts';

/** Turned by no more than this, somebody looks at what the camera stands beside, degrees to either side. */
export const FACING_DEG = 25;
/** Somebody seen in fewer readings was no visitor: at five frames a second half a second, and what the detector sees in a pattern once is gone by then. */
export const LEAST_OBSERVATIONS = 3;
/** A pose, or a face, that is older says nothing about now. */
const HOLD_MS = 1_000;

/** Adds up one person's time in view. */
export class VisitTally {
  #from: number | undefined;
  #to = 0;
  #observations = 0;
  #staff = 0;
  #turnedMs = 0;
  #facingAt: number | undefined;
  #poseAt = -Infinity;
  #facing = false;
  #male = 0;
  #age = 0;
  #people = 0;
  readonly #sums: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
  readonly #areas = new Map<string | null, number>();

  /** Takes the person's face in one frame. Outside of every area nobody is on a visit. */
  add(at: number, face: FaceReading): void {
    if (face.left === 'outside') { this.#facingAt = undefined; return; }
    this.#from ??= at;
    this.#to = Math.max(this.#to, at);
    this.#turn(at, face.yaw);
    if (face.shares === null || face.left !== null) return;
    this.#observations++;
    if (face.staff) this.#staff++;
    this.#areas.set(face.area, (this.#areas.get(face.area) ?? 0) + 1);
    for (const emotion of EMOTIONS) this.#sums[emotion] += face.shares[emotion];
    if (!face.person) return;
    this.#people++;
    this.#male += face.person.male;
    this.#age += face.person.age;
  }

  /** The visit, or null when too little was read of it. In the area, and on the side of the counter, where most was read. */
  close(): Visit | null {
    const n = this.#observations;
    if (this.#from === undefined || n < LEAST_OBSERVATIONS) return null;
    const shares = { ...this.#sums };
    for (const emotion of EMOTIONS) shares[emotion] = Math.max(0, Math.min(1, shares[emotion] / n));
    const area = [...this.#areas].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
    const people = this.#people;
    return {
      area, staff: 2 * this.#staff > n, from: this.#from, to: this.#to, observations: n, shares, turnedMs: this.#turnedMs,
      male: people > 0 ? this.#male / people : null, age: people > 0 ? this.#age / people : null,
    };
  }

  /** Between two frames in which the face was turned to the camera it was so all the time. */
  #turn(at: number, yaw: number | null): void {
    if (yaw !== null) { this.#facing = Math.abs(yaw) <= FACING_DEG; this.#poseAt = at; } else if (at - this.#poseAt > HOLD_MS) this.#facing = false;
    if (!this.#facing) { this.#facingAt = undefined; return; }
    if (this.#facingAt !== undefined && at > this.#facingAt && at - this.#facingAt <= HOLD_MS) this.#turnedMs += at - this.#facingAt;
    this.#facingAt = Math.max(at, this.#facingAt ?? at);
  }
}
