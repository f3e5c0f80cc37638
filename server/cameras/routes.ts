import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { CameraChoices, CameraRegister, CameraSetup, CameraSign, CameraSource, DeviceCameraSetup, Id, NewCameraSource, Problem, StaffAnalysis, type Profile } from '../../contract/index.ts';
import { deviceOf, personOf, principalOf, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, invalid, rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Register } from './register.ts';
import { expectedVersion } from './rules.ts';
import type { Setups } from './setups.ts';
import type { Sources } from './sources.ts';

export interface CamerasRoutesDeps { store: Store; clock: Clock; auth: Auth; profile: Profile; setups: Setups; sources: Sources; register: Register }

const CameraParams = Type.Object({ camera: Id });
const SiteParams = Type.Object({ site: Id });
const Minutes = Type.Object({ minutes: Type.Integer({ minimum: 1, maximum: 30 }) }, { additionalProperties: false });
const tags = ['cameras'];
const person = [{ session: [] }];
const device = [{ device: [] }];
/** Changes that a camera's own page may make within a minute. */
const OWN_PER_MINUTE = 30;
const VERSIONED = 'The answer\'s `etag` is the version. Send it back as `if-match`; without one the camera must not be set up yet. 409 when somebody was quicker.';

const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;

/** @throws ApiError `invalid` for a header that is no version */
function expected(request: FastifyRequest): number {
  const version = expectedVersion(request.headers['if-match']);
  if (version === undefined) throw invalid('/if-match', 'must be the version that the set-up had, like "3"');
  return version;
}

const tagged = (reply: FastifyReply, setup: CameraSetup): CameraSetup => {
  reply.header('etag', `"${setup.version}"`);
  return setup;
};

/** How cameras are set up, where IP cameras are, and who has to know of them. */
export function camerasRoutes(app: HttpApp, { store, clock, auth, profile, setups, sources, register }: CamerasRoutesDeps): void {
  const manage = auth.requirePermission('devices.manage');
  const ownChanges = rateLimit(store, 'camera setup', OWN_PER_MINUTE, 60_000, clock);
  const answers = { 200: CameraSetup, 403: Problem, 404: Problem };

  app.get('/api/v1/cameras/:camera/setup', {
    onRequest: auth.requirePermission('devices.read'),
    schema: { tags, security: person, summary: 'How a camera is set up', description: 'Version 0: nobody has set it up, and nothing is analysed.', params: CameraParams, response: answers },
  }, async (request, reply) => tagged(reply, await setups.get(principalOf(request), request.params.camera)));

  app.put('/api/v1/cameras/:camera/setup', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'Set a camera up', description: VERSIONED, params: CameraParams, body: CameraChoices, response: { ...answers, 409: Problem, 422: Problem } },
  }, async (request, reply) => tagged(reply, await setups.put(principalOf(request), request.params.camera, request.body, expected(request))));

  app.post('/api/v1/cameras/:camera/setup/open', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'Let the camera\'s own page set it up, for 30 minutes at most', params: CameraParams, body: Minutes, response: { ...answers, 422: Problem } },
  }, async (request, reply) => tagged(reply, await setups.open(principalOf(request), request.params.camera, request.body.minutes)));

  app.post('/api/v1/cameras/:camera/setup/close', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'Let the camera\'s own page set it up no longer', params: CameraParams, response: answers },
  }, async (request, reply) => tagged(reply, await setups.open(principalOf(request), request.params.camera, null)));

  const ownDevice = (request: FastifyRequest) => ({ kind: 'device', device: deviceOf(request) }) as const;
  app.get('/api/v1/device/camera-setup', {
    onRequest: auth.requireDevice,
    schema: { tags, security: device, summary: 'A camera\'s own set-up, while its page may change it', description: '403 `setup_closed` at other times.', response: { 200: DeviceCameraSetup, 403: Problem } },
  }, async (request, reply) => {
    const own = await setups.getOwn(ownDevice(request));
    tagged(reply, own.setup);
    return own;
  });

  app.put('/api/v1/device/camera-setup', {
    onRequest: auth.requireDevice,
    schema: { tags, security: device, summary: 'Set this camera up from its own page', description: VERSIONED, body: CameraChoices, response: { 200: CameraSetup, 403: Problem, 409: Problem, 422: Problem } },
  }, async (request, reply) => {
    const by = ownDevice(request);
    const wait = await ownChanges.take(by.device.id);
    if (wait > 0) throw rateLimited(wait);
    return tagged(reply, await setups.putOwn(by, request.body, expected(request)));
  });

  app.get('/api/v1/cameras/:camera/source', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'The address of an IP camera, without what is secret', params: CameraParams, response: { 200: CameraSource, 404: Problem } },
  }, async (request) => sources.get(principalOf(request), request.params.camera));

  app.put('/api/v1/cameras/:camera/source', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'Say where an IP camera is', description: 'RTSP with user and password; kept sealed and never shown again. A vision node fetches it from then on.', params: CameraParams, body: NewCameraSource, response: { 200: CameraSource, 404: Problem, 409: Problem, 422: Problem } },
  }, async (request) => sources.put(principalOf(request), request.params.camera, request.body.url));

  app.delete('/api/v1/cameras/:camera/source', {
    onRequest: manage,
    schema: { tags, security: person, summary: 'Fetch an IP camera no longer', params: CameraParams },
  }, async (request, reply) => {
    await sources.delete(principalOf(request), request.params.camera);
    return reply.code(204).send();
  });

  app.put('/api/v1/cameras/:camera/staff-analysis', {
    async onRequest(request) {
      await manage(request);
      // Before anything that was sent is looked at: in this profile there is nothing to ask for.
      if (profile === 'eu') throw new ApiError('not_in_this_profile', 403, 'Analysis of staff does not exist in the EU profile (Regulation (EU) 2024/1689, Art. 5(1)(f)).');
    },
    schema: { tags, security: person, summary: 'Read staff too: administrators, with a legal basis, outside the EU profile', params: CameraParams, body: StaffAnalysis, response: { ...answers, 422: Problem } },
  }, async (request, reply) => tagged(reply, await setups.setStaffAnalysis(personOf(request), request.params.camera, request.body)));

  const read = auth.requirePermission('cameras.read', siteOf);
  app.get('/api/v1/sites/:site/cameras/register', {
    onRequest: read,
    schema: { tags, security: person, summary: 'Register of cameras: what each watches for, who decided it and when', params: SiteParams, response: { 200: CameraRegister, 404: Problem } },
  }, async (request) => register.get(request.params.site));

  app.get('/api/v1/sites/:site/cameras/register.csv', {
    onRequest: read,
    schema: { tags, security: person, summary: 'The register of cameras as a table (RFC 4180, UTF-8)', params: SiteParams, response: { 200: { content: { 'text/csv': { schema: Type.String() } } } } },
  }, async (request, reply) => {
    const site = siteOf(request);
    const csv = await register.csv(site);
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="cameras_${site}_${new Date(clock()).toISOString().slice(0, 10)}.csv"`).send(csv);
  });

  app.get('/api/v1/sites/:site/cameras/sign', {
    onRequest: read,
    schema: { tags, security: person, summary: 'What the notice at the entrance has to say', params: SiteParams, response: { 200: CameraSign, 404: Problem } },
  }, async (request) => register.sign(request.params.site));
}
