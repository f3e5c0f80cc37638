import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { signatureHolds } from './rules.ts';
import { SITE, startRig, TELEGRAM_TOKEN, type Rig } from './testing/rig.ts';
import { createVapid } from './vapid.ts';

let rig: Rig;
beforeEach(async () => { rig = await startRig(); });
afterEach(() => rig.close());

interface Made { id: string; secret: string; url: string }
const webhook = async (url = `${rig.program.origin}/hook`): Promise<Made> => (await rig.hub.call('POST', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin, body: { url, enabled: true } })).body as unknown as Made;

describe('how a person is told', () => {
  it('is shown with what the operator has set up, and changed', async () => {
    const { user, cookie } = await rig.onDuty(['tablet']);
    const state = (await rig.hub.call('GET', '/api/v1/notifications', { cookie })).body;
    expect(state).toEqual({
      pushKey: expect.stringMatching(/^[A-Za-z0-9_-]{87}$/), available: { push: true, email: true, telegram: true }, telegramBot: 'otklik_bot',
      devices: [{ id: expect.any(String), label: 'Chrome, Android', createdAt: rig.hub.clock(), lastOkAt: null }], settings: { order: ['push', 'email', 'telegram'], email: user.email, telegramChat: null },
    });
    const changed = await rig.hub.call('PUT', '/api/v1/notifications/settings', { cookie, body: { order: ['telegram', 'push'], telegramChat: '-1001' } });
    expect(changed.body).toMatchObject({ settings: { order: ['telegram', 'push'], telegramChat: '-1001' } });
    const board = (await rig.hub.call('GET', `/api/v1/sites/${SITE}/duty`, { cookie: rig.admin })).body as unknown as { people: { user: string; reach: string[] }[] };
    expect(board.people.find((one) => one.user === user.id)!.reach.filter((way) => way !== 'console')).toEqual(['telegram', 'push']);
  });

  it('says what is not there where the operator has set up nothing', async () => {
    await rig.close();
    rig = await startRig({ smtpUrl: null, mailFrom: null, telegramToken: null });
    const { cookie } = await rig.hub.person('floor', [SITE]);
    expect((await rig.hub.call('GET', '/api/v1/notifications', { cookie })).body).toMatchObject({ available: { push: true, email: false, telegram: false }, telegramBot: null });
    for (const channel of ['push', 'email', 'telegram']) expect(await rig.hub.call('POST', '/api/v1/notifications/test', { cookie, body: { channel } }), channel).toMatchObject({ status: 409, body: { code: 'channel_unavailable' } });
  });

  it('moves a browser to whoever used it last and keeps at most ten', async () => {
    const anna = await rig.onDuty();
    const igor = await rig.onDuty();
    const shared = rig.push.subscribe('shared');
    const devices = async (cookie: string): Promise<{ id: string; createdAt: number }[]> => (await rig.hub.call('GET', '/api/v1/notifications', { cookie })).body['devices'] as unknown as { id: string; createdAt: number }[];
    const first = (await rig.hub.call('POST', '/api/v1/notifications/subscriptions', { cookie: anna.cookie, body: shared })).body as unknown as { id: string };
    expect((await rig.hub.call('POST', '/api/v1/notifications/subscriptions', { cookie: igor.cookie, body: shared })).body).toMatchObject({ id: first.id });
    expect([await devices(anna.cookie), (await devices(igor.cookie)).length]).toEqual([[], 1]);
    await rig.open();
    await rig.settle();
    expect(rig.push.messages.map(({ browser }) => browser)).toEqual(['shared']);
    expect((await rig.hub.call('DELETE', `/api/v1/notifications/subscriptions/${first.id}`, { cookie: anna.cookie })).status).toBe(404);

    for (let i = 0; i < 12; i++) {
      rig.hub.advance(1_000);
      await rig.hub.call('POST', '/api/v1/notifications/subscriptions', { cookie: igor.cookie, body: rig.push.subscribe(`tablet-${i}`) });
    }
    const kept = await devices(igor.cookie);
    expect(kept).toHaveLength(10);
    expect(kept.map(({ id }) => id)).not.toContain(first.id);
    expect((await rig.hub.call('DELETE', `/api/v1/notifications/subscriptions/${kept[0]!.id}`, { cookie: igor.cookie })).status).toBe(204);
    expect(await devices(igor.cookie)).toHaveLength(9);
  });

  it('can be tried, channel by channel, a few times a minute', async () => {
    const { user, cookie } = await rig.onDuty(['tablet'], { telegramChat: '77' });
    const test = (channel: string) => rig.hub.call('POST', '/api/v1/notifications/test', { cookie, body: { channel } });
    for (const channel of ['push', 'email', 'telegram']) expect(await test(channel), channel).toMatchObject({ status: 200, body: { channel, state: 'sent', site: null, alert: null, user: user.id, error: null, attempts: 1 } });
    expect(rig.push.messages[0]!.payload).toMatchObject({ tag: 'test', alert: null, actions: [{ action: 'open' }] });
    expect(rig.smtp.to(user.email)).toHaveLength(1);
    expect(rig.said()).toHaveLength(1);
    for (const [answer, words] of [
      [{ status: 400, body: { ok: false, description: 'Bad Request: chat not found' } }, /knows no such chat/], [{ status: 403, body: { ok: false, description: 'Forbidden: bot was blocked by the user' } }, /bot is blocked/],
    ] as const) {
      rig.telegram.answer = () => answer;
      const failed = await test('telegram');
      expect(failed).toMatchObject({ status: 200, body: { state: 'failed' } });
      expect(String(failed.body['error'])).toMatch(words);
    }
    await test('push');
    expect(await test('push')).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    rig.hub.advance(600_000);
    await rig.settle();
    expect(rig.said(), 'no test is tried again').toHaveLength(3);
  });

  it('refuses endpoints that are no push service of the internet', async () => {
    await rig.close();
    rig = await startRig({ privateWebhooks: false });
    const { cookie } = await rig.onDuty();
    const { keys } = rig.push.subscribe('x');
    for (const endpoint of ['http://push.example/1', 'https://127.0.0.1/1', 'https://[::1]:8400/1', 'https://user:pass@push.example/1', 'https://localhost/push']) {
      expect(await rig.hub.call('POST', '/api/v1/notifications/subscriptions', { cookie, body: { endpoint, keys } }), endpoint).toMatchObject({ status: 422, body: { code: 'invalid' } });
    }
  });
});

