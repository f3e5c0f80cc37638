export interface SchedulerOptions {
  /** Measured frames a second of each camera. */
  fps: number;
  /** Frames that may be measured at once, over all cameras. */
  concurrency: number;
}

export interface SchedulerCounts {
  /** Handed out to be measured. */
  started: number;
  /** Due but replaced by a newer frame before there was time for them. */
  dropped: number;
  /** Not due: the camera sends more frames than are measured. */
  thinned: number;
}

/** Why a frame is not measured: not due, no time for it, or its camera went. */
export type Release = 'thinned' | 'dropped' | 'removed';

/** A frame that may be measured now; `finish` must be called when it was, whatever came of it; again does nothing. */
export interface Turn<F> { camera: string; frame: F; finish(): void }

interface Seat<F> {
  waiting: F | undefined;
  busy: boolean;
  /** Capture time from which the next frame is due, ms. */
  due: number;
  /** Wanted frames a second; undefined as all. */
  fps: number | undefined;
  counts: SchedulerCounts;
}

/** Share of the interval that a frame may come early, so that a camera sending at just the measured rate loses none. */
const EARLY = 0.25;

/**
 * Decides which frame is measured next: of each camera the latest due frame, cameras in turn, and never more
 * than `concurrency` at once nor two of one camera (so its observations stay in order). Pure: time is the frames'
 * capture time. Frames that are not measured go to `release`.
 */
export class FrameScheduler<F> {
  readonly #fps: number;
  readonly #concurrency: number;
  readonly #release: (frame: F, why: Release) => void;
  /** In the order in which cameras take turns: who was served last stands last. */
  readonly #seats = new Map<string, Seat<F>>();
  #running = 0;
  #share = 1;

  constructor(options: SchedulerOptions, release: (frame: F, why: Release) => void) {
    this.#fps = options.fps;
    this.#concurrency = options.concurrency;
    this.#release = release;
  }

  /** Measured frames a second of this camera from now on. */
  pace(camera: string, fps: number): void { this.#seat(camera).fps = fps; }

  /** All cameras are measured at this share of their rate from now on, 0..1, and at least once a second where they were. */
  throttle(share: number): void { this.#share = share; }

  /**
   * Offers a frame captured at `at` (ms).
   * @returns `waiting` when it is next in its camera's seat, `thinned` when it was not due and released.
   */
  offer(camera: string, frame: F, at: number): 'waiting' | 'thinned' {
    const seat = this.#seat(camera);
    const interval = this.#interval(seat);
    if (at < seat.due - interval * EARLY && at > seat.due - 10 * interval) {
      if (seat.waiting === undefined) {
        seat.counts.thinned++;
        this.#release(frame, 'thinned');
        return 'thinned';
      }
      // A frame is due and still waits: the newer one takes its place, and only the extra one counts as thinned.
      this.#release(seat.waiting, 'thinned');
      seat.waiting = frame;
      seat.counts.thinned++;
      return 'waiting';
    }
    if (seat.waiting !== undefined) {
      seat.counts.dropped++;
      this.#release(seat.waiting, 'dropped');
    }
    seat.waiting = frame;
    // Keeping the phase holds the mean rate; after a pause the phase starts anew instead of catching up.
    seat.due = Math.abs(at - seat.due) < interval ? seat.due + interval : at + interval;
    return 'waiting';
  }

  /** The next frame to measure, or undefined when none waits or enough are being measured. */
  take(): Turn<F> | undefined {
    if (this.#running >= this.#concurrency) return undefined;
    for (const [camera, seat] of this.#seats) {
      if (seat.busy || seat.waiting === undefined) continue;
      const frame = seat.waiting;
      seat.waiting = undefined;
      seat.busy = true;
      seat.counts.started++;
      this.#running++;
      this.#seats.delete(camera);
      this.#seats.set(camera, seat);
      return { camera, frame, finish: this.#finisher(seat) };
    }
    return undefined;
  }

  /** Forgets the camera and releases its waiting frame; a frame being measured still has to be finished. */
  remove(camera: string): void {
    const seat = this.#seats.get(camera);
    if (!seat) return;
    if (seat.waiting !== undefined) this.#release(seat.waiting, 'removed');
    this.#seats.delete(camera);
  }

  counts(camera: string): SchedulerCounts {
    return { ...(this.#seats.get(camera)?.counts ?? { started: 0, dropped: 0, thinned: 0 }) };
  }

  /** Time between two measured frames, ms. */
  #interval({ fps = this.#fps }: Seat<F>): number {
    return 1000 / Math.max(Math.min(fps, 1), fps * this.#share);
  }

  #finisher(seat: Seat<F>): () => void {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      seat.busy = false;
      this.#running--;
    };
  }

  #seat(camera: string): Seat<F> {
    let seat = this.#seats.get(camera);
    if (!seat) {
      seat = { waiting: undefined, busy: false, due: Number.NEGATIVE_INFINITY, fps: undefined, counts: { started: 0, dropped: 0, thinned: 0 } };
      this.#seats.set(camera, seat);
    }
    return seat;
  }
}
