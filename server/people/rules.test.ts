import { expect, it } from 'vitest';
import type { User } from '../../contract/index.ts';
import { endsSessions, losesLastAdministrator, withinSites } from './rules.ts';

const user = (id: string, change: Partial<User> = {}): User => ({ id, email: `${id}@x`, name: id, role: 'administrator', locale: 'ru', sites: null, disabled: false, ...change });

it('somebody who can repair everything is always left', () => {
  const a = user('a');
  for (const change of [{ disabled: true }, { role: 'floor' }, { sites: ['one'] }] as const) {
    expect(losesLastAdministrator([a], { ...a, ...change } as User)).toBe(true);
    expect(losesLastAdministrator([a, user('b')], { ...a, ...change } as User)).toBe(false);
    for (const other of [user('b', { disabled: true }), user('b', { role: 'supervisor' }), user('b', { sites: ['one'] })]) expect(losesLastAdministrator([a, other], { ...a, ...change } as User)).toBe(true);
  }
  expect(losesLastAdministrator([a], { ...a, name: 'New' })).toBe(false);
  expect(losesLastAdministrator([a, user('f', { role: 'floor' })], user('f', { role: 'floor', disabled: true }))).toBe(false);
});

it('nobody gives more sites than they have', () => {
  expect(withinSites(null, null)).toBe(true);
  expect(withinSites(null, ['x'])).toBe(true);
  expect(withinSites(['x'], null)).toBe(false);
  expect(withinSites(['x'], ['x'])).toBe(true);
  expect(withinSites(['x'], ['x', 'y'])).toBe(false);
  expect(withinSites(['x'], [])).toBe(true);
});

it('sessions end with rights, not with names or the order of sites', () => {
  const before = user('a', { sites: ['x', 'y'] });
  expect(endsSessions(before, { ...before, name: 'n', locale: 'en', sites: ['y', 'x'] }, false)).toBe(false);
  expect(endsSessions(before, before, true)).toBe(true);
  for (const change of [{ role: 'floor' }, { disabled: true }, { sites: ['x'] }, { sites: null }] as Partial<User>[]) expect(endsSessions(before, { ...before, ...change }, false)).toBe(true);
});
