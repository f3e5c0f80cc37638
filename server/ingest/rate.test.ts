import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBuckets } from './rate.ts';

describe('a device\'s rate', () => {
  it('never lets through more than the burst plus the rate times the time, and always a request that waited as told', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 50, max: 500 }), fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 1, max: 50 })), { maxLength: 60 }), (rate, burst, calls) => {
      const buckets = createBuckets(rate, burst);
      let now = 0;
      let taken = 0;
      for (const [wait, events] of calls) {
        now += wait;
        const told = buckets.take('d', events, now);
        if (told === 0) { taken += events; continue; }
        now += told * 1000;
        expect(buckets.take('d', events, now)).toBe(0);
        taken += events;
      }
      expect(taken).toBeLessThanOrEqual(burst + now / 1000 * rate + 1e-6);
    }));
  });

  it('counts each device on its own', () => {
    const buckets = createBuckets(1, 10);
    expect(buckets.take('a', 10, 0)).toBe(0);
    expect(buckets.take('a', 1, 0)).toBe(1);
    expect(buckets.take('b', 10, 0)).toBe(0);
  });
});
