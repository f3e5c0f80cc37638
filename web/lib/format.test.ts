import { describe, expect, it } from 'vitest';
import { formatAge, formatClock, formatCount, formatMoment, formatMood, formatShare } from './format.ts';

describe('what people read', () => {
  it.each([[0, '0:00'], [42_900, '0:42'], [250_000, '4:10'], [3_723_000, '1:02:03'], [-5_000, '0:00']])('age of %i ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
  it('shows times on the site\'s clock', () => {
    const at = Date.UTC(2026, 10, 21, 21, 5, 9);
    expect(formatClock(at, 'Europe/Moscow')).toBe('00:05');
    expect(formatClock(at, 'Asia/Yekaterinburg', true)).toBe('02:05:09');
    expect(() => formatClock(at, 'Mars/Olympus')).toThrow(RangeError);
  });
  it('names the day only when it is another one', () => {
    const at = Date.UTC(2026, 10, 21, 20, 5);
    expect(formatMoment(at, 'Europe/Moscow', 'ru', at + 60_000)).toBe('23:05');
    expect(formatMoment(at, 'Europe/Moscow', 'en', at + 3_600_000)).toMatch(/21.*23:05/);
  });
  it.each([[0.214, 'ru', '+0,21'], [-0.05, 'ru', '\u22120,05'], [0.004, 'en', '0.00'], [-0.004, 'en', '0.00'], [1, 'en', '+1.00']])('mood %f in %s is %s', (mood, locale, text) => {
    expect(formatMood(mood, locale)).toBe(text);
  });
  it('groups and rounds by locale', () => {
    expect(formatCount(12345, 'en')).toBe('12,345');
    expect(formatShare(0.883, 'ru')).toBe('88\u00a0%');
    expect(formatShare(0.883, 'en')).toBe('88%');
  });
});
