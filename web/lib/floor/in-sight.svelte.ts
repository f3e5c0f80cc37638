import { request, newKey } from '../api.ts';
import { live } from '../live/live.svelte.ts';
import { SeenLog } from './seen.ts';

/** Half of the card, or as much of a tall one as fills half of the screen. */
const SHARE = 0.5;

/** Which alerts' cards are before somebody's eyes; tells the hub that they were seen. */
class InSight {
  #ids = $state.raw<ReadonlySet<string>>(new Set());
  readonly #alerts = new Map<Element, string>();
  #observer: IntersectionObserver | null = null;
  readonly #log = new SeenLog({
    send: (alert) => request<void>('POST', `/alerts/${encodeURIComponent(alert)}/seen`, { idempotencyKey: newKey() }),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    able: () => document.visibilityState === 'visible' && live.link.state === 'live',
  });

  constructor() {
    document.addEventListener('visibilitychange', () => {
      for (const id of this.#ids) (document.visibilityState === 'visible' ? this.#log.enter(id) : this.#log.leave(id));
    });
  }

  /** Ids of the alerts whose cards are in sight now. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Watches a card. @returns a function that stops it. */
  watch(element: Element, alert: string): () => void {
    this.#observer ??= new IntersectionObserver((entries) => this.#observed(entries), { threshold: SHARE });
    this.#alerts.set(element, alert);
    this.#observer.observe(element);
    return () => {
      this.#alerts.delete(element);
      this.#observer?.unobserve(element);
      this.#change([], [alert]);
    };
  }

  #observed(entries: readonly IntersectionObserverEntry[]): void {
    const came: string[] = [];
    const went: string[] = [];
    for (const { target, isIntersecting } of entries) {
      const alert = this.#alerts.get(target);
      if (alert !== undefined) (isIntersecting ? came : went).push(alert);
    }
    this.#change(came, went);
  }

  #change(came: readonly string[], went: readonly string[]): void {
    const next = new Set(this.#ids);
    for (const id of came) next.add(id);
    for (const id of went) if (next.delete(id)) this.#log.leave(id);
    if (document.visibilityState === 'visible') for (const id of came) this.#log.enter(id);
    this.#ids = next;
  }
}

export const inSight = new InSight();
