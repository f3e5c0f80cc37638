import { untrack } from 'svelte';
import type { Alert } from '../../../contract/alerts.ts';
import { sound } from '../sound.svelte.ts';
import { SignalGate, Watch } from './signals.ts';

/** In a storm everything is new: marking everything marks nothing, and a screen that never stops flashing is looked away from. */
const STORM = 6;

/** How long a new card is marked: long enough to be found after looking up. */
const FRESH_MS = 6_000;

/** Watches the alerts on every page of the console: lets them be heard and remembers which ones are new. */
class Alarm {
  #fresh = $state.raw<ReadonlySet<string>>(new Set());
  #news = $state.raw<readonly Alert[]>([]);
  #urgent = $state.raw<Alert | null>(null);
  #site: string | null = null;
  readonly #watch = new Watch();
  readonly #gate = new SignalGate();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Ids of alerts that have just come. */
  get fresh(): ReadonlySet<string> {
    return this.#fresh;
  }

  /** Whether so much comes that single alerts are not marked. */
  get storm(): boolean {
    return this.#fresh.size > STORM;
  }

  /** The alerts that came at the last look that brought any, for telling them to readers of the screen. */
  get news(): readonly Alert[] {
    return this.#news;
  }

  /** The newest urgent alert that nobody has taken. */
  get urgent(): Alert | null {
    return this.#urgent;
  }

  /** Looks at a site's alerts as they are shown now. */
  look(site: string, alerts: readonly Alert[], now: number): void {
    if (site !== this.#site) this.#watch.forget();
    this.#site = site;
    const { fresh, urgent } = this.#watch.look(alerts, now);
    if (urgent !== untrack(() => this.#urgent)) this.#urgent = urgent;
    for (const alert of fresh) this.#gate.offer(alert);
    this.#gate.repeat(urgent);
    if (fresh.length > 0) this.#mark(fresh);
    this.#sound();
  }

  /** Nobody is signed in any more, or not for this. */
  silence(): void {
    this.#watch.forget();
    this.#site = null;
    this.#gate.repeat(null);
    this.#urgent = null;
    clearTimeout(this.#timer);
  }

  #mark(fresh: readonly Alert[]): void {
    this.#news = fresh;
    const ids = fresh.map((alert) => alert.id);
    this.#fresh = new Set([...untrack(() => this.#fresh), ...ids]);
    setTimeout(() => (this.#fresh = new Set([...this.#fresh].filter((id) => !ids.includes(id)))), FRESH_MS);
  }

  #sound(): void {
    const signal = this.#gate.take(performance.now());
    if (signal) sound.play(signal);
    clearTimeout(this.#timer);
    const next = this.#gate.nextAt();
    if (next !== null) this.#timer = setTimeout(() => this.#sound(), Math.max(50, next - performance.now()));
  }
}

export const alarm = new Alarm();
