import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryStore } from '../core/testing/store.ts';
import { createLog } from '../core/log/log.ts';
import type { NamedDevice } from '../devices/index.ts';
import { ADMIN, startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { createBroker, type Broker } from './broker.ts';
import { createLease, LEASE_MS } from './lease.ts';

const WAIT_MS = 60_000;
async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!await is()) {
    if (Date.now() > end) throw new Error(`not within ${WAIT_MS} ms: ${what}`);
    await delay(20);
  }
}

/** A real broker on a port of its own; counts what was acknowledged. */
async function startBroker(port = 0) {
  const aedes = await Aedes.createBroker();
  const server = net.createServer(aedes.handle);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const acked: number[] = [];
  const clients: string[] = [];
  aedes.on('ack', () => acked.push(Date.now()));
  aedes.on('client', ({ id }) => { clients.push(id); });
  return {
    aedes, acked, clients, port: (server.address() as net.AddressInfo).port,
    async close() {
      await new Promise<void>((done) => aedes.close(() => done()));
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
const publisher = async (port: number): Promise<MqttClient> => mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 50 });

describe('counters of a whole hub', () => {
  let hub: TestHub;
  let broker: Awaited<ReturnType<typeof startBroker>>;
  let sender: MqttClient;
  let shop: { site: string };
  let counter = '';
  let token = '';
  beforeAll(async () => {
    broker = await startBroker();
    hub = await startTestHub({ OTKLIK_MQTT_URL: `mqtt://127.0.0.1:${broker.port}` });
    shop = await hub.shop();
    const made = await hub.api('POST', `/api/v1/sites/${shop.site}/devices`, { kind: 'counter', name: 'Door', touchpoint: 'till-3' });
    counter = (made.body['device'] as { id: string }).id;
    token = made.body['token'] as string;
    sender = await publisher(broker.port);
    await until('the hub at the broker', () => broker.clients.length >= 2);
  }, 120_000);
  afterAll(async () => { await sender?.endAsync(); await hub?.close(); await broker?.close(); });

  const events = async (): Promise<{ type: string; device: string; touchpoint: string; at: number; body: Record<string, number> }[]> => ((await hub.api('GET', `/api/v1/sites/${shop.site}/events?limit=1000`)).body['events'] as never[]);
  const counts = async () => (await events()).filter(({ type }) => type === 'traffic.counted');
  const importCsv = (text: string, options: { cookie?: string | null; type?: string } = {}) => hub.api('POST', `/api/v1/sites/${shop.site}/traffic/import`, text, { headers: { 'content-type': options.type ?? 'text/csv' }, ...(options.cookie === undefined ? {} : { cookie: options.cookie }) });
  const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

  it('take what is published, once, at the counter\'s place, and refuse what is none', async () => {
    const at = Date.now() - 60_000;
    const message = JSON.stringify({ in: 2, out: 1, at });
    for (let i = 0; i < 3; i++) await sender.publishAsync(`otklik/${counter}/traffic`, message, { qos: 1 });
    await sender.publishAsync(`otklik/${counter}/traffic/in`, '4', { qos: 1 });
    for (const [topic, payload] of [['nobody', '{"in":1,"out":0}'], [counter, 'rubbish'], [counter, '{"in":-1,"out":0}'], [counter, JSON.stringify({ in: 1, out: 0, at: 5 })]] as const) await sender.publishAsync(`otklik/${topic}/traffic`, payload, { qos: 1 });
    const status = async () => (await hub.api('GET', '/api/v1/traffic/broker')).body;
    await until('all of it', async () => { const now = await status(); return now['refused'] === 4 && now['taken'] === 2; });
    expect(await status()).toMatchObject({ state: 'connected', taken: 2, repeated: 2, refused: 4 });
    expect(await counts()).toMatchObject([{ device: counter, touchpoint: 'till-3', at, body: { in: 2, out: 1 } }, { body: { in: 4, out: 0 } }]);
    expect((await (await fetch(`${hub.origin}/readyz`)).json())).toMatchObject({ mqtt: true });
  }, 120_000);

  it('come as a table, once however often it is sent, and every row that cannot be used is named', async () => {
    const before = (await counts()).length;
    const rows = [`${counter},${minutesAgo(50)},3,1`, `${counter},${minutesAgo(40)},2,0`];
    const first = await importCsv(`device,time,in,out\n${rows.join('\n')}\nnobody,${minutesAgo(30)},1,0\n${counter},tomorrow,1,0\n${counter},2001-01-01 10:00,1,0\n`);
    expect(first).toMatchObject({ status: 200, body: { taken: 2, repeated: 0, refused: 3, problems: [{ line: 4, message: expect.stringContaining('no such device') }, { line: 5 }, { line: 6, message: expect.stringContaining('400 days') }] } });
    expect((await importCsv(`device,time,in,out\n${rows[1]}\n${rows[0]}\n`)).body).toMatchObject({ taken: 0, repeated: 2, refused: 0 });
    const hall = await importCsv(`touchpoint;time;in;out\ntill-3;${minutesAgo(20)};5;5\nnowhere;${minutesAgo(20)};5;5\n`);
    expect(hall.body).toMatchObject({ taken: 1, refused: 1 });
    const now = await counts();
    expect(now.length - before).toBe(3);
    expect(now.at(-1)).toMatchObject({ device: 'import', touchpoint: 'till-3', body: { in: 5, out: 5 } });
  });

  it('are imported only by those who may, and only as tables of a bounded size', async () => {
    expect((await importCsv('device,time,in,out\n', { cookie: null })).status).toBe(401);
    expect((await hub.api('POST', '/api/v1/users', { email: 'floor@example.test', name: 'Floor', role: 'floor', sites: null, password: ADMIN.password })).status).toBe(201);
    const signIn = await hub.api('POST', '/api/v1/session', { email: 'floor@example.test', password: ADMIN.password }, { cookie: null });
    const cookie = signIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    expect((await importCsv('device,time,in,out\n', { cookie })).status).toBe(403);
    expect((await importCsv('{"a":1}', { type: 'application/json' })).status).toBe(415);
    expect((await importCsv('nothing of the kind')).status).toBe(422);
    expect((await importCsv(`device,time,in,out\n${'x'.repeat(2_100_000)}`)).status).toBe(413);
    expect((await hub.api('POST', '/api/v1/sites/nowhere/traffic/import', 'device,time,in,out\n', { headers: { 'content-type': 'text/csv' } })).status).toBe(404);
  });

  it('are discounted everywhere: inside on the floor, in measures, in their health', async () => {
    const place = (await hub.shop()).site;
    const made = await hub.api('POST', `/api/v1/sites/${place}/devices`, { kind: 'counter', name: 'Door', touchpoint: 'till-3' });
    const send = (type: string, body: object) => hub.send(made.body['token'] as string, [{ id: ulid(), type, site: place, at: Date.now(), body }]);
    await send('traffic.counted', { in: 7, out: 1 });
    await send('traffic.discounted', { in: 2, out: 0, reason: 'staff' });
    const live = await hub.live([{ channel: `floor:${place}` }]);
    const snapshot = await live.until((message) => message.t === 'snapshot');
    expect((snapshot as unknown as { state: { inside: object } }).state.inside).toMatchObject({ site: { people: 4, drift: 0, owed: 0 }, touchpoints: { 'till-3': { people: 4 } } });
    live.socket.close();
    await until('the measures', async () => {
      const { body } = await hub.api('GET', `/api/v1/sites/${place}/traffic/health`);
      const today = (body['places'] as { zone: null; days: { in: number; out: number; left: number }[] }[])[0]!.days.at(-1)!;
      return today.in === 5 && today.out === 1 && today.left === 4;
    });
    expect(token).not.toBe('');
  }, 120_000);
});

describe('several hubs and a broker', () => {
  const door: NamedDevice = { id: 'door', site: 'shop', kind: 'counter', name: 'Door', touchpoint: null, silent: false, lastSeen: null };

  it('count every message once, though the broker goes and the listening hub does', { timeout: 240_000 }, async () => {
    const { store, dispose } = await temporaryStore();
    const log = createLog(store);
    let broker = await startBroker();
    const { port } = broker;
    const hubs: Broker[] = ['hub-1', 'hub-2'].map((hub) => createBroker({
      url: `mqtt://127.0.0.1:${port}`, store, log, clock: Date.now, hub, logger: { warn: () => undefined, info: () => undefined }, tickMs: 100,
      find: async (id) => (id === 'door' ? door : null), touch: () => undefined,
    }));
    try {
      for (const hub of hubs) hub.start();
      const listening = (): Broker[] => hubs.filter((hub) => hub.status().state === 'connected');
      await until('one of them listens', () => listening().length === 1 && hubs.some((hub) => hub.status().state === 'elsewhere'));
      const sender = await publisher(port);
      let sent = 0;
      const publish = async (count: number): Promise<void> => { for (let i = 0; i < count; i++) await sender.publishAsync('otklik/door/traffic', JSON.stringify({ in: 1, out: 0, id: `m-${sent++}` }), { qos: 1 }); };
      const counted = async (): Promise<number> => (await log.read('shop', 0, 1_000)).length;
      await until('the subscription', async () => { await publish(1); return await counted() > 0; });
      await publish(20);
      await until('the first', async () => await counted() === sent);

      await broker.close();
      broker = await startBroker(port);
      await until('it is found again', () => listening().length === 1);
      await until('the subscription after it', async () => { const before = await counted(); await publish(1); await delay(100); return await counted() > before; });
      await publish(20);

      const first = listening()[0]!;
      await first.stop();
      // Nobody listens at this moment: the broker keeps it under the installation's name.
      await publish(20);
      await until('the other listens', () => hubs.find((hub) => hub !== first)!.status().state === 'connected');
      await publish(5);
      const lost = await counted();
      await until('all that came after the broker was back', async () => await counted() >= lost && await counted() >= 20 + 1 + 20 + 20 + 5);
      const ids = (await log.read('shop', 0, 1_000)).map(({ event }) => event.id);
      expect(new Set(ids).size).toBe(ids.length);
      await sender.endAsync();
    } finally {
      for (const hub of hubs) await hub.stop();
      await broker.close();
      await dispose();
    }
  });

  it('take over from a hub that is not heard of any more, under the same name', async () => {
    const { store, dispose } = await temporaryStore();
    let now = 1_790_000_000_000;
    const [one, other] = ['hub-1', 'hub-2'].map((hub) => createLease({ store, clock: () => now, hub, name: 'mqtt' })) as [ReturnType<typeof createLease>, ReturnType<typeof createLease>];
    const name = await one.take();
    expect(name).toMatch(/^otklik-/);
    expect(await other.take()).toBeNull();
    now += LEASE_MS - 1;
    expect(await one.take()).toBe(name);
    now += LEASE_MS;
    expect(await other.take()).toBe(name);
    expect(await one.take()).toBeNull();
    await other.release();
    expect(await one.take()).toBe(name);
    await dispose();
  });
});
