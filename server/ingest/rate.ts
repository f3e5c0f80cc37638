/** How fast one device may send: `rate` events a second on average, `burst` at once. */
export interface EventRate {
  /** 0 when the events may come in, else the seconds after which they may. `now` in ms of any steady clock. */
  take(device: string, events: number, now: number): number | Promise<number>;
}

/** Token buckets, one a device, for a hub that is alone. */
export function createBuckets(rate: number, burst: number) {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(device: string, events: number, now: number): number {
      let bucket = buckets.get(device);
      if (!bucket) {
        bucket = { tokens: burst, at: now };
        buckets.set(device, bucket);
      }
      bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / 1000 * rate);
      bucket.at = now;
      if (bucket.tokens < events) return Math.max(1, Math.ceil((events - bucket.tokens) / rate));
      bucket.tokens -= events;
      return 0;
    },
  };
}
