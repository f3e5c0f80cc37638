import type { Alert } from '../../../contract/alerts.ts';
import { sound } from '../sound.svelte.ts';
import { newAlerts } from './pending.ts';

/** How long a new card is marked: long enough to be found after looking up. */
const FRESH_MS = 6_000;

/** Rings for new alerts on every page of the console and remembers which ones are new. */
class Alarm {
  #fresh = $state.raw<ReadonlySet<string>>(new Set());
  #site: string | null = null;
  #seen: ReadonlySet<string> | null = null;

  /** Ids of alerts that have just come. */
  get fresh(): ReadonlySet<string> {
    return this.#fresh;
  }

  /** Looks at a site's alerts as they are now; whatever was not there at the last look rings. */
  look(site: string, alerts: readonly Alert[]): void {
    if (site !== this.#site) this.#seen = null;
    this.#site = site;
    const added = newAlerts(alerts, this.#seen).map((alert) => alert.id);
    this.#seen = new Set(alerts.map((alert) => alert.id));
    if (added.length === 0) return;
    sound.play();
    this.#fresh = new Set([...this.#fresh, ...added]);
    setTimeout(() => (this.#fresh = new Set([...this.#fresh].filter((id) => !added.includes(id)))), FRESH_MS);
  }
}

export const alarm = new Alarm();
