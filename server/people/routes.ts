import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Id, Me, NewUser, PasswordChange, Setup, SetupState, SignIn, User, UserPatch } from '../../contract/index.ts';
import { clearCookie, cookiesOf, personOf, principalOf, SESSION_COOKIE, SESSION_MS, setCookie, WALL_COOKIE, type Auth } from '../core/auth/index.ts';
import { rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import type { People, SignedIn } from './people.ts';

const MINUTE = 60_000;
/** Password hashing is costly on purpose; one address gets no more of it than this. */
const PASSWORD_CALLS_PER_MINUTE = 60;

export function peopleRoutes(app: HttpApp, { store, auth, people, clock }: { store: Store; auth: Auth; people: People; clock: Clock }): void {
  const manage = auth.requirePermission('users.manage');
  const calls = rateLimit(store, 'password', PASSWORD_CALLS_PER_MINUTE, MINUTE, clock);
  const limitCalls = async (request: FastifyRequest): Promise<void> => {
    const wait = await calls.take(request.ip);
    if (wait > 0) throw rateLimited(wait);
  };
  async function signedIn(request: FastifyRequest, reply: FastifyReply, { user, token }: SignedIn): Promise<Me> {
    setCookie(request, reply, SESSION_COOKIE, token, SESSION_MS);
    return people.me({ kind: 'person', user, session: '' });
  }

  app.get('/api/v1/setup', {
    schema: { tags: ['people'], summary: 'Whether the first administrator has still to be made', response: { 200: SetupState } },
  }, async () => ({ needed: await people.setupNeeded() }));

  app.post('/api/v1/setup', {
    schema: { tags: ['people'], summary: 'Make the first administrator with the printed token, and sign in', body: Setup, response: { 201: Me } },
  }, async (request, reply) => {
    await limitCalls(request);
    const me = await signedIn(request, reply, await people.setup(request.body));
    return reply.code(201).send(me);
  });

  app.post('/api/v1/session', {
    schema: { tags: ['people'], summary: 'Sign in; the answer sets the session cookie', body: SignIn, response: { 200: Me } },
  }, async (request, reply) => {
    await limitCalls(request);
    return signedIn(request, reply, await people.signIn(request.body.email, request.body.password, request.ip));
  });

  app.get('/api/v1/session', {
    onRequest: auth.requireAny,
    schema: { tags: ['people'], summary: 'Who is signed in and what they may do', security: [{ session: [] }], response: { 200: Me } },
  }, async (request, reply) => {
    const principal = principalOf(request);
    const token = cookiesOf(request.headers.cookie)[SESSION_COOKIE];
    // The browser's copy of the cookie lives on as the session does.
    if (principal.kind === 'person' && token !== undefined) setCookie(request, reply, SESSION_COOKIE, token, SESSION_MS);
    return people.me(principal);
  });

  app.delete('/api/v1/session', {
    onRequest: auth.requireAny,
    schema: { tags: ['people'], summary: 'Sign out', security: [{ session: [] }] },
  }, async (request, reply) => {
    const principal = principalOf(request);
    if (principal.kind === 'person') await people.signOut(principal);
    clearCookie(request, reply, principal.kind === 'wall' ? WALL_COOKIE : SESSION_COOKIE);
    return reply.code(204).send();
  });

  app.post('/api/v1/session/password', {
    onRequest: auth.requirePerson,
    schema: { tags: ['people'], summary: 'Change your own password; other sessions end', security: [{ session: [] }], body: PasswordChange },
  }, async (request, reply) => {
    await limitCalls(request);
    await signedIn(request, reply, await people.changePassword(personOf(request), request.body.current, request.body.password, request.ip));
    return reply.code(204).send();
  });

  app.get('/api/v1/users', {
    onRequest: manage,
    schema: { tags: ['people'], summary: 'Users', security: [{ session: [] }], response: { 200: Type.Object({ users: Type.Array(User) }) } },
  }, async (request) => ({ users: await people.list(personOf(request)) }));

  app.post('/api/v1/users', {
    onRequest: manage,
    schema: { tags: ['people'], summary: 'Add a user', security: [{ session: [] }], body: NewUser, response: { 201: User } },
  }, async (request, reply) => {
    await limitCalls(request);
    return reply.code(201).send(await people.create(personOf(request), request.body));
  });

  app.patch('/api/v1/users/:user', {
    onRequest: manage,
    schema: { tags: ['people'], summary: 'Change a user; new rights end their sessions', security: [{ session: [] }], params: Type.Object({ user: Id }), body: UserPatch, response: { 200: User } },
  }, async (request) => {
    await limitCalls(request);
    return people.update(personOf(request), request.params.user, request.body);
  });
}
