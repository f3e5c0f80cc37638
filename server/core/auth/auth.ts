import type { FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { ulid } from 'ulid';
import type { Permission, User } from '../../../contract/index.ts';
import type { Clock } from '../clock.ts';
import { ApiError } from '../http/problem.ts';
import { ifWritable, type Store, type Transaction } from '../store/store.ts';
import { cookiesOf, SESSION_COOKIE } from './cookies.ts';
import { demand, personOf, sameRights, type DeviceIdentity, type DevicePrincipal, type PersonPrincipal, type Principal, type WallPrincipal } from './principal.ts';
import { authRepository } from './repository.ts';
import { createRevocations, type Revocations } from './revocations.ts';
import { normalEmail, SESSION_TOUCH_MS, staleSetupTokens } from './rules.ts';
import { hashPassword, newSecret, secretHash } from './secrets.ts';
import { createSignIn } from './signin.ts';

export interface AuthConfig { adminEmail: string | null; adminPassword: string | null }

/** What a bearer token turned out to be. */
export type BearerResult = { state: 'ok'; device: DeviceIdentity } | { state: 'revoked' } | { state: 'unknown' };
/** Finds who a cookie of this name stands for; given by the slice that made the cookie. */
type CookieReader = (value: string) => Promise<Principal | null>;
/** Finds those of the ids that hold no more; given by the slice that knows them. */
type RevokedIds = (ids: readonly string[]) => Promise<ReadonlySet<string>>;

export type AuthHook = (request: FastifyRequest) => Promise<void>;

export type Auth = ReturnType<typeof createAuth>;

const SECRET_SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** Sessions of people, and who a request comes from. Slices add how walls and devices are known. */
export function createAuth({ store, clock, config, revocations = createRevocations() }: { store: Store; clock: Clock; config: AuthConfig; revocations?: Revocations }) {
  const repository = authRepository(store);
  const signIn = createSignIn({ store, repository, clock });
  const cookieReaders: { name: string; read: CookieReader }[] = [{ name: SESSION_COOKIE, read: readSession }];
  const revokedIds: Partial<Record<'wall' | 'device', RevokedIds>> = {};
  let readBearer: ((token: string) => Promise<BearerResult>) | undefined;

  async function readSession(token: string): Promise<Principal | null> {
    if (!SECRET_SHAPE.test(token)) return null;
    const session = secretHash(token);
    const now = clock();
    const found = await store.read((db) => repository.session(db, session, now));
    if (!found) return null;
    if (now - found.lastSeen >= SESSION_TOUCH_MS) await ifWritable(store.transaction(({ db }) => repository.touchSession(db, session, now), `session ${session}`));
    return { kind: 'person', user: found.user, session };
  }

  /** Who the cookies belong to: a person before a wall. Takes any request's headers, also a WebSocket upgrade's. */
  async function authenticateCookie(headers: IncomingHttpHeaders): Promise<Principal | null> {
    const cookies = cookiesOf(headers.cookie);
    for (const { name, read } of cookieReaders) {
      const value = cookies[name];
      const principal = value === undefined ? null : await read(value);
      if (principal) return principal;
    }
    return null;
  }

  /** @throws ApiError `device_revoked` or `unauthorised` for a token that opens nothing (any more). */
  async function authenticateBearer(token: string): Promise<Principal> {
    const result = await readBearer?.(token) ?? { state: 'unknown' };
    if (result.state === 'ok') return { kind: 'device', device: result.device };
    if (result.state === 'revoked') throw new ApiError('device_revoked', 401, 'This device was revoked. Pair it again.');
    throw new ApiError('unauthorised', 401, 'This token is unknown. Pair the device again.');
  }

  /**
   * Who asks, by bearer token or else by cookie; null for nobody.
   * @throws ApiError `unauthorised` or `device_revoked` for a bearer token that opens nothing.
   */
  async function authenticate(headers: IncomingHttpHeaders): Promise<Principal | null> {
    if (headers.authorization === undefined) return authenticateCookie(headers);
    const token = /^Bearer +([\x21-\x7e]{1,256})$/i.exec(headers.authorization)?.[1];
    if (token === undefined) throw new ApiError('unauthorised', 401, 'Send the device\'s token as "Authorization: Bearer <token>".');
    return authenticateBearer(token);
  }

  /** Route hook (`onRequest`): anyone who is known. */
  const requireAny: AuthHook = async (request) => {
    request.principal = await authenticate(request.headers);
    if (!request.principal) throw new ApiError('unauthorised', 401, 'Sign in first.');
  };
  /** Route hook (`onRequest`): a person who signed in. */
  const requirePerson: AuthHook = async (request) => {
    await requireAny(request);
    personOf(request);
  };
  /** Route hook (`onRequest`): a paired device. */
  const requireDevice: AuthHook = async (request) => {
    if (request.headers.authorization === undefined) throw new ApiError('unauthorised', 401, 'Send the device\'s token as "Authorization: Bearer <token>".');
    request.principal = await authenticate(request.headers);
  };
  /** Route hook (`onRequest`): somebody with the permission, at the site that `siteOf` reads from the request if given. */
  const requirePermission = (permission: Permission, siteOf?: (request: FastifyRequest) => string): AuthHook => async (request) => {
    await requireAny(request);
    demand(request.principal!, permission, siteOf?.(request));
  };

  /**
   * Those of the principals that hold no longer, by what the store says now: sessions that ended, users that were
   * disabled or got other rights, walls and devices that were taken back. A few queries, however many there are. It is
   * the net below the notices of revocations, which can be lost between hubs. @throws StoreUnavailable
   */
  async function findRevoked<P extends Principal>(principals: readonly P[]): Promise<P[]> {
    const people = principals.filter((one): one is P & PersonPrincipal => one.kind === 'person');
    const walls = principals.filter((one): one is P & WallPrincipal => one.kind === 'wall');
    const devices = principals.filter((one): one is P & DevicePrincipal => one.kind === 'device');
    const users = await store.read((db) => repository.usersOfSessions(db, [...new Set(people.map(({ session }) => session))], clock()));
    const gone = async (kind: 'wall' | 'device', ids: string[]): Promise<ReadonlySet<string>> => (ids.length === 0 ? new Set<string>() : await revokedIds[kind]?.([...new Set(ids)]) ?? new Set<string>());
    const goneWalls = await gone('wall', walls.map(({ wall }) => wall.id));
    const goneDevices = await gone('device', devices.map(({ device }) => device.id));
    return [
      ...people.filter(({ session, user }) => { const now = users.get(session); return !now || !sameRights(user, now); }),
      ...walls.filter(({ wall }) => goneWalls.has(wall.id)), ...devices.filter(({ device }) => goneDevices.has(device.id)),
    ];
  }

  /** Starts a session and resolves to the cookie's token, which is kept nowhere. */
  async function startSession(tx: Transaction, user: User): Promise<string> {
    const token = newSecret();
    await repository.insertSession(tx.db, secretHash(token), user.id, clock());
    return token;
  }

  /**
   * Makes the first administrator from the configuration, or a new setup token when nobody exists yet. On a store of
   * this hub's own, earlier tokens stop working. Where several hubs start side by side each has a token of its own, so
   * that none takes back the link that another has just printed; the first one used ends them all. The token is for the
   * operator's eyes: print it, never log it.
   */
  async function ensureFirstAdministrator(): Promise<{ setupToken?: string }> {
    // Looked at first, since hashing a password takes a moment at every start.
    if (await store.read((db) => repository.userCount(db)) > 0) return {};
    const { adminEmail, adminPassword } = config;
    const passwordHash = adminEmail !== null && adminPassword !== null ? await hashPassword(adminPassword) : null;
    const setupToken = newSecret();
    return store.transaction(async ({ db }) => {
      if (await repository.userCount(db) > 0) return {};
      if (adminEmail !== null && passwordHash !== null) {
        const email = normalEmail(adminEmail);
        await repository.insertUser(db, { id: ulid().toLowerCase(), email, name: email.split('@')[0]!, role: 'administrator', locale: 'ru', sites: null, passwordHash, createdAt: clock() });
        return {};
      }
      const now = clock();
      await repository.deleteSetupTokens(db, staleSetupTokens(await repository.setupTokens(db), store.shared, now).map(({ id }) => id));
      await repository.addSetupToken(db, { id: ulid().toLowerCase(), tokenHash: secretHash(setupToken), createdAt: now });
      return { setupToken };
    });
  }

  return {
    repository, revocations, signIn, startSession, ensureFirstAdministrator,
    authenticate, authenticateCookie, findRevoked, requireAny, requirePerson, requireDevice, requirePermission,
    /** A further cookie that tells who asks. Order is precedence. */
    addCookie(name: string, read: CookieReader): void { cookieReaders.push({ name, read }); },
    /** Tells which walls or devices hold no more. */
    setRevokedIds(kind: 'wall' | 'device', find: RevokedIds): void { revokedIds[kind] = find; },
    setBearer(read: (token: string) => Promise<BearerResult>): void { readBearer = read; },
  };
}
