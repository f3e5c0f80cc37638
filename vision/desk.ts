import type { CameraSetup, EmotionSample } from '../contract/index.ts';
import { CameraAnalysis, counts, type Standing } from './analysis.ts';
import { CameraCounter } from './count/index.ts';
import { FaceHeights } from './heights.ts';
import { CloseLooks } from './measure/close-looks.ts';
import { searchRegion } from './measure/gate.ts';
import type { KnownPose, Measurement, Wanted } from './measure/measurer.ts';
import type { Region } from './measure/picture.ts';
import { planOf, type CameraPlan } from './measure/plan.ts';
import type { FrameReading, TrackedFace, Visit } from './readings.ts';
import { RateMeter, sampleMood } from './samples.ts';
import { PeopleTracker } from './track/tracker.ts';
import { CameraWatch, type NewEvent } from './watch.ts';
import type { WindowFold } from './windows.ts';

export interface DeskOptions {
  camera: string;
  site: string;
  fold: WindowFold;
  frozenMs: number;
  /** Frames a second in which people are looked for. */
  peopleFps: number;
  onEvent(event: NewEvent): void;
  /** What the scene of this version of the set-up looks like. */
  onScene(camera: string, version: number, scene: string): void;
  /** The measuring threads must know of it before the next frame. */
  onPlan(plan: CameraPlan): void;
}

/** A measured frame of the desk's camera. */
export interface MeasuredFrame { at: number; width: number; height: number; revision: number; measurement: Measurement }

/** Age and sex do not change: they are read this often, ms. */
const PERSON_MS = 1_000;
/** As many rectangles as a sample may carry. */
const MAX_VIEW = 20;

/**
 * Everything about one camera that its frames' readings become: whether it is looked at, who is in view, windows,
 * episodes, counts, samples. Lives from connection to connection; holds no picture.
 */