describe('programs', () => {
  it('are told what happens to alerts, signed, in order', async () => {
    const { id, secret } = await webhook();
    const { user } = await rig.onDuty();
    const alert = await rig.open({ message: { text: 'Call 8 921 555-44-33', contact: 'x@example.org', voice: null, photo: null }, quiet: true });
    await rig.settle();
    await rig.state('alert.escalated', { alert, step: 1 });
    await rig.settle();
    await rig.state('alert.claimed', { alert, by: { id: user.id, name: user.name } });
    await rig.settle();
    await rig.state('alert.resolved', { alert, by: { id: user.id, name: user.name }, cause: 'queue' });
    await rig.settle();
    const heard = rig.program.heard.map(({ headers, body }) => ({ headers, body, said: JSON.parse(body) as Record<string, never> }));
    expect(heard.map(({ said }) => said['event'])).toEqual(['alert.opened', 'alert.escalated', 'alert.claimed', 'alert.resolved']);
    for (const { headers, body, said } of heard) {
      expect(signatureHolds(secret, body, String(headers['otklik-signature']), rig.hub.clock())).toBe(true);
      expect(headers['otklik-delivery']).toBe(said['delivery']);
      expect(body).not.toMatch(/921|example\.org/);
    }
    expect(heard[0]!.said).toMatchObject({ site: { id: SITE, name: 'Shop on Main' }, quiet: true, alert: { id: alert, state: 'open', place: 'Till 3', quote: 'Call …' }, url: `https://otklik.example/floor?site=${SITE}&alert=${alert}` });
    expect(heard[3]!.said).toMatchObject({ alert: { state: 'resolved', owner: user.name, cause: 'queue' } });
    const rows = (await rig.deliveries()).filter(({ channel }) => channel === 'webhook');
    expect(rows.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(new Set(rows.map((row) => row.user))).toEqual(new Set([null]));
    expect(id).toBe(((await rig.hub.call('GET', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin })).body as unknown as { webhooks: Made[] }).webhooks[0]!.id);
  });

  it('that cannot be reached do not hold up others, and hear how things stand when they are back', async () => {
    await rig.close();
    rig = await startRig({}, { webhook: 1_000 });
    await webhook(`${rig.program.origin}/dead`);
    await webhook(`${rig.program.origin}/alive`);
    rig.program.answer = ({ path }) => (path === '/dead' ? 'hang' : { status: 200 });
    const { user } = await rig.onDuty(['tablet'], { order: ['push'] });
    const alerts = [await rig.open(), await rig.open()];
    await rig.settle();
    expect(rig.push.messages).toHaveLength(2);
    expect(rig.program.heard.filter(({ path }) => path === '/alive')).toHaveLength(2);
    await rig.state('alert.claimed', { alert: alerts[0]!, by: { id: user.id, name: user.name } });
    rig.program.answer = () => ({ status: 200 });
    await rig.settle();
    rig.hub.advance(7_000);
    await rig.settle();
    const late = rig.program.heard.filter(({ path }) => path === '/dead').map(({ body }) => JSON.parse(body) as { event: string; alert: { id: string; state: string } });
    expect(late.slice(2).map(({ event, alert }) => [event, alert.id, alert.state]).sort()).toEqual([['alert.claimed', alerts[0], 'claimed'], ['alert.opened', alerts[1], 'open']].sort());
  });

  it('are sent nowhere by a redirect', async () => {
    const { id } = await webhook();
    rig.program.answer = ({ path }) => (path === '/hook' ? { status: 302, headers: { location: `${rig.program.origin}/inside` } } : { status: 200 });
    const tried = await rig.hub.call('POST', `/api/v1/webhooks/${id}/test`, { cookie: rig.admin });
    expect(tried).toMatchObject({ status: 200, body: { state: 'failed', error: 'The address answers with a redirect. Give the final address. (302)' } });
    expect(rig.program.heard.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('show their secret once, stand in the journal without it, and are at most ten', async () => {
    const { id, secret } = await webhook(`${rig.program.origin}/hook?token=their-own-secret`);
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const listed = await rig.hub.call('GET', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin });
    expect(listed.text).not.toContain(secret);
    const changed = await rig.hub.call('PUT', `/api/v1/sites/${SITE}/webhooks/${id}`, { cookie: rig.admin, body: { url: `${rig.program.origin}/new`, enabled: false } });
    expect(changed.body).toEqual({ id, site: SITE, url: `${rig.program.origin}/new`, enabled: false, createdAt: rig.hub.clock() });
    await rig.open();
    await rig.settle();
    expect(rig.program.heard).toEqual([]);
    for (let n = 1; n < 10; n++) await webhook();
    expect(await rig.hub.call('POST', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin, body: { url: rig.program.origin, enabled: true } })).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await rig.hub.call('DELETE', `/api/v1/sites/${SITE}/webhooks/${id}`, { cookie: rig.admin })).status).toBe(204);
    expect((await rig.hub.call('DELETE', `/api/v1/sites/${SITE}/webhooks/${id}`, { cookie: rig.admin })).status).toBe(404);
    const journal = await rig.hub.audit.list(50);
    expect(journal.filter(({ target }) => target === `webhook:${id}`).map(({ action }) => action)).toEqual(['webhook.deleted', 'webhook.updated', 'webhook.created']);
    expect(JSON.stringify(journal)).not.toContain(secret);
    expect(JSON.stringify(journal)).not.toContain('their-own-secret');
  });

  it('are managed by those who manage the site\'s rules only', async () => {
    const { id } = await webhook();
    await rig.hub.call('POST', '/api/v1/sites', { cookie: rig.admin, body: { id: 'other', name: 'Other', timezone: 'UTC' } });
    const floor = await rig.hub.person('floor', [SITE]);
    const elsewhere = await rig.hub.person('supervisor', ['other']);
    for (const [method, url, body] of [
      ['GET', `/api/v1/sites/${SITE}/webhooks`], ['POST', `/api/v1/sites/${SITE}/webhooks`, { url: rig.program.origin, enabled: true }], ['PUT', `/api/v1/sites/${SITE}/webhooks/${id}`, { url: rig.program.origin, enabled: true }],
      ['DELETE', `/api/v1/sites/${SITE}/webhooks/${id}`], ['POST', `/api/v1/webhooks/${id}/test`], ['GET', `/api/v1/sites/${SITE}/deliveries`],
    ] as const) {
      expect((await rig.hub.call(method, url, { cookie: floor.cookie, ...(body ? { body } : {}) })).status, `${method} ${url}`).toBe(403);
      expect((await rig.hub.call(method, url, { cookie: elsewhere.cookie, ...(body ? { body } : {}) })).status, `${method} ${url}`).toBe(404);
      expect((await rig.hub.call(method, url, { ...(body ? { body } : {}), headers: { origin: 'http://hub.test' } })).status, `${method} ${url}`).toBe(401);
    }
    expect((await rig.hub.call('PUT', `/api/v1/sites/other/webhooks/${id}`, { cookie: elsewhere.cookie, body: { url: rig.program.origin, enabled: true } })).status).toBe(404);
  });

  it('in the hub\'s own network are refused, by address and by name, unless the operator allows it', async () => {
    await rig.close();
    rig = await startRig({ privateWebhooks: false });
    for (const url of [rig.program.origin, 'http://10.0.0.1/', 'http://169.254.169.254/latest/meta-data', 'http://localhost:8400/', 'http://[::1]/', 'https://user:pass@example.org/', 'http://2130706433/']) {
      expect(await rig.hub.call('POST', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin, body: { url, enabled: true } }), url).toMatchObject({ status: 422, body: { code: 'invalid' } });
    }
    // A name that looks harmless and leads inside is found out when it is asked for.
    const dns = await import('node:dns');
    const lookup = vi.spyOn(dns.default, 'lookup').mockImplementation(((_name: string, _options: unknown, callback: (error: null, found: { address: string; family: number }[]) => void) => { callback(null, [{ address: '127.0.0.1', family: 4 }]); }) as never);
    const port = new URL(rig.program.origin).port;
    const { id } = await webhook(`http://rebinding.example.org:${port}/hook`);
    expect((await rig.hub.call('POST', `/api/v1/webhooks/${id}/test`, { cookie: rig.admin })).body).toMatchObject({ state: 'failed', error: 'This address is inside the hub’s network, where nothing may be sent.' });
    expect(lookup).toHaveBeenCalled();
    expect(rig.program.heard).toEqual([]);
  });
});

