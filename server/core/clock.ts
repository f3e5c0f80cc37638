import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from './store/store.ts';

/** Epoch ms. Injected wherever time decides something, so that tests can set it. */
export type Clock = () => number;
export const systemClock: Clock = () => Date.now();

const MEASURE_EVERY_MS = 10_000;
/** An answer that took longer says too little about when it was given. */
const ROUND_TRIP_MOST_MS = 1_000;
/** A difference that somebody should look into. */
const TELL_MS = 2_000;

export interface SharedClock {
  clock: Clock;
  /** Ms that are added to this machine's clock. */
  readonly offset: number;
  stop(): void;
}

/**
 * The time that all hubs of a store agree on: this machine's clock, corrected by what the store's says (the middle of
 * the round trip, as NTP does: RFC 5905 §8). Measured now and every 10 s; kept while the store cannot be asked.
 * @param onSkew told when this machine's clock is found to be far off, ms
 * @throws when the store cannot be asked now
 */
export async function followStoreClock(store: Store, machine: Clock, onSkew: (offset: number) => void): Promise<SharedClock> {
  const stopping = new AbortController();
  let offset = 0;
  let told = 0;

  async function measure(): Promise<void> {
    const asked = machine();
    const now = await store.now();
    const heard = machine();
    if (Math.abs(heard - asked) > ROUND_TRIP_MOST_MS) return;
    offset = Math.round(now - (asked + heard) / 2);
    if (Math.abs(offset - told) > TELL_MS) {
      told = offset;
      onSkew(offset);
    }
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      // While the store is away nothing works that would need the time; the offset stands.
      await delay(MEASURE_EVERY_MS, undefined, { signal: stopping.signal, ref: false }).then(measure).catch(() => undefined);
    }
  }

  await measure();
  void follow();
  return { clock: () => machine() + offset, get offset() { return offset; }, stop: () => stopping.abort() };
}
