import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ulid } from 'ulid';
import { LIMITS, type Alert, type FloorState, type SnapshotMessage, type WallState } from '../contract/index.ts';
import { LiveClient, pressOf, startTestHub, type TestHub } from './testing/whole-hub.ts';

let hub: TestHub;
beforeAll(async () => { hub = await startTestHub(); });
afterAll(() => hub.close());

const key = (): Record<string, string> => ({ 'idempotency-key': ulid() });

describe('from a press to the tablet', () => {
  it('streams a red press and its alert to the floor, and counts it on the wall', async () => {
    const { site, token, device } = await hub.shop();
    const floor = await hub.live([{ channel: `floor:${site}` }]);
    const wall = await hub.live([{ channel: `wall:${site}` }]);
    const before = await floor.until<SnapshotMessage>((message) => message.t === 'snapshot');
    expect((before.state as FloorState).alerts).toEqual([]);
    await wall.until((message) => message.t === 'snapshot');
    const press = pressOf(site);
    expect((await hub.send(token, [press])).body).toEqual({ accepted: 1, duplicates: 0, rejected: [] });

    expect(await floor.event('feedback.rated')).toMatchObject({ id: press.id, device, touchpoint: 'till-3', body: press.body });
    expect(await floor.event('alert.opened')).toMatchObject({ body: { source: press.id, since: press.at, touchpoint: 'till-3', kind: 'feedback.negative' } });
    expect(await wall.event('feedback.rated')).toMatchObject({ id: press.id });

    const later = await hub.live([{ channel: `floor:${site}` }, { channel: `wall:${site}` }]);
    const state = (await later.until<SnapshotMessage>((message) => message.t === 'snapshot' && message.channel === `floor:${site}`)).state as FloorState;
    expect(state.alerts).toMatchObject([{ state: 'open', touchpoint: 'till-3', rating: { value: 1, scale: 4 } }]);
    expect(state.places).toEqual({ 'till-3': 'Till 3' });
    const counted = (await later.until<SnapshotMessage>((message) => message.t === 'snapshot' && message.channel === `wall:${site}`)).state as WallState;
    expect(counted).toMatchObject({ positive: 0, negative: 1 });
  });

  it('[C2] gives an alert to one of two tablets that claim it at the same time', async () => {
    const { site, token } = await hub.shop();
    const floor = await hub.live([{ channel: `floor:${site}` }]);
    await floor.until((message) => message.t === 'snapshot');
    await hub.send(token, [pressOf(site)]);
    const { alert } = (await floor.event('alert.opened'))['body'] as { alert: string };
    await hub.api('POST', '/api/v1/users', { email: `anna-${site}@example.test`, name: 'Anna', role: 'floor', sites: [site], password: 'another password' });
    const signIn = await hub.api('POST', '/api/v1/session', { email: `anna-${site}@example.test`, password: 'another password' }, { cookie: null });
    const anna = signIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');

    const answers = await Promise.all([hub.api('POST', `/api/v1/alerts/${alert}/claim`, undefined, { headers: key() }), hub.api('POST', `/api/v1/alerts/${alert}/claim`, undefined, { headers: key(), cookie: anna })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const won = answers.find(({ status }) => status === 200)!.body as unknown as Alert;
    expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'already_claimed', owner: won.owner });

    const resolved = await hub.api('POST', `/api/v1/alerts/${alert}/resolve`, { cause: 'queue', outcome: 'helped', note: 'a second till was opened' }, { headers: key() });
    expect(resolved.body).toMatchObject({ state: 'resolved', cause: 'queue', outcome: 'helped' });
    expect(await floor.event('alert.resolved')).toMatchObject({ body: { alert, cause: 'queue' } });
    expect((await hub.api('POST', `/api/v1/alerts/${alert}/claim`, undefined, { headers: key() })).body).toMatchObject({ code: 'already_resolved' });
    expect((await hub.api('GET', `/api/v1/sites/${site}/alerts`)).body).toEqual({ alerts: [] });
  });

  it('[C1] a repeated command with the same key is carried out once', async () => {
    const { site, token } = await hub.shop();
    const floor = await hub.live([{ channel: `floor:${site}` }]);
    await floor.until((message) => message.t === 'snapshot');
    await hub.send(token, [pressOf(site)]);
    const { alert } = (await floor.event('alert.opened'))['body'] as { alert: string };
    const once = key();
    const answers = await Promise.all(Array.from({ length: 5 }, () => hub.api('POST', `/api/v1/alerts/${alert}/claim`, undefined, { headers: once })));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const log = await hub.api('GET', `/api/v1/sites/${site}/events?after=0&limit=100`);
    expect((log.body['events'] as { type: string }[]).filter(({ type }) => type === 'alert.claimed')).toHaveLength(1);
  });

  it('calls nobody for a press that comes hours late, nor twice for one that is sent twice', async () => {
    const { site, token } = await hub.shop();
    const fresh = pressOf(site);
    await hub.send(token, [pressOf(site, 1, { at: Date.now() - 3 * 3600_000 }), fresh]);
    expect((await hub.send(token, [fresh])).body).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
    const floor = await hub.live([{ channel: `floor:${site}` }]);
    await floor.until((message) => message.t === 'snapshot');
    await hub.send(token, [pressOf(site, 4)]);
    await floor.event('feedback.rated');
    const alerts = (await hub.api('GET', `/api/v1/sites/${site}/alerts`)).body['alerts'] as Alert[];
    expect(alerts.map(({ since }) => since)).toEqual([fresh.at]);
  });
});

