import { expect, it } from 'vitest';
import { asOf } from './as-of.ts';

it('is nothing while the hub is heard, the last word when it is not, and the kept moment after a reload', () => {
  expect(asOf({ state: 'live', heardAt: 5 }, null)).toBeNull();
  expect(asOf({ state: 'connecting', heardAt: null }, null)).toBeNull();
  expect(asOf({ state: 'stale', heardAt: 5 }, null)).toBe(5);
  expect(asOf({ state: 'ended', heardAt: 5 }, null)).toBe(5);
  expect(asOf({ state: 'connecting', heardAt: null }, 3)).toBe(3);
});
