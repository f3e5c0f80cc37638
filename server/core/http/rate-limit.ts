import type { Clock } from '../clock.ts';

/** Keys that are remembered at once; the oldest window goes first, so that many addresses cannot fill the memory. */
const MAX_KEYS = 10_000;

/** At most `limit` calls a key within each `windowMs`. Counts live in this process. */
export interface RateLimit {
  /** Seconds to wait, or 0 when the call may go on; only allowed calls count. */
  take(key: string): number;
}

export function rateLimit(limit: number, windowMs: number, clock: Clock): RateLimit {
  const windows = new Map<string, { start: number; count: number }>();
  return {
    take(key) {
      const now = clock();
      const known = windows.get(key);
      if (!known || now - known.start >= windowMs) {
        windows.delete(key);
        if (windows.size >= MAX_KEYS) windows.delete(windows.keys().next().value!);
        windows.set(key, { start: now, count: 1 });
        return 0;
      }
      if (known.count >= limit) return Math.max(1, Math.ceil((known.start + windowMs - now) / 1000));
      known.count++;
      return 0;
    },
  };
}
