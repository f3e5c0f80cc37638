import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { startHub, type TestHub } from '../testing/hub.ts';

let hub: TestHub;
let admin: string;
beforeEach(async () => {
  hub = await startHub();
  admin = (await hub.person('administrator')).cookie;
  await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'one', name: 'One', timezone: 'Europe/Moscow' } });
  await hub.call('POST', '/api/v1/sites/one/touchpoints', { cookie: admin, body: { id: 'till-1', name: 'Till 1' } });
});
afterEach(() => hub.close());

interface Made { device: { id: string }; token: string }
const make = async (kind = 'button'): Promise<Made> => (await hub.call('POST', '/api/v1/sites/one/devices', { cookie: admin, body: { kind, name: 'Button', touchpoint: 'till-1' } })).body as unknown as Made;
const listed = async (): Promise<Record<string, unknown>[]> => ((await hub.call('GET', '/api/v1/sites/one/devices', { cookie: admin })).body as unknown as { devices: Record<string, unknown>[] }).devices;
const types = (): string[] => hub.committed.map(({ type }) => type);

describe('devices', () => {
  it('knows a device by its token and tells it about itself', async () => {
    const { token, device } = await make();
    expect(token).toMatch(/^otk_[a-z0-9]+_[A-Za-z0-9_-]{43}$/);
    expect((await hub.call('GET', '/api/v1/devices/me', { token })).body).toMatchObject({ id: device.id, kind: 'button', site: { id: 'one', timezone: 'Europe/Moscow' }, touchpoint: { id: 'till-1', name: 'Till 1' }, now: hub.clock() });
    expect(JSON.stringify(await listed())).not.toContain(token.slice(-43));
  });

  it('answers 401 to tokens that open nothing', async () => {
    const { token, device } = await make();
    for (const bad of [`${token}x`, `otk_${device.id}_${'A'.repeat(43)}`, 'otk_nobody_' + 'A'.repeat(43), 'x', 'otk_vision_' + 'A'.repeat(43)]) {
      expect(await hub.call('GET', '/api/v1/devices/me', { token: bad })).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    }
    expect((await hub.call('GET', '/api/v1/devices/me')).status).toBe(401);
    expect((await hub.call('GET', '/api/v1/devices/me', { cookie: admin })).status).toBe(401);
  });

  it('refuses a token at once after it was revoked, also one that was just used, and tells sockets', async () => {
    const { token, device } = await make();
    expect((await hub.call('GET', '/api/v1/devices/me', { token })).status).toBe(200);
    const told: string[] = [];
    hub.auth.revocations.subscribe(({ subject, id }) => told.push(`${subject} ${id}`));
    expect((await hub.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin })).status).toBe(200);
    expect(told).toEqual([`device ${device.id}`]);
    expect(await hub.call('GET', '/api/v1/devices/me', { token })).toMatchObject({ status: 401, body: { code: 'device_revoked' } });
    expect(await hub.devices.authenticate(token)).toBeNull();
    expect((await hub.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin })).body).toMatchObject({ revokedAt: hub.clock() });
  });

  it('shows a changed name and touchpoint to the device at once', async () => {
    const { token, device } = await make();
    await hub.call('GET', '/api/v1/devices/me', { token });
    await hub.call('PATCH', `/api/v1/devices/${device.id}`, { cookie: admin, body: { name: 'Moved', touchpoint: null } });
    expect((await hub.call('GET', '/api/v1/devices/me', { token })).body).toMatchObject({ name: 'Moved', touchpoint: null });
    expect(await hub.call('PATCH', `/api/v1/devices/${device.id}`, { cookie: admin, body: { touchpoint: 'nowhere' } })).toMatchObject({ status: 422, body: { code: 'unknown_touchpoint' } });
  });

  it('keeps a touchpoint that a device uses until the device is gone', async () => {
    const { device } = await make();
    const refused = await hub.call('DELETE', '/api/v1/sites/one/touchpoints/till-1', { cookie: admin });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(refused.text).toContain('Button');
    await hub.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin });
    expect((await hub.call('DELETE', '/api/v1/sites/one/touchpoints/till-1', { cookie: admin })).status).toBe(204);
  });

  it('makes a new token for the vision node at each start and shows it in no list', async () => {
    const first = await hub.devices.ensureVisionDevice();
    const second = await hub.devices.ensureVisionDevice();
    expect(await hub.devices.authenticate(first.token)).toBeNull();
    expect(await hub.devices.authenticate(second.token)).toEqual({ id: 'vision', kind: 'vision', site: null, touchpoint: null, name: 'Vision' });
    expect(await listed()).toEqual([]);
    expect((await hub.call('GET', '/api/v1/devices/me', { token: second.token })).status).toBe(403);
  });
});