describe('POST /api/v1/events', () => {
  it('[E2] keeps the good events of a batch beside bad ones and says what is wrong with each', async () => {
    const { site, token, device } = await hub.shop();
    const good = pressOf(site);
    const { status, body } = await hub.send(token, [
      good, { ...pressOf(site), surprise: 1 }, pressOf('another-shop'), { ...pressOf(site), type: 'traffic.counted', body: { in: 1, out: 0 } }, pressOf(site, 5),
      pressOf(site, 4, { touchpoint: 'nowhere' }), pressOf(site, 4, { at: Date.now() - 15 * 24 * 3600_000 }), pressOf(site, 4, { at: Date.now() + 3 * 60_000 }), null, 'x', { ...pressOf(site), type: 'no.such' }, good,
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ accepted: 1, duplicates: 1 });
    expect((body['rejected'] as { index: number; code: string }[]).map(({ index, code }) => [index, code])).toEqual([
      [1, 'invalid'], [2, 'forbidden_site'], [3, 'forbidden_type'], [4, 'invalid'], [5, 'unknown_touchpoint'], [6, 'too_old'], [7, 'in_future'], [8, 'invalid'], [9, 'invalid'], [10, 'unknown_type'],
    ]);
    const log = (await hub.api('GET', `/api/v1/sites/${site}/events`)).body;
    expect(log).toMatchObject({ head: expect.any(Number) });
    expect((log['events'] as { id: string; device: string }[]).filter((event) => event.device === device).map(({ id }) => id)).toEqual([good.id]);
  });

  it('[E3] answers 401, 403, 413, 422 and 429 with codes', async () => {
    const { site, token } = await hub.shop();
    expect((await hub.send('otk_nobody_x', [pressOf(site)])).status).toBe(401);
    expect(await hub.send(token, [pressOf('another-shop')])).toMatchObject({ status: 403, body: { code: 'forbidden_site' } });
    expect(await hub.send(token, [pressOf(site, 9)])).toMatchObject({ status: 422, body: { code: 'nothing_usable', rejected: [{ index: 0, code: 'invalid' }] } });
    expect(await hub.send(token, [])).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await hub.send(token, Array.from({ length: 501 }, () => pressOf(site)))).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await hub.send(token, [{ ...pressOf(site), body: { value: 1, scale: 4, factor: 'x'.repeat(LIMITS.eventsBodyBytes) } }])).toMatchObject({ status: 413, body: { code: 'too_large' } });
    let limited: Awaited<ReturnType<TestHub['send']>> | undefined;
    for (let i = 0; i < 15 && !limited; i++) {
      const answer = await hub.send(token, Array.from({ length: 500 }, () => pressOf(site, 4)));
      if (answer.status === 429) limited = answer;
    }
    expect(limited?.body['code']).toBe('rate_limited');
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('[E3] does not hold all vision nodes of an installation to the rate of one device', async () => {
    const { site } = await hub.shop();
    const answers = await Promise.all(Array.from({ length: 15 }, () => hub.send(hub.hub.visionToken, Array.from({ length: 500 }, () => pressOf(site, 4)))));
    // Not theirs to say, but nobody tells them to slow down.
    expect(new Set(answers.map(({ body }) => body['code']))).toEqual(new Set(['forbidden_type']));
  });

  it('[E5] corrects the times of a device whose clock is wrong, and keeps what it added', async () => {
    const { site, token } = await hub.shop();
    const wrong = Date.now() - 3600_000;
    expect((await hub.send(token, [pressOf(site, 4, { at: wrong })], { 'otklik-sent-at': String(wrong) })).status).toBe(200);
    const ahead = Date.now() + 3600_000;
    const other = await hub.api('POST', `/api/v1/sites/${site}/devices`, { kind: 'button', name: 'Ahead' });
    expect((await hub.send(other.body['token'] as string, [pressOf(site, 4, { at: ahead })], { 'otklik-sent-at': String(ahead) })).body).toMatchObject({ accepted: 1 });
    const events = (await hub.api('GET', `/api/v1/sites/${site}/events`)).body['events'] as { type: string; at: number }[];
    for (const { at } of events.filter(({ type }) => type === 'feedback.rated')) expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
  });

  it('refuses a revoked device at once', async () => {
    const { site, token, device } = await hub.shop();
    expect((await hub.send(token, [pressOf(site)])).status).toBe(200);
    await hub.api('POST', `/api/v1/devices/${device}/revoke`);
    expect(await hub.send(token, [pressOf(site)])).toMatchObject({ status: 401, body: { code: 'device_revoked' } });
  });
});

