import { afterEach, expect, it, vi } from 'vitest';
import { followStoreClock, type SharedClock } from './clock.ts';
import type { Store } from './store/store.ts';

// The promised timers are not among those that can be faked; these rest on one that is.
vi.mock('node:timers/promises', () => ({ setTimeout: (ms: number) => new Promise((resolve) => { setTimeout(resolve, ms); }) }));

const NOW = 1_790_000_000_000;
let time: SharedClock | undefined;
afterEach(() => { time?.stop(); vi.useRealTimers(); });

/** A machine and a store whose clocks differ, and round trips that take `trip` ms. */
function setUp({ machineOff = 0, trip = 0 }: { machineOff?: number; trip?: number } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const state = { machineOff, trip, span: 0, storeOff: 0, fails: false, asked: 0 };
  const skews: number[] = [];
  const store = {
    now: async () => {
      state.asked += 1;
      if (state.fails) throw new Error('away');
      state.span += state.trip / 2;
      const said = NOW + state.span + state.storeOff;
      state.span += state.trip / 2;
      return said;
    },
  } as unknown as Store;
  const machine = (): number => NOW + state.span + state.machineOff;
  // Its beginning says nothing: only how it goes on.
  const steady = (): number => 5_000 + state.span;
  return { state, skews, truth: () => NOW + state.span + state.storeOff, follow: async () => { time = await followStoreClock(store, machine, (skew) => skews.push(skew), steady); return time; } };
}

it('goes by the store, with half of the round trip, and tells by how much the machine is off', async () => {
  const { follow, truth, skews } = setUp({ machineOff: 300_000, trip: 80 });
  const { clock, offset } = await follow();
  expect(clock()).toBe(truth());
  expect(offset).toBe(-300_000);
  expect(skews).toEqual([-300_000]);
});

it('moves not at all when the machine\'s clock is set', async () => {
  const { state, follow, truth } = setUp();
  const { clock } = await follow();
  state.machineOff = -300_000;
  state.span += 1_000;
  expect(clock()).toBe(truth());
});

it('takes the first answer however long it took, later ones only when they came soon', async () => {
  const { state, follow, truth } = setUp({ trip: 4_000, machineOff: 300_000 });
  const { clock } = await follow();
  expect(clock()).toBe(truth());
  state.storeOff = 700;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.asked).toBe(2);
  expect(clock()).toBe(truth() - 700);
  state.trip = 10;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(clock()).toBe(truth());
});

it('counts on while the store is away, and follows it afterwards', async () => {
  const { state, follow, truth, skews } = setUp();
  const { clock } = await follow();
  state.fails = true;
  state.span += 60_000;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(state.asked).toBe(4);
  expect(clock()).toBe(truth());
  state.fails = false;
  state.storeOff = 3_000;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(clock()).toBe(truth());
  expect(skews).toEqual([3_000]);
});
