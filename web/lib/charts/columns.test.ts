import { describe, expect, it } from 'vitest';
import type { FloorMinute } from '../../../contract/views/floor.ts';
import { footfallColumns, moodColumns, moodNow, ratingColumns } from './columns.ts';

const M = 30_000_000;
const at = (minute: number, second = 0) => (M + minute) * 60_000 + second * 1000;
const entry = (minute: number, values: Partial<FloorMinute> = {}): FloorMinute => ({ minute: M + minute, lowest: 0, negative: 0, neutral: 0, positive: 0, in: 0, out: 0, receipts: 0, mood: { people: 0, mood: 0, smile: 0 }, ...values });
const told = (people: number, mood: number): Partial<FloorMinute> => ({ mood: { people, mood, smile: 0 } });

describe('columns', () => {
  it('fill minutes without ratings with zero and leave older ones out', () => {
    const columns = ratingColumns([entry(-9, { positive: 5 }), entry(-1, { positive: 2, negative: 1, lowest: 1 }), entry(0, { positive: 1 })], at(0, 30), 3);
    expect(columns).toEqual([[at(-2) / 1000, at(-1) / 1000, at(0) / 1000], [0, 2, 1], [0, -2, 0]]);
  });

  it('count who came in', () => {
    expect(footfallColumns([entry(0, { in: 4, out: 9 })], at(0), 2)).toEqual([[at(-1) / 1000, at(0) / 1000], [0, 4]]);
  });

  it('have a point for each minute that tells of the site\'s mood, and none for the others', () => {
    const minutes = [entry(-20, told(9, 9)), entry(-3, told(8, 4)), entry(-2), entry(-1, told(6, -3))];
    expect(moodColumns(minutes, at(0), 15)).toEqual([[at(-3, 30) / 1000, at(-1, 30) / 1000], [0.5, -0.5]]);
  });
});

describe('mood now', () => {
  it('is the mean over the people of the last minutes', () => {
    expect(moodNow([entry(-20, told(9, 9)), entry(-3, told(15, 3)), entry(-1, told(5, -5))], at(0), 15)).toEqual({ mood: -0.1, people: 20 });
  });
  it('is unknown while nobody was told of', () => {
    expect(moodNow([entry(-1)], at(0), 15)).toEqual({ mood: null, people: 0 });
  });
});
