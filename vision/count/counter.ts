import type { CameraLine } from '../../contract/index.ts';
import type { NewEvent } from '../watch.ts';
import type { PeopleFrame } from './people-frame.ts';

export interface CameraCounterOptions {
  line: CameraLine;
  /** Events are at least this far apart, ms of capture time. */
  batchMs?: number;
}

/**
 * Counts people over the line of one camera, for one connection and one version of its set-up. By capture time alone:
 * the same frames always give the same events. Nothing is said while nobody crosses.
 */
export class CameraCounter {
  readonly #camera: string;
  readonly #site: string;
  readonly #options: CameraCounterOptions;

  constructor(camera: string, site: string, options: CameraCounterOptions) {
    this.#camera = camera;
    this.#site = site;
    this.#options = options;
  }

  /** Takes one frame; frames that are not newer than the last say nothing. @returns `traffic.counted` events to send, mostly none. */
  step(frame: PeopleFrame): NewEvent[] {
    void [this.#camera, this.#site, this.#options, frame];
    return [];
  }

  /** The camera went, or its set-up changed: nobody is in view any more, and what was counted is told. */
  close(): NewEvent[] {
    return [];
  }
}
