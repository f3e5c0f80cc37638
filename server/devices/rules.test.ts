import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { addClockSample, CLOCK_SAMPLES, correction, estimateOffset } from './clock.ts';
import { batteryNews, deviceToken, parseToken, pairingStage, presenceChange } from './rules.ts';

const estimateAfter = (all: number[]): number | null => estimateOffset(all.reduce<number[]>(addClockSample, []));

describe('clock offset', () => {
  it('is the sample with the least delay among the last eight', () => {
    expect(estimateAfter([])).toBeNull();
    expect(estimateAfter([900, 350, 4_000, 360])).toBe(350);
    expect(estimateAfter([-100, ...Array.from({ length: CLOCK_SAMPLES }, () => 700)])).toBe(700);
  });

  it('lies within the least delay above the true offset, for any offset and delays below ten seconds', () => {
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 30 }), (offset, delays) => {
      const estimate = estimateAfter(delays.map((delay) => offset + delay))!;
      expect(estimate - offset).toBe(Math.min(...delays.slice(-CLOCK_SAMPLES)));
    }), { seed: 7_411 });
  });

  it('follows a clock that was set, forwards after two samples and backwards at once', () => {
    expect(estimateAfter([100, 120, 3_600_100])).toBe(100);
    expect(estimateAfter([100, 120, 3_600_100, 3_600_200])).toBe(3_600_100);
    expect(estimateAfter([100, 120, -3_600_000])).toBe(-3_600_000);
    expect(estimateAfter([100, 60_000, 30_000])).toBe(100);
  });

  it('is corrected from 1.5 s on', () => {
    expect([null, 0, 1_499, -1_499, 1_500, -1_500, 90_000].map(correction)).toEqual([0, 0, 0, 0, 1_500, -1_500, 90_000]);
  });
});

describe('presence', () => {
  const now = 10_000_000;
  const longAgo = now - LIMITS.deviceSilentMs;

  it('changes once in each direction', () => {
    expect(presenceChange({ lastSeen: longAgo, silent: false }, undefined, 0, now)).toBe('silent');
    expect(presenceChange({ lastSeen: longAgo, silent: true }, undefined, 0, now)).toBeNull();
    expect(presenceChange({ lastSeen: longAgo, silent: true }, now, 0, now)).toBe('seen');
    expect(presenceChange({ lastSeen: longAgo, silent: false }, now, 0, now)).toBeNull();
    expect(presenceChange({ lastSeen: longAgo + 1, silent: false }, undefined, 0, now)).toBeNull();
  });

  it('is first seen when it first speaks, and not silent before', () => {
    expect(presenceChange({ lastSeen: null, silent: false }, undefined, 0, now)).toBeNull();
    expect(presenceChange({ lastSeen: null, silent: false }, now, 0, now)).toBe('seen');
  });

  it('does not count the time that the hub was away', () => {
    expect(presenceChange({ lastSeen: 1, silent: false }, undefined, longAgo + 1, now)).toBeNull();
    expect(presenceChange({ lastSeen: 1, silent: false }, undefined, longAgo, now)).toBe('silent');
  });
});

describe('a charge', () => {
  const MINUTE = 60_000;
  /** Which of these charges, one every `everyMs`, the log is told. */
  const told = (charges: number[], everyMs = 10 * MINUTE): number[] => {
    let last: { percent: number; at: number } | null = null;
    return charges.filter((percent, i) => {
      const news = batteryNews(last, percent, i * everyMs);
      if (news) last = { percent, at: i * everyMs };
      return news;
    });
  };
  it('is told first, at each multiple of five on the way down, and every five percent on the way up', () => {
    expect(told([43, 42, 41, 40, 39, 36, 35, 34, 30])).toEqual([43, 40, 35, 30]);
    expect(told([42, 38, 33])).toEqual([42, 38, 33]);
    expect(told([30, 31, 34, 35, 38, 40])).toEqual([30, 35, 40]);
    expect(told([0, 4, 5, 100])).toEqual([0, 5, 100]);
  });
  it('that trembles about a step is told once', () => {
    expect(told([41, 40, 41, 39, 40, 41, 39, 40])).toEqual([41, 40]);
    expect(told([100, 99, 98, 100, 99, 100])).toEqual([100]);
  });
  it('is told every five minutes at most, save when little is left', () => {
    expect(told([60, 55, 50, 45, 40, 35, 30], MINUTE)).toEqual([60, 35]);
    expect(told([25, 20, 19, 12, 10, 7, 5, 3, 0], 10_000)).toEqual([25, 20, 10, 5]);
    // Falling through all three at once is one word.
    expect(told([50, 3, 2], 10_000)).toEqual([50, 3]);
  });
});

describe('tokens', () => {
  it('come apart as they were put together', () => {
    const secret = `${'_-'.repeat(21)}A`;
    expect(parseToken(deviceToken('01kx-7', secret))).toEqual({ id: '01kx-7', secret });
  });
  it('are nothing else', () => {
    for (const bad of ['', 'otk_', 'otk_a_b', `otk__${'A'.repeat(43)}`, `OTK_a_${'A'.repeat(43)}`, `otk_a_${'A'.repeat(44)}`, `otk_a_${'A'.repeat(43)}\n`]) expect(parseToken(bad)).toBeUndefined();
  });
});

it('a pairing goes waiting, confirmed, claimed; only what is not claimed expires', () => {
  const times = { expiresAt: 100, device: null, claimedAt: null };
  expect(pairingStage(times, 99)).toBe('waiting');
  expect(pairingStage(times, 100)).toBe('expired');
  expect(pairingStage({ ...times, device: 'd' }, 99)).toBe('confirmed');
  expect(pairingStage({ ...times, device: 'd' }, 100)).toBe('expired');
  expect(pairingStage({ ...times, device: 'd', claimedAt: 50 }, 1_000)).toBe('claimed');
});
