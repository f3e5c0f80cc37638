import type { AnalysisStop, CameraSetup } from '../contract/index.ts';
import type { Failure, Part } from './measure/measurer.ts';
import { masksAnything } from './measure/mask.ts';
import { decodeScene, encodeScene, SceneLearner, type SceneDirections } from './measure/scene.ts';

/** What is known of the analysis; null while nothing is, as before the first frame. */
export interface Standing { running: boolean; reason: AnalysisStop | null; since: number }

/** Of one frame: why it was not looked at, the edges of its scene while it is learnt, and models that failed on it. */
export interface Looked { at: number; stopped: AnalysisStop | null; directions: SceneDirections | null; failures: readonly Failure[] }

/** Which work the frames of a camera are for. `learn`: its scene is not known yet. */
export interface Allowed { faces: boolean; people: boolean; pose: boolean; person: boolean; learn: boolean }
const NOTHING: Allowed = { faces: false, people: false, pose: false, person: false, learn: false };

/** Time without a frame that fits after which the camera counts as moved, dark or too large, ms of capture time; two frames at least. */
export const STOP_MS = 600;
const STOP_FRAMES = 2;
/** How long frames must fit before a camera that was moved, dark or too large is analysed again, ms. */
export const RESUME_MS = 3_000;

/**
 * Why this set-up alone forbids that a picture is looked at; null when it may be. What nobody has decided forbids.
 */
export function stopOf(setup: CameraSetup): AnalysisStop | null {
  if (setup.version === 0) return 'not_set_up';
  if (!setup.emotions && !counts(setup)) return 'off';
  if (setup.staff === null) return 'staff_unknown';
  return setup.staff === 'masked' && !masksAnything(setup.masks) ? 'mask_missing' : null;
}

/** Whether what the picture shows stopped its analysis: it goes on by itself when the picture is good again. */
const ofPicture = (stop: AnalysisStop | null | undefined): boolean => stop === 'moved' || stop === 'too_dark' || stop === 'too_large';

/** Whether people are to be counted, and where. */
export const counts = (setup: CameraSetup): boolean => setup.counting && setup.line !== null;

/**
 * Whether one camera's picture may be looked at, and why not. Pure: time comes with the frames. Fails closed: without a
 * set-up, without a word about staff, without the masks, without a scene to compare with, nothing is looked at. A single
 * frame that does not fit is left out by the measuring thread at once; what is decided here is what is told, and
 * when the camera is looked at again.
 */
export class CameraAnalysis {
  #setup: CameraSetup | undefined;
  #scene: SceneDirections | null = null;
  #learner = new SceneLearner();
  #stop: AnalysisStop | null | undefined;
  #since = 0;
  #failed = new Set<Part>();
  /** Capture times of the last frame that fitted and of the first one since a bad one. */
  #goodAt: number | undefined;
  #goodSince: number | undefined;
  #bad = 0;
  #reported: number | undefined;

  get setup(): CameraSetup | undefined { return this.#setup; }
  get scene(): SceneDirections | null { return this.#scene; }

  get standing(): Standing | null {
    if (this.#stop === undefined) return null;
    if (this.#stop !== null) return { running: false, reason: this.#stop, since: this.#since };
    const left = this.#parts().some((part) => !this.#failed.has(part));
    return { running: left, reason: this.#failed.size > 0 ? 'model_failed' : null, since: this.#since };
  }

  /** Takes the set-up that holds from now on. @param now epoch ms. */
  configure(setup: CameraSetup, now: number): void {
    const before = this.#setup;
    this.#setup = setup;
    if (before?.version !== setup.version) this.#renew();
    const known = setup.scene === null ? null : decodeScene(setup.scene);
    if (known) this.#scene = known;
    const stop = stopOf(setup);
    if (stop !== null) this.#turn(stop, now);
    else if (this.#scene === null) this.#turn('learning', now);
    else if (before?.version !== setup.version || (!ofPicture(this.#stop) && this.#stop !== null)) this.#await();
  }

  /** The camera sends anew: models that failed get another chance, and nothing is known of where it looks now. */
  reopen(): void {
    this.#failed.clear();
    this.#learner = new SceneLearner();
    this.#goodAt = undefined;
    this.#goodSince = undefined;
    this.#bad = 0;
  }

  /** What the next frame is for. */
  get allowed(): Allowed {
    const setup = this.#setup;
    if (!setup || stopOf(setup) !== null) return NOTHING;
    const open = this.#scene !== null && (this.#stop === null || this.#stop === undefined);
    const faces = open && setup.emotions && !this.#failed.has('faces');
    return {
      faces, pose: faces && !this.#failed.has('pose'), person: faces && setup.demographics && !this.#failed.has('person'),
      people: open && counts(setup) && !this.#failed.has('people'), learn: this.#scene === null,
    };
  }

  /**
   * Takes what a frame said.
   * @returns the scene's mark, once, when it was learnt: the hub keeps it.
   */
  observe(frame: Looked): { version: number; scene: string } | null {
    const setup = this.#setup;
    if (!setup || stopOf(setup) !== null) return null;
    for (const { part } of frame.failures) this.#failed.add(part);
    const learnt = this.#scene === null && frame.directions ? this.#learner.add(frame.at, frame.directions) : null;
    if (learnt) this.#scene = learnt;
    this.#judge(frame.at, frame.stopped);
    if (!learnt || this.#reported === setup.version) return null;
    this.#reported = setup.version;
    return { version: setup.version, scene: encodeScene(learnt) };
  }

  #judge(at: number, stopped: AnalysisStop | null): void {
    if (stopped !== null) { this.#judgeBad(at, stopped); return; }
    this.#bad = 0;
    this.#goodAt = at;
    this.#goodSince ??= at;
    const next = this.#scene === null ? 'learning' : null;
    if (ofPicture(this.#stop) && at - this.#goodSince < RESUME_MS) return;
    this.#turn(next, at);
  }

  #judgeBad(at: number, stopped: AnalysisStop): void {
    this.#goodSince = undefined;
    this.#goodAt ??= at;
    this.#bad++;
    const already = ofPicture(this.#stop);
    if (already || (this.#bad >= STOP_FRAMES && at - this.#goodAt >= STOP_MS)) this.#turn(stopped, at);
  }

  #turn(stop: AnalysisStop | null, at: number): void {
    if (this.#stop === stop) return;
    this.#stop = stop;
    this.#since = at;
  }

  /** Nothing is told before the next frame has been compared. */
  #await(): void {
    this.#stop = undefined;
    this.#goodSince = undefined;
    this.#goodAt = undefined;
    this.#bad = 0;
  }

  #renew(): void {
    this.#scene = null;
    this.#failed.clear();
    this.#learner = new SceneLearner();
    this.#reported = undefined;
    this.#await();
  }

  #parts(): Part[] {
    const setup = this.#setup!;
    return [...(setup.emotions ? ['faces' as const] : []), ...(counts(setup) ? ['people' as const] : [])];
  }
}
