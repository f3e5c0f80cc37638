import { describe, expect, it } from 'vitest';
import { emptyFloor } from '../../../contract/views/floor.ts';
import { KEEP_EVERY_MS, Keeper, KEPT_MAX_AGE_MS, readableFloor } from './kept.ts';

const state = emptyFloor({ id: 's', name: 'S', timezone: 'UTC' }, { start: 0, end: 86_400_000 }, { places: {}, cameras: {} });

describe('a kept floor', () => {
  it('is read for its own site and while it is of today', () => {
    expect(readableFloor({ at: 5, state }, 's', 10)).toEqual({ at: 5, state });
    expect(readableFloor(structuredClone({ at: 5, state }), 's', 5 + KEPT_MAX_AGE_MS)?.at).toBe(5);
    expect(readableFloor({ at: 5, state }, 'other', 10)).toBeNull();
    expect(readableFloor({ at: 5, state }, 's', 6 + KEPT_MAX_AGE_MS)).toBeNull();
  });
  it.each([[null], [undefined], [7], [{}], [{ at: 'x', state }], [{ at: 1 }], [{ at: 1, state: {} }], [{ at: 1, state: { ...state, alerts: null } }], [{ at: 1, state: { ...state, today: 3 } }]])('is nothing when it is rubbish: %j', (value) => {
    expect(readableFloor(value, 's', 2)).toBeNull();
  });
});

describe('keeping', () => {
  it('writes the first at once, then the latest every few seconds, and nothing while nothing comes', () => {
    const written: number[] = [];
    let timer: { ms: number; run: () => void } | null = null;
    const keeper = new Keeper<number>((value) => written.push(value), (ms, run) => {
      timer = { ms, run };
      return () => { timer = null; };
    });
    const pass = () => { const due = timer; timer = null; expect(due?.ms).toBe(KEEP_EVERY_MS); due?.run(); };
    for (const value of [1, 2, 3]) keeper.offer(value);
    expect(written).toEqual([1]);
    pass();
    expect(written).toEqual([1, 3]);
    pass();
    expect(written).toEqual([1, 3]);
    expect(timer).toBeNull();
    keeper.offer(4);
    keeper.offer(5);
    keeper.stop();
    expect(written).toEqual([1, 3, 4]);
    expect(timer).toBeNull();
  });
});