export class CameraDesk {
  readonly #options: DeskOptions;
  readonly #analysis = new CameraAnalysis();
  readonly #tracker = new PeopleTracker();
  readonly #heights = new FaceHeights();
  readonly #looks = new CloseLooks();
  readonly #rate = new RateMeter();
  #watch: CameraWatch | undefined;
  #counter: CameraCounter | undefined;
  #line = '';
  #plan: CameraPlan | undefined;
  #planKey = '';
  #told: string | undefined;
  #lastAt = 0;
  #poses: readonly KnownPose[] = [];
  #posesGiven = false;
  readonly #people: Pace;
  readonly #persons = new Pace(PERSON_MS);

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#people = new Pace(1000 / options.peopleFps);
  }

  get site(): string { return this.#options.site; }
  get setup(): CameraSetup | undefined { return this.#analysis.setup; }
  get standing(): Standing | null { return this.#analysis.standing; }
  get connected(): boolean { return this.#watch !== undefined; }

  /** Share of the picture's height that faces have; null while none was seen for a minute. */
  faceShare(now: number): number | null { return this.#heights.typical(now); }

  /** Closer looks at each of its frames of late, beyond those that any camera gets; none while no faces are read. */
  get looks(): number { return this.reads ? this.#looks.extra : 0; }

  /** The set-up that holds from now on. @param now epoch ms. */
  configure(setup: CameraSetup, now: number): void {
    this.#analysis.configure(setup, now);
    this.#sharePlan();
    const line = counts(setup) ? JSON.stringify([setup.version, setup.line]) : '';
    if (line !== this.#line) this.#endCount();
    this.#line = line;
    if (!this.#analysis.allowed.faces) this.#endFaces(now);
    if (!this.#analysis.allowed.people) this.#endCount();
    this.#tell();
  }

  /** The camera sends. */
  open(): void {
    const { camera, site, frozenMs, onEvent } = this.#options;
    this.#watch?.close();
    this.#analysis.reopen();
    this.#watch = new CameraWatch(camera, site, { frozenMs, onEvent });
    this.#tell();
  }

  /** The camera went. @param now epoch ms. */
  close(now: number): void {
    this.#endFaces(now);
    this.#endCount();
    this.#watch?.close();
    this.#watch = undefined;
    this.#told = undefined;
  }

  /** Whether faces are read now: frames that are dropped are missed then. */
  get reads(): boolean { return this.#analysis.allowed.faces; }

  /** What to look for in a frame captured at `at`, of this size in px. @param now epoch ms. */
  wanted(at: number, size: { width: number; height: number }, now: number): Wanted {
    const { faces, people, pose, person, learn } = this.#analysis.allowed;
    return { faces, learn, people: people && this.#people.take(at), person: person && this.#persons.take(at), poses: pose ? this.#takePoses() : null, closer: faces ? this.#looks.take(at, this.#searched(size), this.#open(now)) : [] };
  }

  /** Frames a second that this camera needs. @param fps where faces are read. */
  pace(fps: number): number {
    const { faces, people, learn } = this.#analysis.allowed;
    if (faces || learn) return Math.max(fps, people ? this.#options.peopleFps : 0);
    if (people) return this.#options.peopleFps;
    return Math.min(fps, this.#analysis.scene === null ? IDLE_FPS : WATCH_FPS);
  }

  /** Takes a measured frame; of one that was measured by an older set-up, or after the camera went, nothing is used. */
  observe(frame: MeasuredFrame, lagMs: number, now: number): EmotionSample | null {
    const watch = this.#watch;
    if (!watch || frame.revision !== (this.#plan?.revision ?? 0)) return null;
    const { at, width, height, measurement: reading } = frame;
    this.#lastAt = Math.max(this.#lastAt, at);
    const wanted = this.#analysis.allowed;
    const learnt = this.#analysis.observe({ at, stopped: reading.stopped, directions: reading.directions, failures: reading.failures });
    this.#sharePlan();
    const faces = this.#follow(frame, wanted.faces && this.#analysis.allowed.faces && reading.stopped === null, now);
    if (wanted.people && reading.people && reading.stopped === null) this.#count({ at, width, height, people: reading.people });
    watch.observe({ at, faces, print: reading.print });
    this.#tell();
    if (learnt) this.#options.onScene(this.#options.camera, learnt.version, learnt.scene);
    return this.#sample(frame, faces, lagMs, now);
  }

  /** A picture came that is larger than what is measured. @param at its capture time, epoch ms. */
  tooLarge(at: number): void {
    if (!this.#watch) return;
    this.#lastAt = Math.max(this.#lastAt, at);
    this.#analysis.observe({ at, stopped: 'too_large', directions: null, failures: [] });
    if (!this.#analysis.allowed.faces) this.#endFaces(at);
    if (!this.#analysis.allowed.people) this.#endCount();
    this.#tell();
  }

  /** The part of a picture in which faces are looked for, px. */
  #searched(size: { width: number; height: number }): Region {
    return this.#plan ? searchRegion(this.#plan, size) : { x: 0, y: 0, ...size };
  }

  /** Whether somebody is setting the camera up. */
  #open(now: number): boolean {
    const { openUntil = null } = this.#analysis.setup ?? {};
    return openUntil !== null && openUntil > now;
  }

  #follow(frame: MeasuredFrame, looked: boolean, now: number): TrackedFace[] {
    const { camera, fold } = this.#options;
    const { at, width, height, measurement: reading } = frame;
    if (!this.#analysis.allowed.faces) { this.#endFaces(at); return []; }
    if (!looked) return [];
    const { faces, ended } = this.#tracker.step({ at, width, height, faces: reading.faces });
    fold.observe({ camera, at, faces, ended, areas: this.#plan?.areas.map(({ id }) => id) ?? [] });
    this.#poses = this.#posesGiven ? [] : reading.faces.flatMap(({ box, yaw }) => (yaw === null ? [] : [{ box, yaw }]));
    const people = faces.filter(({ discount, left }) => discount === null && left !== 'outside' && left !== 'cut');
    for (const { box } of people) this.#heights.add(at, box.height / height);
    this.#looks.found(at, this.#searched(frame), this.#open(now), people.map(({ box }) => box));
    return faces;
  }

  #count(frame: Parameters<CameraCounter['step']>[0]): void {
    const setup = this.#analysis.setup;
    if (!setup?.line) return;
    const { camera, site } = this.#options;
    this.#counter ??= new CameraCounter(camera, site, { line: setup.line });
    this.#say(this.#counter.step(frame));
  }

  /** Nobody is followed any more: whoever was in view is gone at the last frame. */
  #endFaces(now: number): void {
    const ended: Visit[] = this.#tracker.close();
    if (ended.length > 0) this.#options.fold.ended(this.#options.camera, this.#lastAt || now, ended);
  }

  #endCount(): void {
    const counter = this.#counter;
    this.#counter = undefined;
    if (counter) this.#say(counter.close());
  }

  #say(events: readonly NewEvent[]): void {
    for (const event of events) this.#options.onEvent(event);
  }

  /** The threads hear of what changed for them, and of nothing else. */
  #sharePlan(): void {
    const setup = this.#analysis.setup;
    if (!setup) return;
    const plan = planOf(setup, (this.#plan?.revision ?? 0) + 1, this.#analysis.scene);
    const key = JSON.stringify([plan.areas, plan.masks, plan.staffAnalysis, plan.demographics, setup.version, plan.scene ? Buffer.from(plan.scene).toString('base64') : null]);
    if (key === this.#planKey) return;
    this.#planKey = key;
    this.#plan = plan;
    this.#options.onPlan(plan);
  }

  #tell(): void {
    const standing = this.#analysis.standing;
    if (!this.#watch || !standing) return;
    const { camera, site, onEvent } = this.#options;
    const key = `${standing.running} ${standing.reason}`;
    if (key === this.#told) return;
    this.#told = key;
    onEvent({ type: 'camera.analysis', site, at: standing.since, body: { camera, ...standing } });
  }

  /** Heads turn slowly: every other frame does with what the one before said. */
  #takePoses(): readonly KnownPose[] {
    const known = this.#poses;
    this.#poses = [];
    this.#posesGiven = known.length > 0;
    return known;
  }

  #sample({ at, width, height, measurement: reading }: MeasuredFrame, faces: readonly TrackedFace[], lagMs: number, now: number): EmotionSample {
    this.#rate.add(now);
    const sample: EmotionSample = { camera: this.#options.camera, site: this.#options.site, at, ...sampleMood(faces), fps: this.#rate.rate(now), lagMs, width, height };
    return this.#open(now) ? { ...sample, view: viewOf(reading, faces, width, height) } : sample;
  }
}

/** Something that is wanted of some frames only. */
class Pace {
  readonly #intervalMs: number;
  #at = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Whether it is due in a frame captured at `at`, and then not before its time has passed again. */
  take(at: number): boolean {
    // A frame may be a little early: waiting for the next one would slow the pace. Time that leaps back starts anew.
    if (at < this.#at + 0.75 * this.#intervalMs && at > this.#at - this.#intervalMs) return false;
    this.#at = at;
    return true;
  }
}

/** Frames a second of a camera whose scene is watched for its return, and of one that nothing is wanted of. */
const WATCH_FPS = 3;
const IDLE_FPS = 1;

function viewOf({ light, scene, people }: FrameReading, faces: readonly TrackedFace[], width: number, height: number): NonNullable<EmotionSample['view']> {
  return {
    light: light.mean, contrast: light.contrast, sharpness: light.sharpness, scene,
    faces: faces.slice(0, MAX_VIEW).map(({ box, left, discount }) => ({ ...asShares(box, width, height), px: Math.max(0, Math.round(box.height)), left: discount ?? left })),
    people: (people ?? []).slice(0, MAX_VIEW).map((person) => asShares(person, width, height)),
  };
}

const asShares = (box: { x: number; y: number; width: number; height: number }, width: number, height: number): { x: number; y: number; width: number; height: number } => (
  { x: box.x / width, y: box.y / height, width: box.width / width, height: box.height / height });

