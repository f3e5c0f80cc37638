import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameScheduler, type Release } from './scheduler.ts';

const SEED = 20_250_104;

interface Fixture { scheduler: FrameScheduler<string>; released: [string, Release][] }

function fixture(fps = 5, concurrency = 1): Fixture {
  const released: [string, Release][] = [];
  return { scheduler: new FrameScheduler<string>({ fps, concurrency }, (frame, why) => released.push([frame, why])), released };
}

describe('FrameScheduler', () => {
  it('measures 5 of 15 frames a second', () => {
    const { scheduler, released } = fixture();
    const taken: number[] = [];
    for (let i = 0; i < 150; i++) {
      scheduler.offer('a', String(i), i * 66.7);
      const turn = scheduler.take();
      if (turn) { taken.push(Number(turn.frame)); turn.finish(); }
    }
    expect(taken.length).toBeGreaterThanOrEqual(49);
    expect(taken.length).toBeLessThanOrEqual(51);
    expect(released.every(([, why]) => why === 'thinned')).toBe(true);
  });

  it('measures all frames of a camera that sends at the measured rate with jitter', () => {
    const { scheduler } = fixture();
    const jitter = [0, 30, -30, 20, -20];
    for (let i = 0; i < 100; i++) {
      scheduler.offer('a', String(i), 10_000 + i * 200 + jitter[i % 5]!);
      scheduler.take()?.finish();
    }
    expect(scheduler.counts('a')).toEqual({ started: 100, dropped: 0, thinned: 0 });
  });

  it('lets the latest frame win while there is no time, and counts what it replaced', () => {
    const { scheduler, released } = fixture();
    const busy = scheduler.offer('other', 'x', 0) && scheduler.take()!;
    for (const [frame, at] of [['a0', 0], ['a1', 70], ['a2', 200], ['a3', 400]] as const) scheduler.offer('a', frame, at);
    expect(scheduler.take()).toBeUndefined();
    busy.finish();
    expect(scheduler.take()?.frame).toBe('a3');
    expect(released).toEqual([['a0', 'thinned'], ['a1', 'dropped'], ['a2', 'dropped']]);
    expect(scheduler.counts('a')).toEqual({ started: 1, dropped: 2, thinned: 1 });
  });

  it('never measures two frames of one camera at once', () => {
    const { scheduler } = fixture(5, 3);
    scheduler.offer('a', 'a0', 0);
    const first = scheduler.take()!;
    scheduler.offer('a', 'a1', 200);
    expect(scheduler.take()).toBeUndefined();
    first.finish();
    expect(scheduler.take()?.frame).toBe('a1');
  });

  it('gives one slot back for one turn, also when its camera went and came in between', () => {
    const { scheduler } = fixture();
    scheduler.offer('a', 'a0', 0);
    const turn = scheduler.take()!;
    scheduler.remove('a');
    scheduler.offer('a', 'a1', 10);
    expect(scheduler.take()).toBeUndefined();
    turn.finish();
    turn.finish();
    scheduler.offer('b', 'b0', 10);
    expect(scheduler.take()?.frame).toBe('a1');
    expect(scheduler.take()).toBeUndefined();
  });

  it('releases the waiting frame of a camera that goes', () => {
    const { scheduler, released } = fixture();
    scheduler.offer('a', 'a0', 0);
    scheduler.remove('a');
    expect(released).toEqual([['a0', 'removed']]);
    expect(scheduler.take()).toBeUndefined();
  });

  it('starts anew when capture time goes far back', () => {
    const { scheduler } = fixture();
    scheduler.offer('a', 'a0', 1_000_000);
    scheduler.take()!.finish();
    expect(scheduler.offer('a', 'a1', 5_000)).toBe('waiting');
  });

  it(`is fair: cameras that always have a frame waiting differ by at most one turn (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 100 }), (cameras, concurrency, rounds) => {
      const { scheduler } = fixture(5, concurrency);
      const names = Array.from({ length: cameras }, (_, i) => `c${i}`);
      for (let round = 0; round < rounds; round++) {
        for (const name of names) scheduler.offer(name, `${name}-${round}`, round * 200);
        const turns = Array.from({ length: Math.min(concurrency, cameras) }, () => scheduler.take()!);
        for (const turn of turns) turn.finish();
      }
      const started = names.map((name) => scheduler.counts(name).started);
      expect(Math.max(...started) - Math.min(...started)).toBeLessThanOrEqual(1);
    }), { seed: SEED });
  });

  it(`loses count of no frame: every one offered is taken or released, within the concurrency (seed ${SEED})`, () => {
    const step = fc.record({ camera: fc.constantFrom('a', 'b', 'c'), gap: fc.integer({ min: 0, max: 300 }), take: fc.boolean(), finish: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 3 }), (steps, concurrency) => {
      const { scheduler, released } = fixture(5, concurrency);
      const running: { finish(): void }[] = [];
      let now = 0, taken = 0;
      for (const { camera, gap, take, finish } of steps) {
        scheduler.offer(camera, camera, now += gap);
        const turn = take ? scheduler.take() : undefined;
        if (turn) { taken++; running.push(turn); }
        expect(running.length).toBeLessThanOrEqual(concurrency);
        if (finish) running.shift()?.finish();
      }
      for (const camera of ['a', 'b', 'c']) scheduler.remove(camera);
      expect(taken + released.length).toBe(steps.length);
    }), { seed: SEED });
  });

  it('measures a camera at its own pace, and all of them less often when it is throttled, but once a second', () => {
    const { scheduler } = fixture(5, 2);
    const run = (camera: string, from: number): number => {
      let count = 0;
      for (let at = from; at < from + 10_000; at += 50) {
        scheduler.offer(camera, String(at), at);
        const turn = scheduler.take();
        if (turn) { count++; turn.finish(); }
      }
      return count;
    };
    /** One more or less by where the first frame falls. */
    const near = (count: number, wanted: number): void => { expect(Math.abs(count - wanted), `${count}, not ${wanted}`).toBeLessThanOrEqual(1); };
    scheduler.pace('slow', 2);
    near(run('fast', 0), 50);
    near(run('slow', 20_000), 20);
    scheduler.throttle(0.6);
    near(run('fast', 40_000), 30);
    near(run('slow', 60_000), 12);
    scheduler.throttle(0.01);
    near(run('fast', 80_000), 10);
    near(run('slow', 100_000), 10);
    scheduler.pace('idle', 0.5);
    near(run('idle', 120_000), 5);
  });
});
