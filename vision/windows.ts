import { EMOTIONS, moodOf, type Emotion, type EmotionShares, type EmotionWindow } from '../contract/index.ts';

/** Length of a window, ms; windows start at multiples of it since the epoch. */
export const WINDOW_MS = 10_000;
/** Shares are counted in whole hundred-thousandths, so that sums are exact and no order of adding changes a result. */
const QUANTUM = 100_000;

/** What a camera showed in one window so far. All fields are whole numbers: merging is exact. */
export interface WindowSums {
  camera: string;
  /** Epoch ms, a multiple of `WINDOW_MS`. */
  from: number;
  frames: number;
  dropped: number;
  faces: number;
  /** Per emotion: sum and sum of squares of quantised shares. */
  sum: Record<Emotion, number>;
  squares: Record<Emotion, number>;
  /** Quantised; may be negative. */
  mood: number;
  smiles: number;
}

/** What one measured frame adds. */
export interface Observation {
  camera: string;
  /** Capture time, epoch ms. */
  at: number;
  /** One entry for each face that passed the quality gate. */
  faces: readonly EmotionShares[];
}

/** Start of the window that holds `at` (both epoch ms). */
export const windowStart = (at: number): number => Math.floor(at / WINDOW_MS) * WINDOW_MS;

const zeros = (): Record<Emotion, number> => ({ angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 });

/** The neutral element of `mergeWindows`. */
export function emptyWindow(camera: string, from: number): WindowSums {
  return { camera, from, frames: 0, dropped: 0, faces: 0, sum: zeros(), squares: zeros(), mood: 0, smiles: 0 };
}

/** @param smileAbove p(happy) above which a face counts as smiling, 0..1. */
export function addObservation(window: WindowSums, faces: readonly EmotionShares[], smileAbove: number): WindowSums {
  const next = { ...window, frames: window.frames + 1, sum: { ...window.sum }, squares: { ...window.squares } };
  for (const face of faces) {
    next.faces++;
    for (const emotion of EMOTIONS) {
      const share = Math.round(face[emotion] * QUANTUM);
      next.sum[emotion] += share;
      next.squares[emotion] += share * share;
    }
    next.mood += Math.round(moodOf(face) * QUANTUM);
    if (face.happy > smileAbove) next.smiles++;
  }
  return next;
}

/** Two parts of the same camera's same window; associative and commutative. */
export function mergeWindows(a: WindowSums, b: WindowSums): WindowSums {
  const merged = emptyWindow(a.camera, a.from);
  for (const part of [a, b]) {
    merged.frames += part.frames;
    merged.dropped += part.dropped;
    merged.faces += part.faces;
    merged.mood += part.mood;
    merged.smiles += part.smiles;
    for (const emotion of EMOTIONS) {
      merged.sum[emotion] += part.sum[emotion];
      merged.squares[emotion] += part.squares[emotion];
    }
  }
  return merged;
}

/** The window as it is sent: means, population standard deviations, share of smiles, mean mood. */
export function toEmotionWindow(sums: WindowSums): EmotionWindow {
  const mean = zeros();
  const spread = zeros();
  const n = sums.faces;
  if (n > 0) {
    for (const emotion of EMOTIONS) {
      const average = sums.sum[emotion] / n;
      mean[emotion] = average / QUANTUM;
      spread[emotion] = Math.sqrt(Math.max(0, sums.squares[emotion] / n - average * average)) / QUANTUM;
    }
  }
  return {
    camera: sums.camera, from: sums.from, to: sums.from + WINDOW_MS,
    frames: sums.frames, dropped: sums.dropped, faces: n,
    mean, spread,
    smile: n > 0 ? sums.smiles / n : null,
    mood: n > 0 ? Math.max(-1, Math.min(1, sums.mood / n / QUANTUM)) : null,
  };
}

/**
 * Folds observations into windows by capture time. A window is finished once the clock has passed its end by
 * `graceMs`; what is measured later than that counts as dropped in the window that is then open, so no frame
 * goes missing from the counts.
 */
export class WindowFold {
  /** Observations that came after their window was finished. */
  late = 0;
  readonly #graceMs: number;
  readonly #smileAbove: number;
  readonly #open = new Map<string, WindowSums>();
  /** Per camera: windows that start before this are finished. */
  readonly #finished = new Map<string, number>();

  constructor(options: { graceMs?: number; smileAbove?: number } = {}) {
    this.#graceMs = options.graceMs ?? 2_000;
    this.#smileAbove = options.smileAbove ?? 0.5;
  }

  observe({ camera, at, faces }: Observation): void {
    if (this.#isLate(camera, at)) {
      this.late++;
      this.drop(camera, at);
      return;
    }
    this.#update(camera, at, (window) => addObservation(window, faces, this.#smileAbove));
  }

  /** Counts a frame captured at `at` that was not measured. */
  drop(camera: string, at: number): void {
    const when = this.#isLate(camera, at) ? this.#finished.get(camera)! : at;
    this.#update(camera, when, (window) => ({ ...window, dropped: window.dropped + 1 }));
  }

  /** Windows that are over at `now` (epoch ms), oldest first; a window without any frame is not among them. */
  finish(now: number): EmotionWindow[] {
    return this.#take((window) => window.from + WINDOW_MS + this.#graceMs <= now);
  }

  /** All open windows, when the node stops. Started again within the same window, it sends the rest as another one. */
  flush(): EmotionWindow[] {
    return this.#take(() => true);
  }

  #isLate(camera: string, at: number): boolean {
    return windowStart(at) < (this.#finished.get(camera) ?? 0);
  }

  #update(camera: string, at: number, change: (window: WindowSums) => WindowSums): void {
    const from = windowStart(at);
    const key = `${from} ${camera}`;
    this.#open.set(key, change(this.#open.get(key) ?? emptyWindow(camera, from)));
  }

  #take(over: (window: WindowSums) => boolean): EmotionWindow[] {
    const done = [...this.#open].filter(([, window]) => over(window)).sort(([, a], [, b]) => a.from - b.from);
    for (const [key, window] of done) {
      this.#open.delete(key);
      this.#finished.set(window.camera, Math.max(this.#finished.get(window.camera) ?? 0, window.from + WINDOW_MS));
    }
    return done.map(([, window]) => toEmotionWindow(window));
  }
}