describe('the live socket', () => {
  it('[P1] turns away other origins before the handshake and closes without a cookie', async () => {
    await expect(LiveClient.connect(hub.origin, hub.cookie, { origin: 'https://evil.example' })).rejects.toThrow(/403/);
    expect(await (await LiveClient.connect(hub.origin, '')).ended()).toBe(4401);
    expect(await (await LiveClient.connect(hub.origin, 'otklik_session=garbage')).ended()).toBe(4401);
  });

  it('[P2] [P3] [P4] closes with a code for what is not of the protocol', async () => {
    const { site } = await hub.shop();
    const hello = { t: 'hello', protocol: 1, subscriptions: [{ channel: `floor:${site}` }] };
    const cases: [number, unknown[]][] = [
      [4400, ['{"t":']], [4400, ['[]']], [4400, [Buffer.from([0, 255, 3])]], [4400, [{ ...hello, more: 1 }]], [4400, [{ t: 'subscribe', subscriptions: [] }]], [4400, ['['.repeat(10_000)]],
      [4426, [{ ...hello, protocol: 2 }]], [4409, [hello, hello]], [4413, ['x'.repeat(LIMITS.wsClientFrameBytes + 1)]], [1009, ['x'.repeat(5 * LIMITS.wsClientFrameBytes)]],
      [4429, [hello, ...Array.from({ length: 40 }, () => ({ t: 'unsubscribe', channels: [] }))]],
    ];
    for (const [code, messages] of cases) {
      const client = await LiveClient.connect(hub.origin, hub.cookie);
      for (const message of messages) client.say(message);
      expect([code, await client.ended()]).toEqual([code, code]);
    }
    expect(await (await LiveClient.connect(hub.origin, hub.cookie)).ended()).toBe(4408);
  }, 20_000);

  it('[P7] answers unknown and forbidden channels with an error and goes on', async () => {
    const { site, token } = await hub.shop();
    const other = await hub.shop();
    const wall = await hub.api('POST', `/api/v1/sites/${site}/walls`, { name: 'Hall' });
    const { id } = wall.body['wall'] as { id: string };
    const entered = await hub.api('POST', `/api/v1/walls/${id}/session`, { token: wall.body['token'] }, { cookie: null });
    const cookie = entered.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    const client = await hub.live([{ channel: `floor:${site}` }, { channel: `wall:${other.site}` }, { channel: 'nonsense' }, { channel: `wall:${site}` }], cookie);
    await client.until((message) => message.t === 'snapshot');
    expect(client.messages.filter(({ t }) => t === 'error').map((message) => ('code' in message ? message.code : ''))).toEqual(['forbidden_channel', 'forbidden_channel', 'unknown_channel']);
    await hub.send(token, [pressOf(site, 4)]);
    await client.event('feedback.rated');
    // [P18] taking the wall back ends its sockets at once.
    await hub.api('POST', `/api/v1/walls/${id}/revoke`);
    expect(await client.ended()).toBe(4410);
  });

  it('[P7] makes nothing for a site that is only named', async () => {
    const client = await hub.live([{ channel: 'floor:no-such-shop' }]);
    expect(await client.until((message) => message.t === 'error')).toMatchObject({ channel: 'floor:no-such-shop', code: 'unknown_channel' });
    expect(await hub.api('GET', '/api/v1/sites/no-such-shop/events')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('[P18] signing out closes the person\'s sockets', async () => {
    const { site } = await hub.shop();
    const signIn = await hub.api('POST', '/api/v1/session', { email: 'admin@example.test', password: 'a long enough password' }, { cookie: null });
    const cookie = signIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    const client = await hub.live([{ channel: `floor:${site}` }], cookie);
    await client.until((message) => message.t === 'snapshot');
    await hub.api('DELETE', '/api/v1/session', undefined, { cookie });
    expect(await client.ended()).toBe(4410);
  });

  it('[P13] renames travel to open consoles as a new snapshot', async () => {
    const { site } = await hub.shop();
    const client = await hub.live([{ channel: `floor:${site}` }]);
    await client.until((message) => message.t === 'snapshot');
    await hub.api('PATCH', `/api/v1/sites/${site}/touchpoints/till-3`, { name: 'Till by the window' });
    await client.until((message) => message.t === 'snapshot' && (message.state as FloorState).places['till-3'] === 'Till by the window');
  });
});

describe('what an operator sees', () => {
  it('serves health, readiness, metrics and the API description', async () => {
    expect((await hub.api('GET', '/healthz', undefined, { cookie: null })).body).toEqual({ ok: true });
    expect((await hub.api('GET', '/readyz', undefined, { cookie: null })).body).toEqual({ store: true, log: true, bus: true });
    const text = (await hub.api('GET', '/metrics', undefined, { cookie: null })).body['text'] as string;
    for (const name of ['otklik_events_accepted_total', 'otklik_events_rejected_total', 'otklik_events_duplicate_total', 'otklik_append_seconds_bucket', 'otklik_fanout_queue_bytes', 'otklik_connections', 'otklik_slow_closes_total', 'otklik_resumes_total', 'otklik_event_loop_delay_seconds', 'otklik_vision_fps', 'otklik_vision_lag_seconds']) expect(text).toContain(name);
    const api = await hub.api('GET', '/api/docs/json');
    expect(Object.keys(api.body['paths'] as object)).toContain('/api/v1/events');
  });
});
