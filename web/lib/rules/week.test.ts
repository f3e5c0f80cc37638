import { describe, expect, it } from 'vitest';
import { clockOf, daysInWords, minuteOfClock, weekInWords } from './week.ts';

describe('times of the week', () => {
  it('are typed and shown alike', () => {
    for (const minute of [0, 9, 570, 1439, 1440]) expect(minuteOfClock(clockOf(minute))).toBe(minute);
    expect(clockOf(570)).toBe('09:30');
  });

  it.each(['', '9', '9:5', '24:01', '25:00', '12:60', '-1:00', 'noon', '009:00'])('are not read from %j', (text) => {
    expect(minuteOfClock(text)).toBeNull();
  });

  it('say days in the shortest way', () => {
    expect(daysInWords([1, 2, 3, 4, 5], 'en')).toBe('Mon–Fri');
    expect(daysInWords([7, 6], 'en')).toBe('Sat, Sun');
    expect(daysInWords([1, 3, 4, 5, 7, 7], 'en')).toBe('Mon, Wed–Fri, Sun');
    expect(daysInWords([1, 2, 3, 4, 5, 6, 7], 'ru')).toBe('пн–вс');
  });

  it('say several spans', () => {
    expect(weekInWords([{ days: [1, 2, 3], from: 540, to: 1260 }, { days: [6], from: 1320, to: 120 }], 'en')).toBe('Mon–Wed 09:00–21:00; Sat 22:00–02:00');
  });
});
