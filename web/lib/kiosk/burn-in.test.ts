import { expect, test } from 'vitest';
import { burnInShift } from './burn-in.ts';

const LAP = 48;

test('every minute moves the picture by 2 to 4 px', () => {
  for (let minute = -5; minute < 3 * LAP; minute++) {
    const a = burnInShift(minute);
    const b = burnInShift(minute + 1);
    const distance = Math.hypot(a.x - b.x, a.y - b.y);
    expect(distance, `minute ${minute}`).toBeGreaterThanOrEqual(2);
    expect(distance, `minute ${minute}`).toBeLessThanOrEqual(4);
  }
});

test('the picture stays within 6 px and visits every place of the grid', () => {
  const places = new Set<string>();
  for (let minute = 0; minute < LAP; minute++) {
    const { x, y } = burnInShift(minute);
    expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(6);
    places.add(`${x},${y}`);
  }
  expect(places.size).toBe(25);
});
