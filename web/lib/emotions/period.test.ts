import { describe, expect, it } from 'vitest';
import { dateOf, rangeOf } from './period.ts';

const MOSCOW = 'Europe/Moscow';
const NOW = Date.parse('2026-03-10T12:00:00Z');
const own = (from: string, to: string, timezone = MOSCOW) => rangeOf('own', NOW, timezone, { from, to });

describe('own days', () => {
  it('last from the first midnight to the last by the site\'s clock', () => {
    expect(own('2026-03-01', '2026-03-02')).toEqual({ from: Date.parse('2026-02-28T21:00:00Z'), to: Date.parse('2026-03-02T21:00:00Z') });
  });

  it('end now when the last day is today', () => expect(own('2026-03-10', '2026-03-10')?.to).toBe(NOW));

  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kolkata', 'America/New_York'])('are the same days in %s', (timezone) => {
    const period = own('2026-03-07', '2026-03-08', timezone);
    expect(dateOf(timezone, period!.from)).toBe('2026-03-07');
    expect(dateOf(timezone, period!.to - 1)).toBe('2026-03-08');
    expect(dateOf(timezone, period!.from - 1)).toBe('2026-03-06');
  });

  it.each([['2026-03-02', '2026-03-01'], ['', '2026-03-01'], ['2026-13-45', '2026-03-01'], ['2026-03-11', '2026-03-12'], ['2025-10-01', '2026-03-01'], ['nonsense', 'rubbish']])('%s to %s is no period', (from, to) => {
    expect(own(from, to)).toBeNull();
  });
});

it('the others follow the site\'s midnight', () => {
  expect(rangeOf('today', NOW, MOSCOW, { from: '', to: '' })).toEqual({ from: Date.parse('2026-03-09T21:00:00Z'), to: NOW });
  expect(rangeOf('week', NOW, MOSCOW, { from: '', to: '' })?.from).toBe(Date.parse('2026-03-03T21:00:00Z'));
});
