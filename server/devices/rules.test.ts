import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { addClockSample, CLOCK_SAMPLES, correction, estimateOffset } from './clock.ts';
import { deviceToken, parseToken, pairingStage, presenceChange } from './rules.ts';

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
