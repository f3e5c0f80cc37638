import { describe, expect, it } from 'vitest';
import { RateControl } from './rate.ts';

const calm = { measured: 40, dropped: 0, waitMs: 20 };

describe('RateControl', () => {
  it('stays at the whole rate while there is room', () => {
    const control = new RateControl(5);
    for (let i = 0; i < 20; i++) expect(control.step(calm)).toBe(1);
  });

  it.each([['frames are dropped', { measured: 40, dropped: 10, waitMs: 20 }], ['frames wait', { measured: 40, dropped: 0, waitMs: 400 }]])('falls when %s, to one frame a second at least', (_, load) => {
    const control = new RateControl(5);
    expect(control.step(load)).toBeLessThan(1);
    for (let i = 0; i < 50; i++) control.step(load);
    expect(control.share).toBeCloseTo(1 / 5);
  });

  it('comes back slowly, and not while frames still wait a little', () => {
    const control = new RateControl(5);
    control.step({ measured: 10, dropped: 10, waitMs: 500 });
    const fallen = control.share;
    for (let i = 0; i < 20; i++) expect(control.step({ measured: 10, dropped: 0, waitMs: 120 })).toBe(fallen);
    const shares = Array.from({ length: 12 }, () => control.step(calm));
    expect(shares[1]).toBe(fallen);
    expect(shares.at(-1)).toBe(1);
  });

  it('does not fall without frames', () => {
    const control = new RateControl(5);
    expect(control.step({ measured: 0, dropped: 0, waitMs: 0 })).toBe(1);
  });
});
