import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHubs, type TestHub } from '../testing/hub.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let several: Awaited<ReturnType<typeof startHubs>>;
let one: TestHub;
let two: TestHub;
let admin: string;
let device: string;
let token: string;
beforeEach(async () => {
  several = await startHubs(2);
  [one, two] = several.hubs as [TestHub, TestHub];
  admin = (await one.person('administrator')).cookie;
  await one.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
  const made = (await one.call('POST', '/api/v1/sites/shop/devices', { cookie: admin, body: { kind: 'button', name: 'Button' } })).body as unknown as { device: { id: string }; token: string };
  device = made.device.id;
  token = made.token;
  await several.links.settled();
});
afterEach(() => several.close());

const beat = (hub: TestHub, battery?: unknown) => hub.call('POST', '/api/v1/devices/me/heartbeat', { token, body: { sentAt: hub.clock(), ...(battery === undefined ? {} : { battery }) } });
const shown = async (hub = one) => ((await hub.call('GET', '/api/v1/sites/shop/devices', { cookie: admin })).body as unknown as { devices: { battery: number | null; mutedUntil: number | null }[] }).devices[0]!;
const told = (): number[] => one.committed.filter(({ type }) => type === 'device.battery').map(({ event }) => (event.body as { percent: number }).percent);
const mute = (body: object, cookie = admin) => one.call('PUT', `/api/v1/devices/${device}/mute`, { cookie, body });

describe('the charge of a device', () => {
  it('is shown at once, kept with the next sweep, and told when it passes a step', async () => {
    expect((await shown()).battery).toBeNull();
    await beat(one, 43);
    expect((await shown()).battery).toBe(43);
    expect(told()).toEqual([]);
    await one.devices.sweep();
    expect((await shown(two)).battery).toBe(43);
    expect(one.committed.find(({ type }) => type === 'device.battery')!.event.body).toEqual({ device, percent: 43 });
    for (const percent of [42, 41, 40, 39]) {
      one.advance(5 * MINUTE);
      await beat(one, percent);
      await one.devices.sweep();
    }
    expect(told()).toEqual([43, 40]);
    // A word without a charge takes none away.
    await beat(one);
    await one.devices.sweep();
    expect((await shown(two)).battery).toBe(39);
  });

  it('costs no transaction of its own', async () => {
    await beat(one, 80);
    await one.devices.sweep();
    const transaction = one.store.transaction.bind(one.store);
    let transactions = 0;
    one.store.transaction = (work, scope) => { transactions += 1; return transaction(work, scope); };
    for (let percent = 79; percent > 20; percent--) await beat(one, percent);
    expect(transactions).toBe(0);
    await one.devices.sweep();
    expect(transactions).toBe(1);
    one.store.transaction = transaction;
  });

  it('is told once by two hubs, and goes on from what another hub told', async () => {
    for (const hub of [one, two]) await beat(hub, 21);
    await Promise.all([one.devices.sweep(), two.devices.sweep()]);
    for (const hub of [one, two]) await beat(hub, 20);
    await Promise.all([one.devices.sweep(), two.devices.sweep()]);
    expect(told()).toEqual([21, 20]);
    one.advance(MINUTE);
    await beat(two, 15);
    await two.devices.sweep();
    expect(told()).toEqual([21, 20]);
    await beat(two, 10);
    await two.devices.sweep();
    expect(told()).toEqual([21, 20, 10]);
  });

  it('is a whole percentage', async () => {
    for (const bad of [-1, 101, 50.5, '50', null, {}, 1e9]) expect((await beat(one, bad)).status, JSON.stringify(bad)).toBe(422);
    await one.devices.sweep();
    expect(told()).toEqual([]);
  });
});

describe('muting a device', () => {
  it('is stated with who did it, shown until its time is over, and can be ended', async () => {
    const anna = await one.person('floor', ['shop']);
    const until = one.clock() + HOUR;
    expect(await mute({ until, reason: 'cleaning' }, anna.cookie)).toMatchObject({ status: 200, body: { id: device, mutedUntil: until } });
    expect(one.committed.at(-1)!.event).toMatchObject({ type: 'device.muted', body: { device, until, by: { id: anna.user.id, name: anna.user.name }, reason: 'cleaning' } });
    one.advance(HOUR - 1);
    expect((await shown(two)).mutedUntil).toBe(until);
    one.advance(1);
    expect((await shown(two)).mutedUntil).toBeNull();
    expect(one.committed.filter(({ type }) => type === 'device.muted')).toHaveLength(1);
    await mute({ until: one.clock() + HOUR });
    expect((await mute({ until: null })).body).toMatchObject({ mutedUntil: null });
    expect(one.committed.at(-1)!.event.body).toMatchObject({ until: null });
  });

  it('stays over sweeps of what devices say', async () => {
    await mute({ until: one.clock() + HOUR });
    await beat(one, 50);
    await one.devices.sweep();
    expect((await shown()).mutedUntil).toBe(one.clock() + HOUR);
  });

  it('lasts a day at most, for those who may take alerts there', async () => {
    const now = one.clock();
    expect((await mute({ until: now + 24 * HOUR })).status).toBe(200);
    for (const bad of [{ until: now + 24 * HOUR + 1 }, { until: now }, { until: 'x' }, {}, { until: null, reason: '' }, { until: null, reason: 'x'.repeat(201) }, { until: null, more: 1 }, [], { until: 1.5 }]) expect((await mute(bad)).status, JSON.stringify(bad)).toBe(422);
    expect((await mute({ until: null }, (await one.person('analyst', ['shop'])).cookie)).status).toBe(403);
    expect((await mute({ until: null }, (await one.person('floor', [])).cookie)).status).toBe(404);
    expect((await one.call('PUT', '/api/v1/devices/none/mute', { cookie: admin, body: { until: null } })).status).toBe(404);
    await one.call('POST', `/api/v1/devices/${device}/revoke`, { cookie: admin });
    expect((await mute({ until: null })).status).toBe(409);
  });
});
