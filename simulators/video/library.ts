import { sleep } from '../delivery.ts';
import { CLIP, encodeGroups, type Clip, type ClipOptions, type Group } from './clip.ts';
import type { Frames } from './stage.ts';

/** A camera can play with this much; what follows is encoded at leisure. */
const SOON_SECONDS = 2;
/** Rest after each later second of video, in terms of the time that it took: VP8 encoding is the expensive part. */
const REST = 2;

/** Makes what a clip shows, at the size and length that it is asked for. */
export type OpenFrames = (options: ClipOptions) => Promise<Frames>;
interface Entry { open: OpenFrames; clip: Clip; groups: AsyncGenerator<Group, void, void> | undefined; failure: unknown; finished: boolean }

/**
 * Encodes each clip once for all cameras of this process, one second of video at a time: first a little of each, so that every camera soon has a picture, then the rest with pauses.
 */
export class Library {
  readonly fps: number;
  readonly #options: ClipOptions;
  readonly #signal: AbortSignal;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;

  constructor(signal: AbortSignal, options: Partial<ClipOptions> = {}) {
    this.#options = { ...CLIP, ...options };
    this.fps = this.#options.fps;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake());
  }

  /** The clip of this name, which grows. What it shows is made when the name is new. */
  clip(name: string, open: OpenFrames): Clip {
    let entry = this.#entries.get(name);
    if (!entry) {
      entry = { open, clip: { groups: [] }, groups: undefined, failure: undefined, finished: false };
      this.#entries.set(name, entry);
      this.#start();
    }
    return entry.clip;
  }

  /** Resolves when the clip can be played, or the signal is aborted. @throws when it could not be made. */
  async playable(name: string, open: OpenFrames): Promise<void> {
    const clip = this.clip(name, open);
    for (let entry = this.#entries.get(name); entry && clip.groups.length === 0 && !this.#signal.aborted;) {
      if (entry.failure !== undefined) throw entry.failure;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves when everything is encoded or the signal is aborted. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#signal.aborted && this.#next()) this.#start();
    });
  }

  async #run(): Promise<void> {
    // Entries may come while this runs; they are found in the map.
    await Promise.resolve();
    for (let entry = this.#next(); entry && !this.#signal.aborted; entry = this.#next()) {
      const began = performance.now();
      await this.#encodeSecond(entry);
      this.#wake();
      if (entry.clip.groups.length > SOON_SECONDS) await sleep((performance.now() - began) * REST, this.#signal);
    }
    for (const { groups } of this.#entries.values()) await groups?.return();
  }

  #next(): Entry | undefined {
    return [...this.#entries.values()].filter(({ finished }) => !finished).sort((a, b) => a.clip.groups.length - b.clip.groups.length)[0];
  }

  async #encodeSecond(entry: Entry): Promise<void> {
    try {
      entry.groups ??= encodeGroups(await entry.open(this.#options), this.#options);
      const { value, done } = await entry.groups.next();
      if (value) entry.clip.groups.push(value);
      entry.finished = done === true;
    } catch (error) {
      entry.failure = error;
      entry.finished = true;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
