import { loggable, toApiError } from '../core/http/index.ts';
import type { MediaCamera, MediaDeps } from './ports.ts';
import { stateCamera, type TimedReport } from './repository.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
/** More than this many waiting means that the store has been away for long; the oldest are given up, and logged. */
const MOST_WAITING = 5_000;

/** Reports on their way into the log, one after another in the order they came; a busy store is asked again. */
export class Statements {
  readonly #deps: Pick<MediaDeps, 'store' | 'log'>;
  readonly #waiting: { camera: MediaCamera; report: TimedReport }[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(deps: Pick<MediaDeps, 'store' | 'log'>) {
    this.#deps = deps;
  }

  add(camera: MediaCamera, report: TimedReport): void {
    if (this.#closed) return;
    if (this.#waiting.length >= MOST_WAITING) {
      const dropped = this.#waiting.shift();
      this.#deps.log.warn({ camera: dropped?.camera.id }, 'a camera report was given up: the store took no writes for too long');
    }
    this.#waiting.push({ camera, report });
    this.#running ??= this.#run().finally(() => { this.#running = undefined; });
  }

  /** Resolves when everything added so far is in the log. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Tries what waits once more and then gives up. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.settled();
  }

  async #run(): Promise<void> {
    let failures = 0;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        await stateCamera(this.#deps.store, next.camera, next.report);
        failures = 0;
      } catch (error) {
        this.#deps.log.warn({ err: loggable(error), camera: next.camera.id }, 'a camera report could not be stored');
        if (toApiError(error).status === 503 && !this.#closed) {
          await this.#pause(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures++));
          continue;
        }
      }
      if (this.#waiting[0] === next) this.#waiting.shift();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}
