import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLOSE_CODES } from '../../contract/index.ts';
import { Fanout } from '../core/fanout/fanout.ts';
import { createLog } from '../core/log/log.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';
import { LiveClient } from '../testing/whole-hub.ts';
import { liveRoutes } from './routes.ts';

let several: Awaited<ReturnType<typeof startHubs>>;
let one: TestHub;
let two: TestHub;
let origin: string;
let errors: unknown[];
/** Runs between the look at a new socket's cookie and its opening. */
let meanwhile: () => Promise<unknown>;
beforeEach(async () => {
  several = await startHubs(2);
  [one, two] = several.hubs as [TestHub, TestHub];
  errors = [];
  meanwhile = async () => undefined;
  const auth: typeof two.auth = { ...two.auth, authenticateCookie: async (headers) => { const principal = await two.auth.authenticateCookie(headers); await meanwhile(); return principal; } };
  const onError = (error: unknown): void => { errors.push(error); };
  const fanout = new Fanout({ log: createLog(two.store), bus: two.bus, clock: two.clock, onError });
  const upgrade = await liveRoutes(two.app, { fanout, auth, clock: two.clock, hub: 'two', onError, siteExists: async () => false, isAllowedOrigin: () => true, busLive: () => two.bus.live });
  two.app.server.on('upgrade', upgrade);
  await two.app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(two.app.server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await several.close();
  expect(errors).toEqual([]);
});

const revoked = CLOSE_CODES.revoked.code;

describe('a live socket on another hub', () => {
  it('is closed at once when its session ends, its user loses rights or its wall is taken back', async () => {
    const { cookie: admin } = await one.person('administrator');
    const [anna, igor] = [await one.person('floor'), await one.person('floor')];
    await one.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
    const { wall, token } = (await one.call('POST', '/api/v1/sites/shop/walls', { cookie: admin, body: { name: 'W' } })).body as unknown as { wall: { id: string }; token: string };
    const sockets = [];
    for (const cookie of [anna.cookie, igor.cookie, `otklik_wall=${wall.id}.${token}`, admin]) sockets.push(await LiveClient.open(origin, cookie, []));
    for (const socket of sockets) await socket.until((message) => message.t === 'welcome');

    await one.call('DELETE', '/api/v1/session', { cookie: anna.cookie });
    await one.call('PATCH', `/api/v1/users/${igor.user.id}`, { cookie: admin, body: { sites: ['shop'] } });
    await one.call('POST', `/api/v1/walls/${wall.id}/revoke`, { cookie: admin });
    // Sooner than the store would be asked again.
    expect(await Promise.all(sockets.slice(0, 3).map((socket) => socket.ended(1_500)))).toEqual([revoked, revoked, revoked]);
    expect(sockets[3]!.closed).toBeUndefined();
    sockets[3]!.socket.terminate();
    await once(sockets[3]!.socket, 'close');
  });

  it('is closed when its session ended while it was being opened', async () => {
    const { cookie } = await one.person('floor');
    meanwhile = async () => {
      await one.call('DELETE', '/api/v1/session', { cookie });
      await several.links.settled();
    };
    const socket = await LiveClient.open(origin, cookie, []);
    expect(await socket.ended(1_500)).toBe(revoked);
  });

  it('is closed a few seconds later when word of it was lost', async () => {
    const { cookie: admin } = await one.person('administrator');
    const { user, cookie } = await one.person('floor');
    const [lost, kept] = [await LiveClient.open(origin, cookie, []), await LiveClient.open(origin, admin, [])];
    for (const socket of [lost, kept]) await socket.until((message) => message.t === 'welcome');
    several.links.setLive(false);
    await one.call('PATCH', `/api/v1/users/${user.id}`, { cookie: admin, body: { disabled: true } });
    expect(await lost.ended(6_000)).toBe(revoked);
    expect(kept.closed).toBeUndefined();
    kept.socket.terminate();
    await once(kept.socket, 'close');
  });
});
