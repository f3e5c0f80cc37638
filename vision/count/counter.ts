import type { CameraLine } from '../../contract/index.ts';
import type { NewEvent } from '../watch.ts';
import { CrossingCounter, type Crossing } from './crossings.ts';
import type { PeopleFrame } from './people-frame.ts';

export interface CameraCounterOptions {
  line: CameraLine;
  /** Events are at least this far apart, ms of capture time. */
  batchMs?: number;
}

const BATCH_MS = 5_000;

/**
 * Counts people over the line of one camera, for one connection and one version of its set-up. By capture time alone:
 * the same frames always give the same events. Nothing is said while nobody crosses.
 */
export class CameraCounter {
  readonly #camera: string;
  readonly #site: string;
  readonly #batchMs: number;
  readonly #crossings: CrossingCounter;
  #waiting: Crossing[] = [];
  #toldAt = -Infinity;

  constructor(camera: string, site: string, { line, batchMs = BATCH_MS }: CameraCounterOptions) {
    this.#camera = camera;
    this.#site = site;
    this.#batchMs = batchMs;
    this.#crossings = new CrossingCounter(line);
  }

  /** Takes one frame; one that is not newer than the last says nothing. @returns `traffic.counted` events to send, mostly none. */
  step(frame: PeopleFrame): NewEvent[] {
    this.#waiting.push(...this.#crossings.step(frame));
    if (this.#waiting.length === 0 || frame.at - this.#toldAt < this.#batchMs) return [];
    this.#toldAt = frame.at;
    return this.#tell();
  }

  /** The camera went, or its set-up changed: nobody is in view any more, and what was counted is told. */
  close(): NewEvent[] {
    this.#waiting.push(...this.#crossings.close());
    return this.#waiting.length === 0 ? [] : this.#tell();
  }

  #tell(): NewEvent[] {
    const crossings = this.#waiting;
    this.#waiting = [];
    const count = (inward: boolean, leading: boolean): number => crossings.filter((one) => one.inward === inward && (one.leads || !leading)).length;
    const first = crossings[0]!.at;
    const at = crossings.at(-1)!.at;
    const body = {
      camera: this.#camera, in: count(true, false), out: count(false, false), groupsIn: count(true, true), groupsOut: count(false, true),
      seconds: Math.max(1, Math.ceil((at - first) / 1000)),
    };
    return [{ type: 'traffic.counted', site: this.#site, at, body }];
  }
}
