import type { Clock } from '../clock.ts';

interface Timer { at: number; order: number; run: () => void }

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #elapsed = 0;
  #order = 0;
  #timers: Timer[] = [];
  /** What `now` shows above the elapsed time; a test may make it jump. */
  epoch: number;

  constructor(epoch = 1_790_000_000_000) { this.epoch = epoch; }

  now(): number { return this.epoch + this.#elapsed; }

  get pending(): number { return this.#timers.length; }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, run };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((other) => other !== timer); };
  }

  /** Lets `ms` pass, running what falls due in its order and letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let next = this.#due(until); next; next = this.#due(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.at);
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
      await settle();
    }
    this.#elapsed = until;
  }

  #due(until: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

/** Lets every promise that can go on without a timer go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}
