import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAUSES, type Alert, type AlertDetail, type BodyOf } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { startHub, type TestHub } from '../testing/hub.ts';
import { stateAlert } from './repository.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

type Person = Awaited<ReturnType<TestHub['person']>>;
let hub: TestHub;
let anna: Person;
let igor: Person;
let analyst: Person;
let admin: Person;

beforeAll(async () => {
  hub = await startHub();
  admin = await hub.person('administrator');
  for (const id of ['shop', 'other', 'list']) await hub.call('POST', '/api/v1/sites', { cookie: admin.cookie, body: { id, name: id, timezone: 'Europe/Moscow' } });
  [anna, igor, analyst] = [await hub.person('floor', ['shop', 'list']), await hub.person('floor', ['shop', 'list']), await hub.person('analyst', ['shop'])];
});
afterAll(() => hub.close());

async function open(more: Partial<BodyOf<'alert.opened'>> = {}, site = 'shop'): Promise<string> {
  const alert = ulid().toLowerCase();
  const body = { alert, kind: 'feedback.negative' as const, severity: 'high' as const, source: alert.toUpperCase(), since: hub.clock(), touchpoint: 'till-3', ...more };
  await hub.store.transaction((tx) => stateAlert(tx, hub.alerts, hubEvent(site, 'alert.opened', hub.clock(), body, { touchpoint: body.touchpoint })));
  return alert;
}
const order = (who: Person, alert: string, what: string, body?: unknown, key = ulid()) => hub.call('POST', `/api/v1/alerts/${alert}/${what}`, { cookie: who.cookie, headers: { 'idempotency-key': key }, ...(body === undefined ? {} : { body }) });
const events = (alert: string) => hub.committed.map(({ event }) => event).filter((event) => (event.body as { alert?: string }).alert === alert);
const actor = ({ user }: Person) => ({ id: user.id, name: user.name });

