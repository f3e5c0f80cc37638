import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';

let several: Awaited<ReturnType<typeof startHubs>>;
let one: TestHub;
let two: TestHub;
let admin: string;
beforeEach(async () => {
  several = await startHubs(2);
  [one, two] = several.hubs as [TestHub, TestHub];
  admin = (await one.person('administrator')).cookie;
  await one.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
  for (const id of ['till-1', 'till-2']) await one.call('POST', '/api/v1/sites/shop/touchpoints', { cookie: admin, body: { id, name: id } });
  await several.links.settled();
});
afterEach(() => several.close());

interface Made { device: { id: string }; token: string }
const make = async (): Promise<Made> => (await one.call('POST', '/api/v1/sites/shop/devices', { cookie: admin, body: { kind: 'button', name: 'Button', touchpoint: 'till-1' } })).body as unknown as Made;
const types = (): string[] => one.committed.map(({ type }) => type);

describe('a device on several hubs', () => {
  it('is refused by every hub as soon as one revoked it, also by one that has just let it in', async () => {
    const { device, token } = await make();
    expect(await two.devices.authenticate(token)).toMatchObject({ id: device.id });
    await one.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin });
    await expect.poll(async () => two.devices.authenticate(token)).toBeNull();
  });

  it('is refused a few seconds later when word of it was lost', async () => {
    const { device, token } = await make();
    await several.links.settled();
    await two.devices.authenticate(token);
    several.links.setLive(false);
    await one.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin });
    expect(await one.devices.authenticate(token)).toBeNull();
    expect(await two.devices.authenticate(token)).toMatchObject({ id: device.id });
    two.advance(5_000);
    expect(await two.devices.authenticate(token)).toBeNull();
  });

  it('stands at its new touchpoint on every hub at once', async () => {
    const { device, token } = await make();
    expect(await two.devices.authenticate(token)).toMatchObject({ touchpoint: 'till-1' });
    await one.call('PATCH', `/api/v1/devices/${device.id}`, { cookie: admin, body: { touchpoint: 'till-2' } });
    expect(await one.devices.authenticate(token)).toMatchObject({ touchpoint: 'till-2' });
    await expect.poll(async () => (await two.devices.authenticate(token))?.touchpoint).toBe('till-2');
  });

  it('pairs through any hub, and takes its token once', async () => {
    const { code, secret } = (await one.call('POST', '/api/v1/pairings', { body: { kind: 'button' } })).body as unknown as { code: string; secret: string };
    expect((await two.call('POST', `/api/v1/pairings/${code}/token`, { body: { secret } })).body).toMatchObject({ state: 'pending' });
    expect((await two.call('POST', `/api/v1/pairings/${code}/confirm`, { cookie: admin, body: { site: 'shop', name: 'Door' } })).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => [one, two][i % 2]!.call('POST', `/api/v1/pairings/${code}/token`, { body: { secret } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    const { token } = answers.find(({ status }) => status === 200)!.body as unknown as { token: string };
    for (const hub of several.hubs) expect((await hub.call('GET', '/api/v1/devices/me', { token })).status).toBe(200);
  });

  it('opens pairings from one address up to one limit for all hubs', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, (_, i) => [one, two][i % 2]!.call('POST', '/api/v1/pairings', { body: { kind: 'button' }, ip: '10.0.0.1' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
  });
});

describe('presence over several hubs', () => {
  it('tells once of a device that both hubs hear, and of its silence once', async () => {
    const { device, token } = await make();
    for (const hub of several.hubs) await hub.call('GET', '/api/v1/devices/me', { token });
    await Promise.all(several.hubs.map((hub) => hub.devices.sweep()));
    expect(types()).toEqual(['device.seen']);
    one.advance(LIMITS.deviceSilentMs);
    await Promise.all(several.hubs.map((hub) => hub.devices.sweep()));
    await Promise.all(several.hubs.map((hub) => hub.devices.sweep()));
    expect(types()).toEqual(['device.seen', 'device.silent']);
    expect(await two.devices.find(device.id)).toMatchObject({ silent: true });
  });

  it('calls no device silent that another hub hears', async () => {
    const { device, token } = await make();
    for (let i = 0; i < 30; i++) {
      await one.call('GET', '/api/v1/devices/me', { token });
      await one.devices.sweep();
      one.advance(10_000);
      await two.devices.sweep();
    }
    expect(types()).toEqual(['device.seen']);
    const { devices } = (await two.call('GET', '/api/v1/sites/shop/devices', { cookie: admin })).body as unknown as { devices: { id: string; online: boolean }[] };
    expect(devices).toMatchObject([{ id: device.id, online: true }]);
  });

  it('does not call a device back by a word that is as old as its silence', async () => {
    const { token } = await make();
    await one.call('GET', '/api/v1/devices/me', { token });
    await one.devices.sweep();
    // The second hub hears it, but cannot write it down for as long as the device then stays silent.
    one.advance(10_000);
    await two.call('GET', '/api/v1/devices/me', { token });
    one.advance(LIMITS.deviceSilentMs);
    await one.devices.sweep();
    await two.devices.sweep();
    await one.devices.sweep();
    expect(types()).toEqual(['device.seen', 'device.silent']);
  });

  it('corrects times by what another hub measured, until it has measured itself', async () => {
    const { device, token } = await make();
    await one.call('POST', '/api/v1/devices/me/heartbeat', { token, body: { sentAt: one.clock() - 3_600_000 } });
    await one.devices.sweep();
    await two.call('GET', '/api/v1/devices/me', { token });
    expect(two.devices.clockOffset(device.id)).toBe(3_600_000);
  });
});

describe('the token of vision nodes', () => {
  const configured = 'a-token-that-several-hubs-share-0123456789/+=';

  it('opens every hub that was given it, whatever its form', async () => {
    for (const hub of several.hubs) expect((await hub.devices.ensureVisionDevice(configured)).token).toBe(configured);
    for (const hub of several.hubs) {
      expect(await hub.devices.authenticate(configured)).toMatchObject({ id: 'vision', kind: 'vision', site: null });
      for (const wrong of [`${configured}x`, configured.slice(1), configured.toUpperCase(), '']) expect(await hub.devices.authenticate(wrong)).toBeNull();
    }
  });

  it('is a hub\'s own without a configured one', async () => {
    const { token } = await one.devices.ensureVisionDevice(null);
    await two.devices.ensureVisionDevice(null);
    expect(await one.devices.authenticate(token)).not.toBeNull();
    expect(await two.devices.authenticate(token)).toBeNull();
  });

  it('must be long enough and fit a header', async () => {
    for (const bad of ['', 'x'.repeat(31), 'x'.repeat(201), `${'x'.repeat(32)} `, `${'x'.repeat(32)}\n`, 'ключ'.repeat(10)]) await expect(one.devices.ensureVisionDevice(bad)).rejects.toThrow('32 to 200');
  });
});

describe('a site on several hubs', () => {
  it('has its new names on every hub at once, and after word was lost, when other hubs are heard again', async () => {
    const told: string[] = [];
    two.sites.onSiteChanged((site) => told.push(site));
    expect((await two.sites.get('shop'))?.name).toBe('Shop');
    await one.call('PATCH', '/api/v1/sites/shop', { cookie: admin, body: { name: 'Market' } });
    await expect.poll(() => told).toEqual(['shop']);
    expect((await two.sites.get('shop'))?.name).toBe('Market');

    several.links.setLive(false);
    await one.call('PATCH', '/api/v1/sites/shop', { cookie: admin, body: { name: 'Bazaar' } });
    expect((await two.sites.get('shop'))?.name).toBe('Market');
    several.links.setLive(true);
    expect(told).toEqual(['shop', 'shop']);
    expect((await two.sites.get('shop'))?.name).toBe('Bazaar');
  });

  it('takes ids once when hubs add places at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => several.hubs[i % 2]!.call('POST', '/api/v1/sites/shop/touchpoints', { cookie: admin, body: { name: 'Door' } })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => (body as unknown as { id: string }).id)).size).toBe(10);
  });
});
