import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FloorState, SnapshotMessage } from '../../contract/index.ts';
import { startTestHub, type LiveClient, type TestHub } from '../testing/whole-hub.ts';

let hub: TestHub;
let site: string;
let button: string;
beforeEach(async () => {
  hub = await startTestHub();
  const shop = await hub.shop();
  ({ site, device: button } = shop);
  await hub.api('POST', `/api/v1/sites/${site}/zones`, { id: 'tills', name: 'Tills' });
  await hub.api('PATCH', `/api/v1/sites/${site}/touchpoints/till-3`, { zone: 'tills' });
});
afterEach(() => hub.close());

const snapshots = (client: LiveClient): FloorState[] => client.messages.filter((message): message is SnapshotMessage => message.t === 'snapshot').map(({ state }) => state as FloorState);
const allDay = async (): Promise<string> => {
  const { body } = await hub.api('GET', `/api/v1/sites/${site}/people`);
  const user = (body['people'] as { id: string }[])[0]!.id;
  const made = await hub.api('POST', `/api/v1/sites/${site}/shifts`, { name: 'All day', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440, people: [{ user, role: 'floor', zones: ['tills'] }] });
  expect(made.status).toBe(201);
  return user;
};

describe('the floor\'s state', () => {
  it('starts with zones, what stands in them, devices and people on duty', async () => {
    const user = await allDay();
    const client = await hub.live([{ channel: `floor:${site}` }]);
    await client.until((message) => message.t === 'snapshot');
    expect(snapshots(client)[0]).toMatchObject({
      zones: { tills: 'Tills' }, zoneOf: { 'till-3': 'tills' }, devices: { [button]: { name: 'Button', touchpoint: 'till-3' } }, cameras: {},
      duty: { [user]: { role: 'floor', zones: ['tills'], until: expect.any(Number) as unknown } },
    });
    client.socket.close();
  });

  it('follows zones, devices and their names as they change', async () => {
    const client = await hub.live([{ channel: `floor:${site}` }]);
    await client.until((message) => message.t === 'snapshot');
    await hub.api('PATCH', `/api/v1/sites/${site}/zones/tills`, { name: 'Checkout' });
    await expect.poll(() => snapshots(client).at(-1)?.zones).toEqual({ tills: 'Checkout' });
    await hub.api('PATCH', `/api/v1/devices/${button}`, { name: 'Left button', touchpoint: null });
    await expect.poll(() => snapshots(client).at(-1)?.devices[button]).toEqual({ name: 'Left button', touchpoint: null });
    await hub.api('DELETE', `/api/v1/sites/${site}/zones/tills`);
    await expect.poll(() => snapshots(client).at(-1)).toMatchObject({ zones: {}, zoneOf: {} });
    client.socket.close();
  });

  it('hears who comes and who goes, and says the same to whoever looks later', async () => {
    const client = await hub.live([{ channel: `floor:${site}` }]);
    await client.until((message) => message.t === 'snapshot');
    const user = await allDay();
    expect(await client.event('duty.started')).toMatchObject({ body: { by: { id: user }, zones: ['tills'] } });
    await hub.api('PUT', `/api/v1/sites/${site}/duty`, { on: false });
    await client.event('duty.ended');
    const later = await hub.live([{ channel: `floor:${site}` }]);
    await later.until((message) => message.t === 'snapshot');
    expect(snapshots(later)[0]!.duty).toEqual({});
    for (const one of [client, later]) one.socket.close();
  });
});
