/** What telling that alerts were seen needs of the page. */
export interface SeenEnvironment {
  /** Tells the hub; rejects when that did not work. */
  send(alert: string): Promise<void>;
  after(ms: number, run: () => void): () => void;
  /** Whether the page is looked at and the hub is there: what cannot be told at once is not told later. */
  able(): boolean;
}

/** In sight for this long counts as seen. */
export const SEEN_MS = 1_000;
/** Between two tellings, so that a long list scrolled through is no burst. */
export const TELL_GAP_MS = 250;

/** Tells the hub once of each alert that somebody had before their eyes. */
export class SeenLog {
  readonly #env: SeenEnvironment;
  readonly #told = new Set<string>();
  readonly #inSight = new Map<string, () => void>();
  #queue: string[] = [];
  #telling = false;

  constructor(env: SeenEnvironment) {
    this.#env = env;
  }

  /** The alert came into sight. */
  enter(alert: string): void {
    if (this.#told.has(alert) || this.#inSight.has(alert)) return;
    this.#inSight.set(alert, this.#env.after(SEEN_MS, () => this.#seen(alert)));
  }

  /** It went out of sight. */
  leave(alert: string): void {
    this.#inSight.get(alert)?.();
    this.#inSight.delete(alert);
  }

  #seen(alert: string): void {
    this.#inSight.delete(alert);
    if (!this.#env.able() || this.#told.has(alert)) return;
    this.#told.add(alert);
    this.#queue.push(alert);
    if (!this.#telling) void this.#tell();
  }

  async #tell(): Promise<void> {
    const alert = this.#queue.shift();
    this.#telling = alert !== undefined;
    if (alert === undefined) return;
    if (this.#env.able()) {
      try {
        await this.#env.send(alert);
      } catch (error) {
        // It may be seen again when it comes into sight again.
        this.#told.delete(alert);
        console.info('it could not be told that an alert was seen', error);
      }
    } else this.#told.delete(alert);
    this.#env.after(TELL_GAP_MS, () => void this.#tell());
  }
}