describe('rubbish', () => {
  const subscription = () => rig.push.subscribe('x');
  it('is refused in every request, with what is wrong', async () => {
    const { cookie } = await rig.onDuty();
    const good = subscription();
    const bodies: [string, string, unknown[]][] = [
      ['PUT', '/api/v1/notifications/settings', [{}, { order: ['push', 'push'], telegramChat: null }, { order: ['webhook'], telegramChat: null }, { order: ['push'] }, { order: [], telegramChat: '1; DROP' }, { order: [], telegramChat: 7 }, { order: 'push', telegramChat: null }, []]],
      ['POST', '/api/v1/notifications/subscriptions', [{}, { ...good, endpoint: 'x' }, { ...good, endpoint: 'https://a b/cdefgh' }, { ...good, endpoint: `https://x.example/${'y'.repeat(1000)}` }, { ...good, keys: { p256dh: 'short', auth: 'x' } }, { ...good, keys: { ...good.keys, p256dh: '<'.repeat(40) } }, { ...good, user: 'admin' }, { ...good, keys: null }]],
      ['POST', '/api/v1/notifications/test', [{}, { channel: 'webhook' }, { channel: '__proto__' }, { channel: ['push'] }, { channel: 'push', to: 'all' }]],
    ];
    for (const [method, url, all] of bodies) for (const body of all) expect((await rig.hub.call(method as 'PUT', url, { cookie, body })).status, `${url} ${JSON.stringify(body)}`).toBe(422);
    for (const body of [{}, { url: 'ftp://example.org', enabled: true }, { url: 'https://example.org' }, { url: 'https://', enabled: true }, { url: `https://example.org/${'x'.repeat(1000)}`, enabled: true }, { url: 'https://example.org', enabled: 1 }, { url: 'https://example.org', enabled: true, secret: 'mine' }]) {
      expect((await rig.hub.call('POST', `/api/v1/sites/${SITE}/webhooks`, { cookie: rig.admin, body })).status, JSON.stringify(body)).toBe(422);
    }
    for (const receipt of ['x', 'A'.repeat(44), `${'A'.repeat(42)}%2e`, '%00'.repeat(14)]) expect([404, 422, 400], receipt).toContain((await rig.hub.call('POST', `/api/v1/notifications/receipts/${receipt}`)).status);
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=5&more=1']) expect((await rig.hub.call('GET', `/api/v1/sites/${SITE}/deliveries?${query}`, { cookie: rig.admin })).status, query).toBe(422);
  });

  it('of a browser\'s keys costs that browser its place, not the person their notice', async () => {
    const person = await rig.onDuty();
    const bad = { endpoint: `${rig.push.origin}/push/bad`, keys: { p256dh: 'A'.repeat(87), auth: 'A'.repeat(22) } };
    expect((await rig.hub.call('POST', '/api/v1/notifications/subscriptions', { cookie: person.cookie, body: bad })).status).toBe(201);
    await rig.open();
    await rig.settle();
    expect(rig.smtp.to(person.user.email)).toHaveLength(1);
    expect((await rig.hub.call('GET', '/api/v1/notifications', { cookie: person.cookie })).body).toMatchObject({ devices: [] });
    expect(rig.main.errors).toEqual([]);
  });
});