describe('presence', () => {
  const beat = (token: string, sentAt = hub.clock()) => hub.call('POST', '/api/v1/devices/me/heartbeat', { token, body: { sentAt, version: '1.2' } });

  it('tells of silence and of return once each, in the row and in the log alike', async () => {
    const { token, device } = await make();
    await hub.devices.sweep();
    expect(types()).toEqual([]);

    await beat(token);
    await hub.devices.sweep();
    const heardAt = hub.clock();
    expect(types()).toEqual(['device.seen']);
    expect(await listed()).toMatchObject([{ online: true, lastSeen: heardAt, version: '1.2' }]);

    hub.advance(LIMITS.deviceSilentMs - 1);
    await hub.devices.sweep();
    expect(types()).toEqual(['device.seen']);
    hub.advance(1);
    await hub.devices.sweep();
    await hub.devices.sweep();
    expect(types()).toEqual(['device.seen', 'device.silent']);
    expect(hub.committed[1]!.event.body).toEqual({ device: device.id, lastSeen: heardAt });
    expect(await listed()).toMatchObject([{ online: false, lastSeen: heardAt }]);
    expect(await hub.devices.find(device.id)).toMatchObject({ silent: true });

    await beat(token);
    await hub.devices.sweep();
    expect(types()).toEqual(['device.seen', 'device.silent', 'device.seen']);
    expect(await hub.devices.find(device.id)).toMatchObject({ silent: false });
  });

  it('says nothing of devices that never spoke or were revoked', async () => {
    const { token, device } = await make();
    await make();
    await beat(token);
    await hub.devices.sweep();
    await hub.call('POST', `/api/v1/devices/${device.id}/revoke`, { cookie: admin });
    hub.advance(10 * LIMITS.deviceSilentMs);
    await hub.devices.sweep();
    expect(types()).toEqual(['device.seen']);
  });

  it('tells of a return without waiting for the next round', async () => {
    hub.devices.start();
    const { token } = await make();
    await beat(token);
    await expect.poll(types, { timeout: 5_000 }).toEqual(['device.seen']);
  });

  it('measures the clock and corrects only what is more than delay', async () => {
    const { token, device } = await make();
    expect((await beat(token, hub.clock() - 400)).body).toEqual({ now: hub.clock(), clockOffsetMs: 400 });
    expect(hub.devices.clockOffset(device.id)).toBe(0);
    expect((await beat(token, hub.clock() + 3_600_000)).body).toMatchObject({ clockOffsetMs: -3_600_000 });
    expect(hub.devices.clockOffset(device.id)).toBe(-3_600_000);
    await hub.devices.sweep();
    expect(await listed()).toMatchObject([{ clockOffsetMs: -3_600_000 }]);
  });
});

