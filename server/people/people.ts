import { ulid } from 'ulid';
import type { Static } from 'typebox';
import { ROLE_PERMISSIONS, type Me, type NewUser, type Setup, type User, type UserPatch } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { hashPassword, normalEmail, roleOf, secretMatches, type Auth, type PersonPrincipal, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, conflict, invalid, notFound } from '../core/http/index.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import { peopleRepository } from './repository.ts';
import { endsSessions, losesLastAdministrator, withinSites } from './rules.ts';

export interface SignedIn { user: User; token: string }

export type People = ReturnType<typeof createPeople>;

/** Users: first set-up, signing in and out, passwords, and managing one another. */
export function createPeople({ store, clock, auth, audit, sites }: { store: Store; clock: Clock; auth: Auth; audit: Audit; sites: Sites }) {
  const repository = peopleRepository(store);
  const self = (user: User, session: string): PersonPrincipal => ({ kind: 'person', user, session });

  /** Signs in within `tx`; the audit entry is the person's own. */
  async function begin(tx: Transaction, user: User, action: string): Promise<SignedIn> {
    const token = await auth.startSession(tx, user);
    await audit.record(tx, self(user, ''), action, `user:${user.id}`);
    return { user, token };
  }

  async function demandSites(tx: Transaction, by: PersonPrincipal, given: readonly string[] | null): Promise<void> {
    if (!withinSites(by.user.sites, given)) throw new ApiError('forbidden', 403, 'You can give only sites that you have yourself.');
    if (given === null) return;
    const known = await sites.existingIds(tx.db);
    const missing = given.find((site) => !known.has(site));
    if (missing !== undefined) throw invalid('/sites', `there is no site "${missing}"`);
  }

  return {
    setupNeeded: async (): Promise<boolean> => await store.read((db) => auth.repository.userCount(db)) === 0,

    /** Makes the first administrator and signs them in. @throws ApiError `setup_done`, `setup_token_invalid` */
    async setup({ token, email, name, password }: Static<typeof Setup>): Promise<SignedIn> {
      const done = (): ApiError => new ApiError('setup_done', 409, 'The hub has been set up already. Sign in.');
      const [needed, tokens] = await store.read(async (db) => [await auth.repository.userCount(db) === 0, await auth.repository.setupTokens(db)] as const);
      if (!needed) throw done();
      const wrong = (): ApiError => new ApiError('setup_token_invalid', 403, 'This set-up link is not valid. Use one that a hub printed when it last started.');
      const expected = tokens.find(({ tokenHash }) => secretMatches(token, tokenHash));
      if (!expected) throw wrong();
      const passwordHash = await hashPassword(password);
      return store.transaction(async (tx) => {
        if (await auth.repository.userCount(tx.db) > 0) throw done();
        // Asked again: a restart may have replaced the token while the password was being hashed.
        const now = await auth.repository.setupTokens(tx.db);
        if (!now.some(({ id }) => id === expected.id)) throw wrong();
        const user: User = { id: ulid().toLowerCase(), email: normalEmail(email), name, role: 'administrator', locale: 'ru', sites: null, disabled: false };
        await auth.repository.insertUser(tx.db, { ...user, passwordHash, createdAt: clock() });
        await auth.repository.deleteSetupTokens(tx.db, now.map(({ id }) => id));
        return begin(tx, user, 'setup.done');
      });
    },

    /** @throws ApiError `bad_credentials`, `signin_delayed` */
    async signIn(email: string, password: string, address: string): Promise<SignedIn> {
      const { user, passwordHash } = await auth.signIn.check(email, password, address);
      return store.transaction(async (tx) => {
        // The user may have been disabled, or got another password, while this one was being checked.
        const now = await auth.repository.userById(tx.db, user.id);
        if (!now || now.user.disabled || now.passwordHash !== passwordHash) throw new ApiError('bad_credentials', 401, 'The email or the password is wrong.');
        return begin(tx, now.user, 'session.started');
      });
    },

    async signOut(principal: PersonPrincipal): Promise<void> {
      await store.transaction(async (tx) => {
        await auth.repository.deleteSession(tx.db, principal.session);
        await audit.record(tx, principal, 'session.ended', `user:${principal.user.id}`);
      });
      auth.revocations.emit({ subject: 'session', id: principal.session });
    },

    /** Changes one's own password; every session ends, and a new one starts for the caller. */
    async changePassword(principal: PersonPrincipal, current: string, password: string, address: string): Promise<SignedIn> {
      const checked = await auth.signIn.check(principal.user.email, current, address);
      const passwordHash = await hashPassword(password);
      const signedIn = await store.transaction(async (tx) => {
        const now = await auth.repository.userById(tx.db, principal.user.id);
        if (!now || now.user.disabled || now.passwordHash !== checked.passwordHash) throw new ApiError('unauthorised', 401, 'Sign in first.');
        await repository.setPassword(tx.db, principal.user.id, passwordHash);
        await auth.repository.deleteSessionsOf(tx.db, principal.user.id);
        return begin(tx, now.user, 'password.changed');
      });
      auth.revocations.emit({ subject: 'user', id: principal.user.id });
      return signedIn;
    },

    /** Who this is and what they may do, for the console. */
    async me(principal: Principal): Promise<Me> {
      const role = roleOf(principal);
      if (role === null) throw new ApiError('unauthorised', 401, 'Sign in first.');
      const seen = principal.kind === 'person' ? principal.user.sites : principal.kind === 'wall' ? [principal.wall.site] : [];
      const list = await sites.list(seen ?? undefined);
      return {
        user: principal.kind === 'person' ? principal.user : null, role, permissions: [...ROLE_PERMISSIONS[role]],
        sites: list.map(({ id, name, timezone }) => ({ id, name, timezone })),
      };
    },

    /** Users that `by` may manage: everybody, or those within their own sites. */
    async list(by: PersonPrincipal): Promise<User[]> {
      return (await store.read((db) => repository.list(db))).filter((user) => withinSites(by.user.sites, user.sites));
    },

    async create(by: PersonPrincipal, input: Static<typeof NewUser>): Promise<User> {
      const passwordHash = await hashPassword(input.password);
      const email = normalEmail(input.email);
      return store.transaction(async (tx) => {
        await demandSites(tx, by, input.sites);
        if (await auth.repository.userByEmail(tx.db, email)) throw conflict('Somebody has this email already.');
        const user: User = { id: ulid().toLowerCase(), email, name: input.name, role: input.role, locale: input.locale ?? 'ru', sites: input.sites, disabled: false };
        await auth.repository.insertUser(tx.db, { ...user, passwordHash, createdAt: clock() });
        await audit.record(tx, by, 'user.created', `user:${user.id}`, { email, role: user.role, sites: user.sites });
        return user;
      });
    },

    /** Changes a user. New rights or a new password end their sessions at once. @throws ApiError */
    async update(by: PersonPrincipal, id: string, { password, ...patch }: Static<typeof UserPatch>): Promise<User> {
      const passwordHash = password === undefined ? undefined : await hashPassword(password);
      const { user, ended } = await store.transaction(async (tx) => {
        const all = await repository.list(tx.db);
        const before = all.find((one) => one.id === id);
        if (!before || !withinSites(by.user.sites, before.sites)) throw notFound('user');
        const after: User = { ...before, ...patch };
        if (patch.sites !== undefined) await demandSites(tx, by, patch.sites);
        if (losesLastAdministrator(all, after)) throw conflict('This is the last administrator of all sites. Make another one first.');
        await repository.update(tx.db, after, passwordHash);
        const ends = endsSessions(before, after, passwordHash !== undefined);
        if (ends) await auth.repository.deleteSessionsOf(tx.db, id);
        await audit.record(tx, by, 'user.updated', `user:${id}`, { ...patch, ...(passwordHash === undefined ? {} : { password: 'changed' }) });
        return { user: after, ended: ends };
      });
      if (ended) auth.revocations.emit({ subject: 'user', id });
      return user;
    },
  };
}
