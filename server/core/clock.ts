import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from './store/store.ts';

/** Epoch ms. Injected wherever time decides something, so that tests can set it. */
export type Clock = () => number;
export const systemClock: Clock = () => Date.now();
/** Goes on evenly while somebody sets the machine's clock. */
const steadyClock: Clock = () => performance.timeOrigin + performance.now();

const MEASURE_EVERY_MS = 10_000;
/** An answer that took longer says too little about when it was given; only the first counts all the same. */
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
 * The time that all hubs of a store agree on: what the store's clock said (in the middle of the round trip, as NTP does:
 * RFC 5905 §8), counted on evenly from there, so that setting this machine's clock moves nothing. Measured now and every
 * 10 s; counted on while the store cannot be asked.
 * @param machine this machine's clock, which is compared with it
 * @param onSkew told when this machine's clock is found to be far off, ms
 * @throws when the store cannot be asked now
 */
export async function followStoreClock(store: Store, machine: Clock, onSkew: (offset: number) => void, steady: Clock = steadyClock): Promise<SharedClock> {
  const stopping = new AbortController();
  let ahead = 0;
  let measured = false;
  let told = 0;
  const clock: Clock = () => Math.round(steady() + ahead);
  const skew = (): number => Math.round(clock() - machine());

  async function measure(): Promise<void> {
    const asked = steady();
    const now = await store.now();
    const heard = steady();
    if (measured && heard - asked > ROUND_TRIP_MOST_MS) return;
    measured = true;
    ahead = now - (asked + heard) / 2;
    const offset = skew();
    if (Math.abs(offset - told) > TELL_MS) {
      told = offset;
      onSkew(offset);
    }
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      // While the store is away nothing works that would need the time; it is counted on.
      await delay(MEASURE_EVERY_MS, undefined, { signal: stopping.signal, ref: false }).then(measure).catch(() => undefined);
    }
  }

  await measure();
  void follow();
  return { clock, get offset() { return skew(); }, stop: () => stopping.abort() };
}