describe('commands', () => {
  it('[C4] [C6] go from the claim over the way to the end, and each answers with the alert as it stands', async () => {
    const alert = await open();
    const at = hub.clock();
    expect((await order(anna, alert, 'claim')).body).toMatchObject({ state: 'claimed', owner: actor(anna), claimedAt: at });
    hub.advance(5_000);
    expect((await order(anna, alert, 'depart')).body).toMatchObject({ state: 'on_the_way', claimedAt: at, departedAt: at + 5_000 });
    expect((await order(anna, alert, 'release')).body).toMatchObject({ state: 'open', owner: null, claimedAt: null, departedAt: null });
    expect((await order(igor, alert, 'depart')).body).toMatchObject({ state: 'on_the_way', owner: actor(igor), claimedAt: at + 5_000, departedAt: at + 5_000 });
    expect((await order(anna, alert, 'resolve', { as: 'unreachable', outcome: 'left' })).body).toMatchObject({ state: 'unreachable', owner: actor(anna), cause: null, outcome: 'left', resolvedAt: at + 5_000 });
    expect(events(alert).map(({ type }) => type)).toEqual(['alert.opened', 'alert.claimed', 'alert.departed', 'alert.released', 'alert.departed', 'alert.resolved']);
  });

  it('[C3] say with every refusal how the alert stands and who has it', async () => {
    const alert = await open();
    await order(anna, alert, 'claim');
    const claimedAt = hub.clock();
    hub.advance(60_000);
    const stands = { state: 'claimed', owner: actor(anna), claimedAt, resolvedAt: null, cause: null };
    for (const [what, code, body] of [['claim', 'already_claimed'], ['depart', 'already_claimed'], ['snooze', 'already_claimed', { for: 5, reason: 'r' }], ['release', 'not_yours']] as const) {
      expect(await order(igor, alert, what, body), what).toMatchObject({ status: 409, body: { ...stands, code, status: 409 }, headers: { 'content-type': expect.stringContaining('problem+json') as string } });
    }
    await order(anna, alert, 'resolve', { cause: 'queue' });
    const over = { code: 'already_resolved', state: 'resolved', owner: actor(anna), claimedAt, resolvedAt: hub.clock(), cause: 'queue' };
    for (const [what, body] of [['claim'], ['depart'], ['release'], ['snooze', { for: 5, reason: 'r' }], ['resolve', { cause: 'queue' }]] as const) {
      expect(await order(igor, alert, what, body), what).toMatchObject({ status: 409, body: over });
    }
    expect(events(alert)).toHaveLength(3);
  });

  it('[C1] do nothing when the same person wants the same again', async () => {
    const alert = await open();
    for (const what of ['claim', 'depart', 'release']) {
      const first = await order(anna, alert, what);
      expect(await order(anna, alert, what)).toMatchObject({ status: 200, text: first.text });
    }
    expect(events(alert)).toHaveLength(4);
  });

  it('[C1] repeated with the same key after ten minutes get the first answer, also one that lost', async () => {
    const alert = await open();
    const [won, lost] = [ulid(), ulid()];
    const first = await order(anna, alert, 'claim', undefined, won);
    const refused = await order(igor, alert, 'claim', undefined, lost);
    expect(refused.status).toBe(409);
    hub.advance(600_000);
    await order(anna, alert, 'release');
    await order(anna, alert, 'resolve', { as: 'false' });
    expect(await order(anna, alert, 'claim', undefined, won)).toMatchObject({ status: 200, text: first.text });
    expect(await order(igor, alert, 'claim', undefined, lost)).toMatchObject({ status: 409, text: refused.text });
    expect(await order(anna, alert, 'resolve', { as: 'false' }, won)).toMatchObject({ status: 409, body: { code: 'already_resolved' } });
  });

  it('[C6] refuse a cause that the site does not have, and name those that it has', async () => {
    const alert = await open();
    for (const body of [{}, { as: 'resolved' }, { cause: 'parking' }, { as: 'false', cause: 'parking' }]) {
      const { status, body: problem } = await order(anna, alert, 'resolve', body);
      expect({ status, code: problem.code, detail: problem['detail'] }).toMatchObject({ status: 422, code: 'unknown_cause', detail: expect.stringContaining(CAUSES.join(', ')) as string });
    }
    await hub.call('PUT', '/api/v1/sites/shop/alert-settings', { cookie: admin.cookie, body: { ...DEFAULT_SETTINGS, causes: [{ id: 'parking', name: 'Parking' }] } });
    expect((await order(anna, alert, 'resolve', { cause: 'queue' })).body.code).toBe('unknown_cause');
    expect((await order(anna, alert, 'resolve', { cause: 'parking' })).body).toMatchObject({ state: 'resolved', cause: 'parking' });
    await hub.call('PUT', '/api/v1/sites/shop/alert-settings', { cookie: admin.cookie, body: DEFAULT_SETTINGS });
  });

  it('[C7] snooze until the minutes are over or the shift is', async () => {
    const alert = await open();
    expect((await order(anna, alert, 'snooze', { for: 15, reason: 'delivery' })).body).toMatchObject({ state: 'open', snoozedUntil: hub.clock() + 900_000 });
    const { snoozedUntil } = (await order(anna, alert, 'snooze', { for: 'shift', reason: 'delivery' })).body as unknown as Alert;
    expect(snoozedUntil).toBeGreaterThan(hub.clock());
    expect((snoozedUntil! + 3 * 3600_000) % 86_400_000, 'midnight in Moscow, where no shift is known').toBe(0);
    expect((await order(igor, alert, 'claim')).body).toMatchObject({ state: 'claimed', owner: actor(igor), snoozedUntil: null });
  });

  it('[C9] keep who saw it, once for each person, and are never refused for it', async () => {
    const alert = await open();
    const first = hub.clock();
    expect((await order(anna, alert, 'seen')).body).toMatchObject({ seenAt: first, state: 'open' });
    hub.advance(1_000);
    for (const who of [anna, igor, anna, igor]) expect((await order(who, alert, 'seen')).body).toMatchObject({ seenAt: first });
    expect(events(alert).filter(({ type }) => type === 'alert.seen').map(({ body }) => (body as BodyOf<'alert.seen'>).by.id)).toEqual([anna.user.id, igor.user.id]);
    await order(igor, alert, 'resolve', { as: 'false' });
    expect(await order(admin, alert, 'seen')).toMatchObject({ status: 200, body: { state: 'false' } });
  });

  it('are for those who handle alerts of the site', async () => {
    const [alert, elsewhere] = [await open(), await open({}, 'other')];
    for (const [what, body] of [['claim'], ['depart'], ['release'], ['seen'], ['snooze', { for: 5, reason: 'r' }], ['resolve', { cause: 'queue' }]] as const) {
      expect(await order(analyst, alert, what, body), what).toMatchObject({ status: 403 });
      expect(await order(anna, elsewhere, what, body), what).toMatchObject({ status: 404 });
      expect(await order(anna, ulid().toLowerCase(), what, body), what).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect([events(alert).length, events(elsewhere).length]).toEqual([1, 1]);
  });

  it('refuse rubbish and keep words as they are', async () => {
    const alert = await open();
    const long = 'x'.repeat(1_001);
    const bad: [string, unknown][] = [
      ['resolve', { cause: 'queue', note: long }], ['resolve', { cause: 'queue', note: '' }], ['resolve', { cause: 'Queue!' }], ['resolve', { cause: 5 }], ['resolve', { as: 'expired' }], ['resolve', { as: 'cleared', cause: 'queue' }],
      ['resolve', { cause: 'queue', outcome: 'happy' }], ['resolve', { cause: 'queue', more: 1 }], ['resolve', []], ['resolve', 'null'], ['resolve', { cause: 'queue', note: 'a\0b' }],
      ['snooze', {}], ['snooze', { for: 5 }], ['snooze', { reason: 'r' }], ['snooze', { for: 6, reason: 'r' }], ['snooze', { for: '5', reason: 'r' }], ['snooze', { for: 'ever', reason: 'r' }], ['snooze', { for: 5, reason: '   ' }],
      ['snooze', { for: 5, reason: 'x'.repeat(201) }], ['snooze', { for: 5, reason: 'r', until: 9 }], ['snooze', { for: 5, reason: 'a\0b' }], ['snooze', { for: -5, reason: 'r' }],
    ];
    for (const [what, body] of bad) expect([400, 422], JSON.stringify([what, body])).toContain((await order(anna, alert, what, body)).status);
    for (const id of ['1', 'A'.repeat(26), `${'0'.repeat(25)}%00`, '../sites', '0'.repeat(27)]) expect([400, 404, 422], id).toContain((await order(anna, id, 'claim')).status);
    for (const key of ['', 'short', 'x'.repeat(65), 'has space in']) expect((await order(anna, alert, 'claim', undefined, key)).status, key).toBe(422);
    expect(events(alert)).toHaveLength(1);
    const note = '<img src=x onerror=alert(1)> & "quoted" 😀';
    const { body, headers } = await order(anna, alert, 'resolve', { cause: 'queue', note });
    expect(body['note']).toBe(note);
    expect(headers['content-type']).toContain('application/json');
  });
});

describe('what is told of alerts', () => {
  it('is a list, page by page, also of alerts of one moment', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) { ids.push(await open({}, 'list')); if (i % 3 === 0) hub.advance(1_000); }
    const page = async (query: string) => ((await hub.call('GET', `/api/v1/sites/list/alerts?${query}`, { cookie: anna.cookie })).body as unknown as { alerts: Alert[] }).alerts.map(({ id }) => id);
    const all = await page('');
    expect([...all].sort()).toEqual([...ids].sort());
    const paged: string[] = [];
    for (let next = await page('limit=2'); next.length > 0; next = await page(`limit=2&before=${paged.at(-1)!}`)) paged.push(...next);
    expect(paged).toEqual(all);
    await order(anna, ids[0]!, 'resolve', { cause: 'queue' });
    expect(await page('state=resolved')).toEqual([ids[0]]);
    expect(await page(`before=${ulid().toLowerCase()}`)).toEqual([]);
    for (const query of ['limit=0', 'limit=501', 'limit=x', 'state=done', 'before=1', 'more=1']) expect((await hub.call('GET', `/api/v1/sites/list/alerts?${query}`, { cookie: anna.cookie })).status, query).toBe(422);
  });

  it('is everything about one: what was here before, what was done, in order', async () => {
    const before: string[] = [];
    for (let i = 0; i < 4; i++) { before.push(await open({ touchpoint: 'till-7' })); hub.advance(1_000); }
    await open({ touchpoint: 'till-7', kind: 'feedback.run' });
    await open({ touchpoint: 'till-8' });
    const alert = await open({ touchpoint: 'till-7', message: { text: 'cold soup', contact: null, voice: null, photo: null } });
    const at = hub.clock();
    await order(igor, alert, 'seen');
    await order(anna, alert, 'claim');
    await order(anna, alert, 'snooze', { for: 5, reason: 'delivery' });
    await order(igor, alert, 'depart');
    await order(igor, alert, 'resolve', { as: 'unreachable', note: 'gone' });
    const { status, body } = await hub.call('GET', `/api/v1/alerts/${alert}`, { cookie: anna.cookie });
    const detail = body as unknown as AlertDetail;
    expect(status).toBe(200);
    expect(detail.alert).toMatchObject({ id: alert, message: { text: 'cold soup' } });
    expect(detail.similar.map(({ id }) => id)).toEqual(before.slice(1).reverse());
    expect(detail.history).toEqual([
      { at, what: 'opened', by: null, text: null }, { at, what: 'seen', by: igor.user.name, text: null }, { at, what: 'claimed', by: anna.user.name, text: null },
      { at, what: 'snoozed', by: anna.user.name, text: 'delivery' }, { at, what: 'departed', by: igor.user.name, text: null }, { at, what: 'unreachable', by: igor.user.name, text: 'gone' },
    ]);
    const seen = (await hub.call('GET', `/api/v1/alerts/${alert}`, { cookie: analyst.cookie })).body as unknown as AlertDetail;
    expect(seen.alert.message, 'a visitor\'s words are for those who handle alerts').toBeNull();
    expect((await hub.call('GET', `/api/v1/alerts/${await open({}, 'other')}`, { cookie: anna.cookie })).status).toBe(404);
    expect((await hub.call('GET', `/api/v1/alerts/${ulid().toLowerCase()}`, { cookie: anna.cookie })).status).toBe(404);
  });

  it('stays a bounded history however often an alert goes to and fro, with its newest step', async () => {
    const alert = await open();
    for (let i = 0; i < 60; i++) { await order(anna, alert, 'claim'); await order(anna, alert, 'release'); }
    await order(igor, alert, 'claim');
    const { history } = (await hub.call('GET', `/api/v1/alerts/${alert}`, { cookie: anna.cookie })).body as unknown as AlertDetail;
    expect(history.length).toBe(101);
    expect([history[0], history.at(-1)]).toMatchObject([{ what: 'opened' }, { what: 'claimed', by: igor.user.name }]);
  });
});

