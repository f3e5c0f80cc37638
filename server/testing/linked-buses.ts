import { createListeners, type Bus } from '../core/bus/bus.ts';

export interface LinkedBuses {
  /** One for each hub. */
  buses: Bus[];
  /** While it is down, what is published reaches nobody but the publisher, and is lost. */
  setLive(live: boolean): void;
  /** Resolves when everything that was published has arrived. */
  settled(): Promise<void>;
}

/** Buses of several hubs in one process: what one publishes the others hear a moment later, as over a wire. */
export function linkedBuses(count: number): LinkedBuses {
  const ends = Array.from({ length: count }, () => createListeners());
  let live = true;
  const toOthers = (own: number, tell: (end: (typeof ends)[number]) => void): void => {
    if (!live) return;
    for (const [i, end] of ends.entries()) if (i !== own) setImmediate(() => tell(end));
  };
  return {
    buses: ends.map((end, own): Bus => ({
      ...end.subscribe,
      get live() { return live; },
      publishEvents(events) { end.events(events, true); toOthers(own, (other) => other.events(events, false)); },
      watch: () => undefined,
      unwatch: () => undefined,
      publishSamples(samples) { end.samples(samples); toOthers(own, (other) => other.samples(samples)); },
      publishNotice(notice) { end.notice(notice); toOthers(own, (other) => other.notice(notice)); },
      close: async () => undefined,
    })),
    settled: () => new Promise((resolve) => { setImmediate(resolve); }),
    setLive(now) {
      if (live === now) return;
      live = now;
      for (const end of ends) end.change(now);
    },
  };
}
