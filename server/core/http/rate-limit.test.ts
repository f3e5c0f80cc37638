import { expect, it } from 'vitest';
import { rateLimit } from './rate-limit.ts';

it('allows so many calls a key in each window, and says how long to wait', () => {
  let now = 0;
  const limit = rateLimit(2, 60_000, () => now);
  expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([0, 0, 60, 0]);
  now = 59_500;
  expect(limit.take('a')).toBe(1);
  now = 60_000;
  expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 60]);
});

it('remembers a bounded number of keys', () => {
  const limit = rateLimit(1, 60_000, () => 0);
  limit.take('first');
  for (let i = 0; i < 10_000; i++) limit.take(`k${i}`);
  expect(limit.take('first')).toBe(0);
  expect(limit.take('k9999')).toBeGreaterThan(0);
});