describe('settings of a site\'s alerts', () => {
  const url = '/api/v1/sites/other/alert-settings';
  const put = (body: unknown, who = admin, site = 'other') => hub.call('PUT', `/api/v1/sites/${site}/alert-settings`, { cookie: who.cookie, body });

  it('are the usual ones until they are changed, which the journal keeps', async () => {
    expect((await hub.call('GET', url, { cookie: admin.cookie })).body).toEqual(DEFAULT_SETTINGS);
    const wanted = { causes: [{ id: 'queue', name: null }, { id: 'parking', name: 'Парковка' }], quiet: [{ days: [1, 2], from: 1320, to: 420 }], hourlyCap: 5, groupS: 60, expireS: 600 };
    expect(await put(wanted)).toMatchObject({ status: 200, body: wanted });
    expect((await hub.call('GET', url, { cookie: admin.cookie })).body).toEqual(wanted);
    const { entries } = (await hub.call('GET', '/api/v1/audit?limit=1', { cookie: admin.cookie })).body as unknown as { entries: unknown[] };
    expect(entries[0]).toMatchObject({ action: 'alerts.settings', target: 'site:other', actorName: admin.user.name, detail: { hourlyCap: 5 } });
  });

  it('refuse what does not fit, and change nothing then', async () => {
    const before = (await hub.call('GET', url, { cookie: admin.cookie })).text;
    const causes = (...list: unknown[]) => ({ ...DEFAULT_SETTINGS, causes: list });
    for (const body of [
      {}, [], 'x', causes(), causes({ id: 'queue' }), causes({ id: 'own', name: null }), causes({ id: 'queue', name: null }, { id: 'queue', name: 'Q' }), causes({ id: 'Bad Id', name: 'x' }), causes({ id: 'own', name: '' }), causes({ id: 'own', name: 'a\0b' }),
      causes(...Array.from({ length: 31 }, (_, i) => ({ id: `c${i}`, name: 'x' }))), { ...DEFAULT_SETTINGS, hourlyCap: 0 }, { ...DEFAULT_SETTINGS, hourlyCap: 1.5 }, { ...DEFAULT_SETTINGS, groupS: 3601 }, { ...DEFAULT_SETTINGS, expireS: 299 },
      { ...DEFAULT_SETTINGS, quiet: [] }, { ...DEFAULT_SETTINGS, quiet: [{ days: [8], from: 0, to: 1 }] }, { ...DEFAULT_SETTINGS, quiet: [{ days: [1], from: 0, to: 1441 }] }, { ...DEFAULT_SETTINGS, more: 1 },
    ]) expect([400, 422], JSON.stringify(body)).toContain((await put(body)).status);
    expect((await hub.call('GET', url, { cookie: admin.cookie })).text).toBe(before);
    expect(await put(DEFAULT_SETTINGS, admin, 'nowhere')).toMatchObject({ status: 404 });
    expect(await put(DEFAULT_SETTINGS, anna, 'shop')).toMatchObject({ status: 403 });
    expect((await hub.call('GET', '/api/v1/sites/nowhere/alert-settings', { cookie: admin.cookie })).status).toBe(404);
  });
});
