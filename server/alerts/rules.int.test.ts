import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALERT_KINDS, KIND_DEFAULTS, type NewRule, type Rule, type RulePreview } from '../../contract/index.ts';
import { createMetrics, DAY, HOUR, hourOf, markOf } from '../metrics/index.ts';
import { ratingHoursTable, measureMinutesTable } from '../metrics/tables.ts';
import { seededRandom } from '../core/testing/random.ts';
import { START, startHub, type TestHub } from '../testing/hub.ts';
import { builtInRule } from './rule-defaults.ts';

let hub: TestHub;
let boss: string;
let floor: string;
beforeAll(async () => {
  hub = await startHub();
  boss = (await hub.person('administrator')).cookie;
  floor = (await hub.person('floor')).cookie;
  for (const site of ['shop', 'busy', 'loud']) {
    await hub.call('POST', '/api/v1/sites', { cookie: boss, body: { id: site, name: site, timezone: 'Europe/Moscow' } });
    await hub.call('POST', `/api/v1/sites/${site}/zones`, { cookie: boss, body: { id: 'hall', name: 'Hall' } });
    await hub.call('POST', `/api/v1/sites/${site}/touchpoints`, { cookie: boss, body: { id: 'till', name: 'Till', zone: 'hall' } });
  }
});
afterAll(() => hub.close());

const own = (change: Partial<NewRule> = {}): NewRule => {
  const { id: _id, site: _site, builtIn: _builtIn, ...rest } = builtInRule('shop', 'feedback.negative');
  return { ...rest, name: 'Mine', ...change };
};
const rulesAt = async (site = 'shop'): Promise<Rule[]> => (await hub.call('GET', `/api/v1/sites/${site}/rules`, { cookie: floor })).body['rules'] as unknown as Rule[];
const post = (body: unknown, path = '', cookie = boss, site = 'shop') => hub.call('POST', `/api/v1/sites/${site}/rules${path}`, { cookie, body });