describe('pairing', () => {
  interface Opened { code: string; secret: string; expiresAt: number; pollMs: number }
  const open = async (ip = '10.0.0.1'): Promise<Opened> => (await hub.call('POST', '/api/v1/pairings', { body: { kind: 'button', name: 'Door' }, ip })).body as unknown as Opened;
  const poll = (code: string, secret: string) => hub.call('POST', `/api/v1/pairings/${code}/token`, { body: { secret } });
  const confirm = (code: string, cookie = admin, site = 'one') => hub.call('POST', `/api/v1/pairings/${code}/confirm`, { cookie, body: { site, name: 'Door', touchpoint: 'till-1' } });

  it('goes from code to token, which is shown once', async () => {
    const { code, secret, expiresAt } = await open();
    expect(code).toMatch(/^[0-9]{6}$/);
    expect(expiresAt).toBe(hub.clock() + LIMITS.pairingTtlMs);
    expect((await poll(code, secret)).body).toEqual({ state: 'pending', expiresAt });
    expect((await hub.call('GET', `/api/v1/pairings/${code}`, { cookie: admin })).body).toEqual({ code, kind: 'button', name: 'Door', expiresAt });

    const confirmed = await confirm(code);
    expect(confirmed).toMatchObject({ status: 200, body: { site: 'one', name: 'Door', kind: 'button', touchpoint: 'till-1' } });
    const paired = (await poll(code, secret)).body as unknown as { state: string; device: string; token: string };
    expect(paired).toMatchObject({ state: 'paired', device: (confirmed.body as unknown as { id: string }).id });
    expect((await hub.call('GET', '/api/v1/devices/me', { token: paired.token })).status).toBe(200);
    expect(await poll(code, secret)).toMatchObject({ status: 409, body: { code: 'pairing_taken' } });
    expect((await confirm(code)).body.code).toBe('pairing_taken');
  });

  it('hands the token to one of many who ask at once', async () => {
    const { code, secret } = await open();
    await confirm(code);
    const answers = await Promise.all([1, 2, 3, 4].map(() => poll(code, secret)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('looks the same for a wrong secret as for an unknown code', async () => {
    const { code } = await open();
    await confirm(code);
    const wrong = await poll(code, 'A'.repeat(43));
    const unknown = await poll(code === '000000' ? '000001' : '000000', 'A'.repeat(43));
    expect(wrong).toMatchObject({ status: 404, body: { code: 'pairing_unknown' } });
    expect(wrong.text).toBe(unknown.text);
  });

  it('expires, and leaves a late confirmation time to be taken', async () => {
    const late = await open();
    const gone = await open();
    hub.advance(LIMITS.pairingTtlMs - 1);
    expect((await confirm(late.code)).status).toBe(200);
    hub.advance(1);
    expect(await poll(gone.code, gone.secret)).toMatchObject({ status: 410, body: { code: 'pairing_expired' } });
    expect((await confirm(gone.code)).body.code).toBe('pairing_expired');
    expect((await poll(late.code, late.secret)).body).toMatchObject({ state: 'paired' });
  });

  it('is confirmed only by who manages devices at that site', async () => {
    await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'two', name: 'Two', timezone: 'UTC' } });
    const { code } = await open();
    const { cookie: elsewhere } = await hub.person('supervisor', ['two']);
    const { cookie: floor } = await hub.person('floor', ['one']);
    expect((await confirm(code, elsewhere)).status).toBe(404);
    expect((await confirm(code, floor)).status).toBe(403);
    expect((await hub.call('GET', `/api/v1/pairings/${code}`, { cookie: floor })).status).toBe(403);
    expect((await hub.call('GET', `/api/v1/pairings/${code}`)).status).toBe(401);
  });

  it('limits how many codes one address opens, and how often one is asked for', async () => {
    for (let i = 0; i < 10; i++) expect((await open()).code).toMatch(/^\d{6}$/);
    const refused = await hub.call('POST', '/api/v1/pairings', { body: { kind: 'button' }, ip: '10.0.0.1' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const { code, secret } = await open('10.0.0.2');
    for (let i = 0; i < 60; i++) expect((await poll(code, secret)).status).toBe(200);
    expect((await poll(code, secret)).status).toBe(429);
  });

  it('gives nothing to a device that was revoked before it took its token', async () => {
    const { code, secret } = await open();
    const { id } = (await confirm(code)).body as unknown as { id: string };
    await hub.call('POST', `/api/v1/devices/${id}/revoke`, { cookie: admin });
    expect((await poll(code, secret)).body.code).toBe('device_revoked');
  });
});

it('keeps what was heard while the store could not be written, and tells it later', async () => {
  const { token } = await make();
  await hub.call('GET', '/api/v1/devices/me', { token });
  const heardAt = hub.clock();
  const refuse = vi.spyOn(hub.store, 'transaction').mockRejectedValueOnce(new Error('the disk is full'));
  await expect(hub.devices.sweep()).rejects.toThrow('the disk is full');
  refuse.mockRestore();
  hub.advance(5_000);
  await hub.devices.sweep();
  expect(hub.committed.map(({ event }) => [event.type, event.at])).toEqual([['device.seen', heardAt]]);
  expect(await listed()).toMatchObject([{ lastSeen: heardAt }]);
});