it('secrets stand in no answer and in no line of the log, whatever fails', async () => {
  const { cookie, user } = await rig.onDuty(['tablet'], { telegramChat: '77' });
  const { secret, id } = await webhook();
  const { privateKey } = await createVapid(rig.hub.store, rig.hub.clock)();
  const answers: string[] = [];
  rig.smtp.mood = 'bad_login';
  rig.telegram.answer = () => ({ status: 500, body: { description: `token ${TELEGRAM_TOKEN}` } });
  rig.program.answer = () => ({ status: 500 });
  rig.push.answer('tablet', 500);
  for (let round = 0; round < 2; round++) {
    for (const channel of ['push', 'email', 'telegram']) answers.push((await rig.hub.call('POST', '/api/v1/notifications/test', { cookie, body: { channel } })).text);
    answers.push((await rig.hub.call('POST', `/api/v1/webhooks/${id}/test`, { cookie: rig.admin })).text);
    await rig.open({ message: { text: 'words of a visitor', contact: 'visitor@example.org', voice: null, photo: null } });
    await rig.settle();
    // The second time nobody is there at all.
    if (round === 0) await Promise.all([rig.smtp.close(), rig.telegram.close(), rig.program.close()]);
  }
  for (const url of ['/api/v1/notifications', `/api/v1/sites/${SITE}/deliveries`, `/api/v1/sites/${SITE}/webhooks`, '/api/v1/audit']) answers.push((await rig.hub.call('GET', url, { cookie: rig.admin })).text);
  const endpoint = `${rig.push.origin}/push/tablet`;
  const secrets = [TELEGRAM_TOKEN, 'telegram-secret-2', 'smtp-secret-1', secret, endpoint, privateKey];
  expect(rig.hub.logged.some((line) => line.includes('a notice was not delivered'))).toBe(true);
  for (const one of secrets) {
    expect(rig.hub.logged.filter((line) => line.includes(one)), one).toEqual([]);
    expect(answers.filter((text) => text.includes(one)), one).toEqual([]);
  }
  for (const word of ['visitor@example.org', 'words of a visitor', user.email]) expect(rig.hub.logged.filter((line) => line.includes(word)), word).toEqual([]);
});
