/** Updates what an element says of the time. Gets the hub's clock, epoch ms. */
export type TimeUpdate = (now: number) => void;

const SECOND = 1000;

/**
 * Ages tick without rendering anything anew: once a second the elements in sight, and only those, are told the time.
 * Hundreds of cards out of sight cost nothing.
 */
export class Ticker {
  readonly #updates = new Map<Element, TimeUpdate>();
  readonly #inSight = new Set<Element>();
  readonly #now: () => number;
  #observer: IntersectionObserver | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps `element` up to date while it is in sight. @returns a function that stops it. */
  attach(element: Element, update: TimeUpdate): () => void {
    this.#updates.set(element, update);
    update(this.#now());
    this.#watch().observe(element);
    this.#timer ??= setInterval(() => this.tick(), SECOND);
    return () => {
      this.#updates.delete(element);
      this.#inSight.delete(element);
      this.#observer?.unobserve(element);
      if (this.#updates.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Tells the time to what is in sight. */
  tick(): void {
    const now = this.#now();
    for (const element of this.#inSight) this.#updates.get(element)?.(now);
  }

  #watch(): IntersectionObserver {
    this.#observer ??= new IntersectionObserver((entries) => {
      const now = this.#now();
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) this.#inSight.delete(target);
        else {
          this.#inSight.add(target);
          this.#updates.get(target)?.(now);
        }
      }
    });
    return this.#observer;
  }
}
