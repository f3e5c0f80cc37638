import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Device, DeviceMute, DevicePatch, DeviceSelf, DeviceWithToken, Heartbeat, HeartbeatReply, Id, NewDevice } from '../../contract/index.ts';
import { deviceOf, personOf, principalOf, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import type { HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Devices } from './devices.ts';
import { pairingRoutes } from './pairing-routes.ts';

const SiteParams = Type.Object({ site: Id });
const DeviceParams = Type.Object({ device: Id });
const tags = ['devices'];
const security = [{ device: [] }];

export function devicesRoutes(app: HttpApp, { store, auth, devices, clock }: { store: Store; auth: Auth; devices: Devices; clock: Clock }): void {
  const siteOf = (request: FastifyRequest): string => (request.params as { site: string }).site;
  pairingRoutes(app, { store, auth, pairings: devices.pairings, clock });

  app.get('/api/v1/sites/:site/devices', {
    onRequest: auth.requirePermission('devices.read', siteOf),
    schema: { tags, summary: 'Devices of a site', security: [{ session: [] }], params: SiteParams, response: { 200: Type.Object({ devices: Type.Array(Device) }) } },
  }, async (request) => ({ devices: await devices.ofSite(request.params.site) }));

  app.post('/api/v1/sites/:site/devices', {
    onRequest: auth.requirePermission('devices.manage', siteOf),
    schema: { tags, summary: 'Add a device without pairing; its token is shown this once', security: [{ session: [] }], params: SiteParams, body: NewDevice, response: { 201: DeviceWithToken } },
  }, async (request, reply) => reply.code(201).send(await devices.create(principalOf(request), request.params.site, request.body)));

  app.patch('/api/v1/devices/:device', {
    onRequest: auth.requirePermission('devices.manage'),
    schema: { tags, summary: 'Rename a device or move it to another touchpoint', security: [{ session: [] }], params: DeviceParams, body: DevicePatch, response: { 200: Device } },
  }, async (request) => devices.update(principalOf(request), request.params.device, request.body));

  app.post('/api/v1/devices/:device/revoke', {
    onRequest: auth.requirePermission('devices.manage'),
    schema: { tags, summary: 'End a device\'s access at once', security: [{ session: [] }], params: DeviceParams, response: { 200: Device } },
  }, async (request) => devices.revoke(principalOf(request), request.params.device));

  app.put('/api/v1/devices/:device/mute', {
    onRequest: auth.requirePermission('alerts.handle'),
    schema: { tags, summary: 'Hold back what is told about a device while somebody works on it', description: 'At most 24 hours; `until` null ends it. Needs `alerts.handle`, since whoever is on the floor cleans the button.', security: [{ session: [] }], params: DeviceParams, body: DeviceMute, response: { 200: Device } },
  }, async (request) => devices.mute(personOf(request), request.params.device, request.body));

  app.get('/api/v1/devices/me', {
    onRequest: auth.requireDevice,
    schema: { tags, summary: 'What a device learns about itself', security, response: { 200: DeviceSelf } },
  }, async (request) => devices.self(deviceOf(request)));

  app.post('/api/v1/devices/me/heartbeat', {
    onRequest: auth.requireDevice,
    schema: { tags, summary: 'A device says that it is there', security, body: Heartbeat, response: { 200: HeartbeatReply } },
  }, async (request) => devices.heartbeat(deviceOf(request), request.body));
}
