import { Type } from 'typebox';
import { Id } from '../../contract/index.ts';
import type { Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import type { HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { MEDIA_PATH } from './gate.ts';
import type { Media } from './media.ts';
import { whipRoutes } from './whip.ts';

export interface MediaRoutesDeps {
  store: Store;
  media: Media;
  clock: Clock;
  auth: Pick<Auth, 'requirePermission'>;
}

const tags = ['cameras'];

/** WHIP for cameras that have no page of ours, the list of a site's cameras, and long polling of the signalling. */
export async function mediaRoutes(app: HttpApp, deps: MediaRoutesDeps): Promise<void> {
  const { media } = deps;

  // An HTTP server waits for its connections before it is closed: the signalling's must be gone by then.
  app.addHook('preClose', () => media.close());

  app.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: `${MEDIA_PATH}*`,
    schema: { hide: true },
    onRequest: (request, reply) => {
      reply.hijack();
      media.handleRequest(request.raw, reply.raw);
    },
    handler: () => undefined,
  });

  app.get('/api/v1/sites/:site/cameras', {
    onRequest: deps.auth.requirePermission('cameras.read', (request) => (request.params as { site: string }).site),
    schema: { tags, summary: 'Cameras of a site and how they do', security: [{ session: [] }], params: Type.Object({ site: Id }) },
  }, async (request) => ({ cameras: await media.cameraStates(request.params.site) }));

  await app.register((child) => whipRoutes(child, deps));
}
