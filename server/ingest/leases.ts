import type { EventRate } from './rate.ts';

/** A device's bucket as all hubs share it: `tokens` at `at` (epoch ms). */
export interface SharedBucket { tokens: number; at: number }
export interface Draw { granted: number; left: number }

/** A hub that has not heard a device for this long gives up what it holds for it. */
const IDLE_MS = 10_000;
/** A draw takes this part of what is there, so that something is left for further hubs, however many come. */
const SHARE = 1 / 4;
/** A bucket that gave less than fills it within this time is left alone as long: a device that sends too much must not make the database busy. */
const REST_MS = 250;
/** A bucket whose time lies this far ahead was written by a clock that has been set since. */
const AHEAD_MS = 60_000;
/** Idle leases are looked for once in so many draws. */
const TIDY_EVERY = 256;

/**
 * Takes a share of the tokens, whole ones and at least `need`, out of a bucket that fills at `rate` a second up to
 * `burst`; none when fewer than `need` are there. `bucket` is undefined for a device that nobody has heard: full. Time never runs backwards in a
 * bucket, so a hub whose clock is a little behind does not fill it twice.
 */
export function drawFrom(bucket: SharedBucket | undefined, need: number, { rate, burst }: { rate: number; burst: number }, now: number): Draw & { bucket: SharedBucket } {
  const at = bucket === undefined || bucket.at > now + AHEAD_MS ? now : Math.max(bucket.at, now);
  const tokens = bucket === undefined ? burst : Math.min(burst, bucket.tokens + Math.max(0, at - bucket.at) / 1000 * rate);
  const granted = tokens < need ? 0 : Math.max(need, Math.floor(tokens * SHARE));
  return { granted, left: tokens - granted, bucket: { tokens: tokens - granted, at } };
}

interface Lease {
  /** Taken out of the bucket and not spent yet. */
  tokens: number;
  usedAt: number;
  /** The most that can be in the bucket: what the last draw left there, and since when it fills. */
  left: number;
  leftAt: number;
  /** No draw before this. */
  restUntil: number;
  drawing: Promise<void> | undefined;
}

/**
 * The rate of a device over several hubs: a hub takes a share of the tokens in the device's bucket and spends
 * them in memory, so that an ordinary request does not touch the database. All that hubs spend was taken out of the
 * bucket, hence together they never let through more than `burst + rate · t`. What a hub holds and does not use is lost
 * after ten seconds: a device that changes hubs may for that long be held to less than its burst, never to less than
 * the rate at which its bucket fills.
 */
export function createLeases({ rate, burst, draw }: { rate: number; burst: number; draw(device: string, need: number): Promise<Draw> }): EventRate {
  const leases = new Map<string, Lease>();
  let draws = 0;

  function leaseOf(device: string, now: number): Lease {
    let lease = leases.get(device);
    if (!lease) leases.set(device, lease = { tokens: 0, usedAt: now, left: burst, leftAt: now, restUntil: now, drawing: undefined });
    if (now - lease.usedAt > IDLE_MS) lease.tokens = 0;
    lease.usedAt = now;
    return lease;
  }

  /** Seconds that the missing tokens cannot be there sooner than; 0 when they may be. */
  function known(lease: Lease, missing: number, now: number): number {
    const most = Math.min(burst, lease.left + (now - lease.leftAt) / 1000 * rate);
    if (most < missing) return Math.max(1, Math.ceil((missing - most) / rate));
    return now < lease.restUntil ? 1 : 0;
  }

  async function refill(device: string, lease: Lease, missing: number, now: number): Promise<void> {
    const { granted, left } = await draw(device, missing);
    lease.tokens += granted;
    lease.left = left;
    // From before the draw: later would be too little to be "the most".
    lease.leftAt = now;
    if (granted > 0 && granted < rate * REST_MS / 1000) lease.restUntil = now + REST_MS;
  }

  function tidy(now: number): void {
    draws += 1;
    if (draws % TIDY_EVERY !== 0) return;
    for (const [device, { usedAt, drawing }] of leases) if (!drawing && now - usedAt > IDLE_MS) leases.delete(device);
  }

  return {
    async take(device, events, now) {
      const lease = leaseOf(device, now);
      for (;;) {
        if (lease.tokens >= events) {
          lease.tokens -= events;
          return 0;
        }
        if (!lease.drawing) {
          const wait = known(lease, events - lease.tokens, now);
          if (wait > 0) return wait;
          lease.drawing = refill(device, lease, events - lease.tokens, now).finally(() => { lease.drawing = undefined; });
          tidy(now);
        }
        await lease.drawing;
      }
    },
  };
}
