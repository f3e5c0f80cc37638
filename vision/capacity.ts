import type { Logger } from 'pino';
import type { CameraSetup } from '../contract/index.ts';
import { counts } from './analysis.ts';
import type { Speed } from './measure/pool.ts';

/** Part of what was measured that cameras may need: the rest is for packets, decoding, second faces and other programs. */
const HEADROOM = 0.6;
const MAX_CAMERAS = 1_000;
/**
 * Cameras that any measured node takes: a machine that was busy at the start would turn cameras away for good, where one
 * that falls behind sheds frames, down to one a second, and catches up.
 */
const MIN_CAMERAS = 4;

/** Frames a second in which faces are read, and in which people are looked for. */
export interface Rates { fps: number; peopleFps: number }

/** What a camera asks of the node: its set-up, and closer looks at each of its frames of late beyond those that any camera gets. */
export interface Work { setup: CameraSetup | undefined; looks: number }

/** How many cameras a node takes. Work is reckoned in cameras that read faces; looking for people and closer looks add to it. */
export class CameraBudget {
  /** What looking for people at one camera needs. */
  readonly counting: number;
  /** What a closer look at every frame of a camera needs. */
  readonly look: number;
  readonly #cameras: number;
  readonly #least: number;

  private constructor(cameras: number, counting: number, look: number, least: number) {
    this.#cameras = cameras;
    this.counting = counting;
    this.look = look;
    this.#least = least;
  }

  /** Somebody has said how many; what they do is that person's concern. */
  static fixed(cameras: number): CameraBudget { return new CameraBudget(cameras, 0, 0, 0); }

  /**
   * As many as the speed is enough for. On a machine that was busy with something else it is less, which is what is free.
   * Without a model of people counting costs nothing, as nothing is counted.
   */
  static measured({ framesPerSecond, peoplePerSecond, looksPerSecond }: Speed, { fps, peopleFps }: Rates): CameraBudget {
    const cameras = framesPerSecond * HEADROOM / fps;
    const counting = peoplePerSecond > 0 ? (peopleFps / peoplePerSecond) / (fps / framesPerSecond) : 0;
    const look = looksPerSecond > 0 ? framesPerSecond / looksPerSecond : 0;
    return Number.isFinite(cameras) && cameras > 0 && Number.isFinite(counting) && Number.isFinite(look)
      ? new CameraBudget(Math.min(MAX_CAMERAS, cameras), counting, look, MIN_CAMERAS)
      : new CameraBudget(MIN_CAMERAS, 0, 0, MIN_CAMERAS);
  }

  /** What a camera needs. One that nobody has set up yet counts as one that will read faces. */
  needs({ setup, looks }: Work): number {
    const reading = 1 + looks * this.look;
    if (!setup || !counts(setup)) return reading;
    // What only counts is decoded all the same.
    return setup.emotions ? reading + this.counting : Math.max(1, this.counting);
  }

  /** Cameras that read faces that could be taken beside these. */
  room(taken: readonly Work[]): number {
    const free = Math.floor(this.#cameras - this.#needed(taken));
    return Math.max(0, this.#least - taken.length, free);
  }

  /** What these need as a share of what there is; above 1 they are measured less often than wanted. */
  load(taken: readonly Work[]): number {
    return this.#needed(taken) / this.#cameras;
  }

  #needed(taken: readonly Work[]): number {
    return taken.reduce((sum, work) => sum + this.needs(work), 0);
  }
}

/** Load below which cameras are said to need too much no more: closer looks come and go with the people. */
const RELIEF = 0.95;

/** Says once when cameras need more than was measured, and once when they do no more. */
export class Overload {
  readonly #log: Logger;
  #over = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  watch(load: number, cameras: number): void {
    if (this.#over ? load > RELIEF : load <= 1) return;
    this.#over = !this.#over;
    const figures = { load: Math.round(100 * load) / 100, cameras };
    if (this.#over) this.#log.warn(figures, 'the cameras need more than this node measured that it can: they will be measured less often. Start a vision node on another machine, or count people at fewer cameras of this one');
    else this.#log.info(figures, 'the cameras need no more than this node can');
  }
}
