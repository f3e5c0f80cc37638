import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS, PERSON_ROLES, ROLE_PERMISSIONS, type User } from '../../../contract/index.ts';
import { can, canEverywhere, isRevoked, seesSite, type Principal } from './principal.ts';
import { countedFailures, FORGIVE_AFTER_MS, FREE_FAILURES, MAX_SIGNIN_DELAY_MS, normalEmail, signinDelayMs, signinWaitMs } from './rules.ts';
import { newSecret, secretHash, secretMatches } from './secrets.ts';

describe('sign-in delay', () => {
  it('is nothing for the free failures and doubles from a second on, up to 15 minutes', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 12, 13, 1000].map((n) => signinDelayMs(n, FREE_FAILURES.email) / 1000)).toEqual([0, 0, 0, 1, 2, 4, 8, 512, 900, 900]);
  });

  it('never shrinks with more failures and never exceeds its bound', () => {
    fc.assert(fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 50 }), (failures, free) => {
      const delay = signinDelayMs(failures, free);
      expect(delay).toBeLessThanOrEqual(MAX_SIGNIN_DELAY_MS);
      expect(signinDelayMs(failures + 1, free)).toBeGreaterThanOrEqual(delay);
    }), { seed: 20_260 });
  });

  it('forgives one failure an hour, and counts none back when the clock was set back', () => {
    const known = { failures: 5, failedAt: 1_000 };
    expect([0, FORGIVE_AFTER_MS - 1, FORGIVE_AFTER_MS, 5 * FORGIVE_AFTER_MS, 99 * FORGIVE_AFTER_MS].map((later) => countedFailures(known, 1_000 + later))).toEqual([5, 5, 4, 0, 0]);
    expect(countedFailures(known, -FORGIVE_AFTER_MS)).toBe(5);
  });

  it('runs out exactly when the delay is over', () => {
    const known = { failures: 4, failedAt: 10_000 };
    expect([10_000, 11_999, 12_000, 99_000].map((now) => signinWaitMs(known, 3, now))).toEqual([2_000, 1, 0, 0]);
    expect(signinWaitMs(undefined, 3, 0)).toBe(0);
  });
});

describe('permissions', () => {
  const person = (role: User['role'], sites: string[] | null): Principal => ({ kind: 'person', session: 's', user: { id: 'u', email: 'e@x', name: 'n', role, locale: 'ru', sites, disabled: false } });

  it('are those of the role, at the given sites only', () => {
    for (const role of PERSON_ROLES) for (const permission of PERMISSIONS) {
      const allowed = ROLE_PERMISSIONS[role].includes(permission);
      expect(can(person(role, null), permission, 'any')).toBe(allowed);
      expect(can(person(role, ['one']), permission, 'one')).toBe(allowed);
      expect(can(person(role, ['one']), permission, 'two')).toBe(false);
      expect(can(person(role, []), permission)).toBe(allowed);
      expect(canEverywhere(person(role, ['one']), permission)).toBe(false);
      expect(canEverywhere(person(role, null), permission)).toBe(allowed);
    }
  });

  it('let a wall see its own site and a device do nothing that people do', () => {
    const wall: Principal = { kind: 'wall', wall: { id: 'w', site: 'one', name: 'W' } };
    expect([can(wall, 'wall.read', 'one'), can(wall, 'wall.read', 'two'), can(wall, 'floor.read', 'one')]).toEqual([true, false, false]);
    const device = (site: string | null): Principal => ({ kind: 'device', device: { id: 'd', kind: 'vision', site, touchpoint: null, name: 'D' } });
    for (const permission of PERMISSIONS) expect(can(device(null), permission, 'one')).toBe(false);
    expect([seesSite(device(null), 'any'), seesSite(device('one'), 'one'), seesSite(device('one'), 'two')]).toEqual([true, true, false]);
  });

  it('end with the revocation of exactly what they rest on', () => {
    const someone = person('floor', null);
    expect(isRevoked(someone, { subject: 'user', id: 'u' })).toBe(true);
    expect(isRevoked(someone, { subject: 'session', id: 's' })).toBe(true);
    expect(isRevoked(someone, { subject: 'session', id: 'u' })).toBe(false);
    expect(isRevoked(someone, { subject: 'wall', id: 'u' })).toBe(false);
    expect(isRevoked({ kind: 'wall', wall: { id: 'w', site: 'one', name: 'W' } }, { subject: 'wall', id: 'w' })).toBe(true);
  });
});

describe('secrets', () => {
  it('match their own hash only', () => {
    const secret = newSecret();
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(secretMatches(secret, secretHash(secret))).toBe(true);
    expect(secretMatches(newSecret(), secretHash(secret))).toBe(false);
    expect(secretMatches(secret, '')).toBe(false);
    expect(normalEmail('  Ann@Example.ORG ')).toBe('ann@example.org');
  });
});
