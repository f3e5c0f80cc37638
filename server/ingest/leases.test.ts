import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLeases, drawFrom, type SharedBucket } from './leases.ts';

/** Hubs over one bucket a device; `draws` counts how often the bucket was asked. */
function hubsOver(count: number, rate: number, burst: number) {
  const buckets = new Map<string, SharedBucket>();
  const state = { now: 0, draws: 0 };
  const hubs = Array.from({ length: count }, () => createLeases({
    rate, burst,
    async draw(device, need) {
      state.draws += 1;
      const { granted, left, bucket } = drawFrom(buckets.get(device), need, { rate, burst }, state.now);
      buckets.set(device, bucket);
      return { granted, left };
    },
  }));
  return { state, take: async (hub: number, events: number, device = 'd') => hubs[hub]!.take(device, events, state.now) };
}

describe('a device\'s rate over several hubs', () => {
  const arrivals = fc.array(fc.record({ wait: fc.oneof(fc.nat(50), fc.nat(3_000), fc.nat(30_000)), hub: fc.nat(100), events: fc.integer({ min: 1, max: 50 }) }), { maxLength: 80 });

  it('never lets through more than the burst plus the rate times the time, on however many hubs and in whatever order', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 50, max: 500 }), arrivals, async (hubs, rate, burst, calls) => {
      const { state, take } = hubsOver(hubs, rate, burst);
      let taken = 0;
      for (const { wait, hub, events } of calls) {
        state.now += wait;
        if (await take(hub % hubs, events) === 0) taken += events;
        expect(taken).toBeLessThanOrEqual(burst + state.now / 1000 * rate + 1e-6);
      }
    }));
  });

  it('holds when the calls of all hubs come at once', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 50, max: 500 }), fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 100 }), async (hubs, burst, calls) => {
      const { take } = hubsOver(hubs, 1, burst);
      const answers = await Promise.all(calls.map((events, i) => take(i % hubs, events)));
      const taken = calls.reduce((sum, events, i) => sum + (answers[i] === 0 ? events : 0), 0);
      expect(taken).toBeLessThanOrEqual(burst);
    }));
  });

  it('lets a request that waits as told in at last, whatever other hubs hold', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 50, max: 500 }), arrivals, fc.integer({ min: 1, max: 50 }), async (hubs, rate, burst, calls, events) => {
      const { state, take } = hubsOver(hubs, rate, burst);
      for (const { wait, hub, events: some } of calls) { state.now += wait; await take(hub % hubs, some); }
      let told = 0;
      for (let tries = 0; (told = await take(0, events)) > 0; tries++) {
        expect(tries).toBeLessThan(3);
        state.now += told * 1000;
      }
    }));
  });

  it.each([2, 5, 20])('gives a device that keeps to its rate all that it sends, whichever of %d hubs it comes to', async (hubs) => {
    const { state, take } = hubsOver(hubs, 200, 5_000);
    for (let i = 0; i < 20_000; i++) {
      state.now += 6;
      expect(await take(i % hubs, 1)).toBe(0);
    }
  });

  it('asks the bucket seldom, also for a device that sends ten times what it may', async () => {
    const ordinary = hubsOver(1, 200, 5_000);
    for (let i = 0; i < 2_000; i++) { ordinary.state.now += 10; await ordinary.take(0, 1); }
    expect(ordinary.state.draws).toBe(2);

    const greedy = hubsOver(1, 200, 5_000);
    let taken = 0;
    for (let i = 0; i < 60_000; i++) { greedy.state.now += 0.5; if (await greedy.take(0, 1) === 0) taken += 1; }
    expect(taken).toBeGreaterThan(10_000);
    // 30 s: shares of the burst until little is left, then no more than four a second.
    expect(greedy.state.draws).toBeLessThan(20 + 30 * 4);
  });

  it('gives up what a hub holds for a device that it does not hear any more', async () => {
    const { state, take } = hubsOver(2, 1, 1_000);
    await take(0, 1);
    state.now += 10_001;
    await take(0, 1);
    // Twice a quarter of what was there; 10 came in between.
    const left = (1_000 * 0.75 + 10) * 0.75;
    expect(await take(1, left + 1)).toBeGreaterThan(0);
    expect(await take(1, Math.floor(left))).toBe(0);
  });

  it('passes a failure of the store on to whoever waits for it, and asks again for the next', async () => {
    let fails = true;
    const rate = createLeases({ rate: 1, burst: 100, draw: async () => { if (fails) throw new Error('away'); return { granted: 25, left: 75 }; } });
    const both = await Promise.allSettled([rate.take('d', 1, 0), rate.take('d', 1, 0)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await rate.take('d', 1, 1)).toBe(0);
  });
});

describe('a shared bucket', () => {
  it('is not filled twice by hubs whose clocks differ a little, and not stuck by one that was years ahead', () => {
    const limits = { rate: 100, burst: 1_000 };
    const empty: SharedBucket = { tokens: 0, at: 10_000 };
    const ahead = drawFrom(empty, 1, limits, 11_000);
    expect(ahead.left).toBe(75);
    const behind = drawFrom(ahead.bucket, 1, limits, 10_500);
    expect(behind.left).toBe(75 - 18);
    expect(drawFrom(behind.bucket, 1, limits, 11_000).left).toBe(57 - 14);
    const stuck = drawFrom({ tokens: 0, at: 4_000_000_000_000 }, 1, limits, 10_000);
    expect(stuck).toMatchObject({ granted: 0, bucket: { tokens: 0, at: 10_000 } });
    expect(drawFrom(stuck.bucket, 1, limits, 11_000).granted).toBe(25);
  });
});
