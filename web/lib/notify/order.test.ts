import { expect, it } from 'vitest';
import { moved, toggled } from './order.ts';

it('what is tried first can be changed one place at a time, and not beyond the ends', () => {
  expect(moved(['push', 'email', 'telegram'], 'email', -1)).toEqual(['email', 'push', 'telegram']);
  expect(moved(['push', 'email'], 'push', 1)).toEqual(['email', 'push']);
  expect(moved(['push', 'email'], 'push', -1)).toEqual(['push', 'email']);
  expect(moved(['push', 'email'], 'email', 1)).toEqual(['push', 'email']);
  expect(moved(['push'], 'email', 1)).toEqual(['push']);
});

it('a channel is left out, and comes back last', () => {
  expect(toggled(['push', 'email'], 'push')).toEqual(['email']);
  expect(toggled(['email'], 'push')).toEqual(['email', 'push']);
});