describe('the rules of a site', () => {
  it('are one of each kind from the first day, with the tone, severity and time of the kind', async () => {
    const rules = await rulesAt();
    expect(rules.map(({ kind }) => kind)).toEqual([...ALERT_KINDS]);
    for (const rule of rules) expect(rule).toMatchObject({ ...KIND_DEFAULTS[rule.kind as keyof typeof KIND_DEFAULTS], builtIn: true, id: rule.kind.replaceAll('.', '-') });
    expect(rules.filter(({ enabled }) => !enabled).map(({ kind }) => kind)).toEqual(['emotion.mood', 'traffic.crowd', 'sales.conversion', 'staff.consultations', 'staff.idle']);
  });

  it('are changed, added and removed by whoever may, with an entry in the journal each', async () => {
    const added = await post(own({ place: { zone: null, touchpoint: 'till' }, params: {} }));
    expect(added.status).toBe(201);
    const { id } = added.body as unknown as Rule;
    // Parameters that are left out have their defaults.
    expect(added.body).toMatchObject({ builtIn: false, params: { faces: 'lowest' } });
    expect((await hub.call('PUT', `/api/v1/sites/shop/rules/${id}`, { cookie: boss, body: own({ enabled: false, params: { faces: 'negative' } }) })).body).toMatchObject({ id, enabled: false, params: { faces: 'negative' } });
    expect((await hub.call('PUT', '/api/v1/sites/shop/rules/feedback-negative', { cookie: boss, body: own({ enabled: false }) })).status).toBe(200);
    expect((await rulesAt()).filter(({ kind }) => kind === 'feedback.negative')).toMatchObject([{ id: 'feedback-negative', enabled: false, builtIn: true }, { id, enabled: false }]);
    expect((await hub.call('DELETE', `/api/v1/sites/shop/rules/${id}`, { cookie: boss })).status).toBe(204);
    expect((await hub.call('DELETE', `/api/v1/sites/shop/rules/${id}`, { cookie: boss })).status).toBe(404);
    expect((await hub.call('PUT', `/api/v1/sites/shop/rules/${id}`, { cookie: boss, body: own() })).status).toBe(404);
    expect((await rulesAt()).some((rule) => rule.id === id)).toBe(false);
    const journal = (await hub.audit.list(10)).filter(({ target }) => target.startsWith('rule:shop/')).map(({ action }) => action);
    expect(journal).toEqual(['rule.deleted', 'rule.updated', 'rule.updated', 'rule.created']);
  });

  it('are refused with the field and what to do, and nothing is kept', async () => {
    const refused: [Partial<NewRule> | Record<string, unknown>, string][] = [
      [{ params: { faces: 'all' } }, '/params/faces'], [{ params: { count: 3 } }, '/params/count'], [{ kind: 'feedback.run', params: { count: 1 } }, '/params/count'],
      [{ kind: 'feedback.run', params: { minutes: 'x' } }, '/params/minutes'], [{ place: { zone: 'cellar', touchpoint: null } }, '/place/zone'], [{ place: { zone: null, touchpoint: 'no' } }, '/place/touchpoint'],
      [{ place: { zone: 'hall', touchpoint: 'till' } }, '/place'], [{ escalation: { secondS: 60, managerS: 60, returnS: null } }, '/escalation/managerS'],
      [{ severity: 'deadly' }, '/severity'], [{ actWithinS: 1 }, '/actWithinS'], [{ hours: [{ days: [8], from: 0, to: 1 }] }, '/hours/0/days/0'], [{ kind: 'no.kind' }, '/kind'], [{ surprise: 1 }, '/surprise'], [{ params: { __proto__x: 1, constructor: 2 } }, '/params/__proto__x'],
    ];
    const before = await rulesAt();
    for (const [change, path] of refused) {
      const answer = await post({ ...own(), ...change });
      expect([answer.status, (answer.body['errors'] as { path: string }[] | undefined)?.[0]?.path], JSON.stringify(change)).toEqual([422, path]);
    }
    expect((await hub.call('PUT', '/api/v1/sites/shop/rules/feedback-rate', { cookie: boss, body: own() })).body).toMatchObject({ code: 'invalid', errors: [{ path: '/kind' }] });
    expect(await rulesAt()).toEqual(before);
  });

  it('that are built in stay; others have no place for ever more', async () => {
    expect(await hub.call('DELETE', '/api/v1/sites/shop/rules/feedback-rate', { cookie: boss })).toMatchObject({ status: 409, body: { code: 'rule_built_in' } });
    await Promise.all(Array.from({ length: 105 }, (_, i) => post(own({ name: `Rule ${i}`, enabled: false }))));
    expect((await rulesAt()).filter(({ builtIn }) => !builtIn)).toHaveLength(100);
    expect(await post(own({ enabled: false }))).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('are for whoever may manage rules; the floor may read them', async () => {
    expect((await post(own(), '', floor)).status).toBe(403);
    expect((await post(own(), '/preview', floor)).status).toBe(403);
    expect((await hub.call('DELETE', '/api/v1/sites/shop/rules/feedback-rate', { cookie: floor })).status).toBe(403);
    expect((await hub.call('GET', '/api/v1/sites/shop/rules')).status).toBe(401);
    expect((await hub.call('GET', '/api/v1/sites/nowhere/rules', { cookie: boss })).status).toBe(404);
    expect((await post({ rubbish: true }, '/preview')).status).toBe(422);
  });
});

const KINDS_OF_RATINGS = ['feedback.negative', 'feedback.rate', 'feedback.run', 'feedback.praise'] as const;

/** Ratings of 28 days, ten hours a day; `negative` is the share of negatives. */
async function history(site: string, touchpoints: readonly string[], perHour: number, negative: number): Promise<number> {
  const random = seededRandom(28);
  const rows: (typeof ratingHoursTable.sqlite.$inferInsert)[] = [];
  for (let day = 1; day <= 28; day++) {
    for (let hour = hourOf(START) - day * 24 - 5; hour < hourOf(START) - day * 24 + 5; hour++) {
      for (const touchpoint of touchpoints) {
        const row = { site, touchpoint, hour, lowest: 0, negative: 0, neutral: 0, positive: 0, marks: '' };
        for (let i = 0; i < perHour; i++) {
          const of = random.chance(negative) ? (random.chance(0.3) ? 'lowest' : 'negative') : random.chance(0.2) ? 'neutral' : 'positive';
          row[of] += 1;
          row.marks += markOf(hour * HOUR + Math.floor(i * 3_600_000 / perHour), of);
        }
        rows.push(row);
      }
    }
  }
  const table = hub.store.use(ratingHoursTable);
  for (let i = 0; i < rows.length; i += 400) await hub.store.transaction(async (tx) => { await tx.db.insert(table).values(rows.slice(i, i + 400)); });
  return rows.length * perHour;
}

describe('the preview of a rule', () => {
  it('plays 28 days of a busy site back, whatever asks of ratings', async () => {
    const touchpoints = Array.from({ length: 20 }, (_, i) => `till-${i}`);
    await history('busy', touchpoints, 60, 0.12);
    for (const kind of KINDS_OF_RATINGS) {
      const { id: _id, site: _site, builtIn: _builtIn, ...rule } = builtInRule('busy', kind);
      const { status, body } = await post(rule, '/preview', boss, 'busy');
      const seen = body as unknown as RulePreview;
      expect(status).toBe(200);
      expect(seen.days).toBe(28);
      expect(seen.alerts.length).toBe(Math.min(50, seen.count));
      expect(seen.tooLoud).toBe(seen.perDay > 200);
    }
  }, 240_000);

  it('counts what grouping and the pause leave: nothing is raised more often than both allow', async () => {
    const metrics = createMetrics(hub.store);
    const at = START - DAY;
    const press = (ms: number) => ({ offset: 1, id: '01', type: 'feedback.rated' as const, site: 'shop', at: at + ms, received: at, device: 'd', touchpoint: 'till', body: { value: 1, scale: 4 } });
    // Three bursts of five presses within a minute, an hour apart: three cards of five.
    await hub.store.transaction((tx) => metrics.record(tx, 'shop', [0, HOUR, 2 * HOUR].flatMap((burst) => [0, 1, 2, 3, 4].map((i) => press(burst + i * 10_000)))));
    const { body } = await post(own(), '/preview');
    expect(body).toMatchObject({ count: 3, falsePerDay: null, tooLoud: false, alerts: [{ count: 5, touchpoint: 'till', zone: 'hall' }, { count: 5 }, { count: 5 }] });
    const run = builtInRule('shop', 'feedback.run');
    const preview = async (change: Partial<NewRule>) => (await post({ ...own(), kind: 'feedback.run', params: { ...run.params, count: 2 }, ...change }, '/preview')).body as unknown as RulePreview;
    expect(await preview({ cooldownS: 900 })).toMatchObject({ count: 3 });
    expect(await preview({ cooldownS: 7_300 })).toMatchObject({ count: 1 });
  });

  it('plays measures back by the minute', async () => {
    const table = hub.store.use(measureMinutesTable);
    const noon = Math.floor((START - DAY) / 60_000);
    const minute = (i: number, came: number, out: number) => ({ site: 'shop', touchpoint: 'till', minute: noon + i, in: came, out, receipts: 0, consultations: 0, lost: 0, faces: 0, mood: 0 });
    // 40 come within ten minutes, all go within the next ten: one crowd of more than 30.
    await hub.store.transaction(async (tx) => { await tx.db.insert(table).values([...Array.from({ length: 10 }, (_, i) => minute(i, 4, 0)), ...Array.from({ length: 10 }, (_, i) => minute(10 + i, 0, 4))]); });
    const crowd = own({ kind: 'traffic.crowd', params: { people: 30 } });
    expect((await post(crowd, '/preview')).body).toMatchObject({ count: 1, alerts: [{ facts: { people: 40 } }] });
    expect((await post({ ...crowd, place: { zone: 'hall', touchpoint: null }, params: { people: 41 } }, '/preview')).body).toMatchObject({ count: 0, tooLoud: false });
  });

  it('plays moods back with the people behind them: a bad hour of fewer than five people calls nobody', async () => {
    await hub.call('POST', '/api/v1/sites', { cookie: boss, body: { id: 'moody', name: 'Moody', timezone: 'UTC' } });
    await hub.call('POST', '/api/v1/sites/moody/touchpoints', { cookie: boss, body: { id: 'till', name: 'Till' } });
    const table = hub.store.use(measureMinutesTable);
    const row = (day: number, i: number, mood: number, people: number | null) => ({ site: 'moody', touchpoint: 'till', minute: Math.floor((START - day * DAY) / HOUR) * 60 + i, in: 0, out: 0, receipts: 0, consultations: 0, lost: 0, faces: 20, mood: 20 * mood * 1000, people });
    const hourOf = (day: number, mood: number, people: (i: number) => number | null) => Array.from({ length: 60 }, (_, i) => row(day, i, mood, people(i)));
    // Usual days, then a bad one with one person in view for long, and a bad one with one new person a minute.
    const usual = Array.from({ length: 20 }, (_, day) => hourOf(day + 6, 0.5, () => 1)).flat();
    const mood = { ...own({ kind: 'emotion.mood', params: { drop: 0.25, minutes: 15, faces: 60 }, place: { zone: null, touchpoint: 'till' } }) };
    const count = async () => ((await post(mood, '/preview', boss, 'moody')).body as unknown as RulePreview).count;
    await hub.store.transaction(async (tx) => { for (let i = 0; i < usual.length; i += 300) await tx.db.insert(table).values(usual.slice(i, i + 300)); });
    expect(await count()).toBe(0);
    await hub.store.transaction(async (tx) => { await tx.db.insert(table).values(hourOf(4, -0.4, (i) => (i % 15 === 0 ? 1 : 0))); });
    expect(await count()).toBe(0);
    await hub.store.transaction(async (tx) => { await tx.db.insert(table).values(hourOf(2, -0.4, () => 1)); });
    expect(await count()).toBe(1);
  });

  it('refuses to keep what would be too loud, says how loud and what to change; off it may be kept', async () => {
    await history('loud', ['till', 'a', 'b'], 60, 0.5);
    const loud = own({ params: { faces: 'negative' }, place: { zone: null, touchpoint: null } });
    await hub.call('PUT', '/api/v1/sites/loud/alert-settings', { cookie: boss, body: { causes: [{ id: 'queue', name: null }], quiet: null, hourlyCap: 20, groupS: 0, expireS: 14_400 } });
    const answer = await post(loud, '', boss, 'loud');
    expect(answer).toMatchObject({ status: 422, body: { code: 'rule_too_loud' } });
    expect(answer.body['detail']).toMatch(/about \d{3,} alerts a day by the last 28 days here.*more than 200.*Let only the worst face call/);
    expect((await post({ ...loud, enabled: false }, '', boss, 'loud')).status).toBe(201);
    expect((await post(own({ params: { faces: 'lowest' }, place: { zone: null, touchpoint: 'till' } }), '', boss, 'loud')).status).toBe(201);
  });

  it('lets what became too loud be turned down, though it stays loud', async () => {
    await hub.call('POST', '/api/v1/sites', { cookie: boss, body: { id: 'grown', name: 'Grown', timezone: 'Europe/Moscow' } });
    const site = { zone: null, touchpoint: null };
    const made = await post(own({ params: { faces: 'negative' }, place: site }), '', boss, 'grown');
    expect(made.status).toBe(201);
    await hub.call('PUT', '/api/v1/sites/grown/alert-settings', { cookie: boss, body: { causes: [{ id: 'queue', name: null }], quiet: null, hourlyCap: 20, groupS: 0, expireS: 14_400 } });
    await history('grown', ['till', 'a', 'b'], 60, 0.5);
    const change = (body: NewRule) => hub.call('PUT', `/api/v1/sites/grown/rules/${(made.body as unknown as { id: string }).id}`, { cookie: boss, body });
    expect((await change(own({ params: { faces: 'lowest' }, place: site }))).status).toBe(200);
    expect((await change(own({ params: { faces: 'negative' }, place: site }))).body.code).toBe('rule_too_loud');
  });

  it('estimates with 60 presses an hour where there is no history', async () => {
    await hub.call('POST', '/api/v1/sites', { cookie: boss, body: { id: 'new', name: 'New', timezone: 'Asia/Novosibirsk' } });
    const { body } = await post(own(), '/preview', boss, 'new');
    expect(body).toMatchObject({ days: 0, count: 0, alerts: [], tooLoud: false });
    // 600 presses a day, a twentieth of them of the worst face, some within five minutes of each other.
    expect((body as unknown as RulePreview).perDay).toBeGreaterThan(10);
    expect((body as unknown as RulePreview).perDay).toBeLessThanOrEqual(40);
  });
});
