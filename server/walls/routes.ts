import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Id, NewWall, Wall, WallSession, WallSignIn, WallWithToken } from '../../contract/index.ts';
import { principalOf, setCookie, WALL_COOKIE, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Walls } from './walls.ts';

const SiteParams = Type.Object({ site: Id });
const WallParams = Type.Object({ wall: Id });
/** Browsers keep a cookie no longer than 400 days; a screen renews it each time it starts. */
const COOKIE_MS = 400 * 24 * 3600_000;
const SIGN_INS_PER_MINUTE = 60;
const tags = ['walls'];

export function wallsRoutes(app: HttpApp, { store, auth, walls, clock }: { store: Store; auth: Auth; walls: Walls; clock: Clock }): void {
  const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;
  const signIns = rateLimit(store, 'wall', SIGN_INS_PER_MINUTE, 60_000, clock);

  app.get('/api/v1/sites/:site/walls', {
    onRequest: auth.requirePermission('devices.read', siteOf),
    schema: { tags, summary: 'Screens of a site', security: [{ session: [] }], params: SiteParams, response: { 200: Type.Object({ walls: Type.Array(Wall) }) } },
  }, async (request) => ({ walls: await walls.ofSite(request.params.site) }));

  app.post('/api/v1/sites/:site/walls', {
    onRequest: auth.requirePermission('devices.manage', siteOf),
    schema: { tags, summary: 'Add a screen; its token is shown this once', security: [{ session: [] }], params: SiteParams, body: NewWall, response: { 201: WallWithToken } },
  }, async (request, reply) => reply.code(201).send(await walls.create(principalOf(request), request.params.site, request.body.name)));

  app.post('/api/v1/walls/:wall/revoke', {
    onRequest: auth.requirePermission('devices.manage'),
    schema: { tags, summary: 'Take a screen back at once', security: [{ session: [] }], params: WallParams, response: { 200: Wall } },
  }, async (request) => walls.revoke(principalOf(request), request.params.wall));

  app.post('/api/v1/walls/:wall/session', {
    schema: { tags, summary: 'Open a screen with its token; the answer sets its cookie', params: WallParams, body: WallSignIn, response: { 200: WallSession } },
  }, async (request, reply) => {
    const wait = await signIns.take(request.ip);
    if (wait > 0) throw rateLimited(wait);
    const { wall, site, cookie } = await walls.signIn(request.params.wall, request.body.token);
    setCookie(request, reply, WALL_COOKIE, cookie, COOKIE_MS);
    return { wall, site };
  });
}
