import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Id, Problem, SceneReport, VisionSync, VisionSyncReply } from '../../contract/index.ts';
import { deviceOf, type Auth } from '../core/auth/index.ts';
import { ApiError, type HttpApp } from '../core/http/index.ts';
import type { Setups } from './setups.ts';
import type { Sync } from './sync.ts';

/** A node of a thousand cameras that serves and fetches them all. */
const SYNC_BYTES = 256 * 1024;
const tags = ['vision'];
const security = [{ device: [] }];

/** The token's device and site of the node that asks; `site` null for one of every site. @throws ApiError `forbidden` for a device that is no node */
function nodeOf(request: FastifyRequest): { id: string; site: string | null } {
  const { kind, id, site } = deviceOf(request);
  if (kind !== 'vision') throw new ApiError('forbidden', 403, 'Only a vision node may do this.');
  return { id, site };
}

/** What vision nodes ask for. */
export function visionRoutes(app: HttpApp, { auth, sync, setups }: { auth: Auth; sync: Sync; setups: Setups }): void {
  app.post('/api/v1/vision/sync', {
    onRequest: auth.requireDevice,
    bodyLimit: SYNC_BYTES,
    logLevel: 'warn',
    schema: { tags, security, summary: 'A vision node says what it holds and learns what changed', description: 'Every second, and when the hub hints. The answer holds the passwords of IP cameras.', body: VisionSync, response: { 200: VisionSyncReply, 401: Problem, 403: Problem } },
  }, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    return sync.answer(nodeOf(request), request.body);
  });

  app.post('/api/v1/vision/cameras/:camera/scene', {
    onRequest: auth.requireDevice,
    schema: { tags, security, summary: 'What the scene looked like when a camera\'s areas were drawn', description: 'The first word for each version of the set-up is kept. 409 when it has another version by now.', params: Type.Object({ camera: Id }), body: SceneReport },
  }, async (request, reply) => {
    await setups.keepScene(nodeOf(request).site, request.params.camera, request.body.version, request.body.scene);
    return reply.code(204).send();
  });
}
