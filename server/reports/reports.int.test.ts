import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPORT_MOST_DAYS, type ResponseReport } from '../../contract/index.ts';
import { stateAlert } from '../alerts/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { startHub, type TestHub } from '../testing/hub.ts';

const DAY = 24 * 3600_000;
let hub: TestHub;
let admin: string;
beforeEach(async () => {
  hub = await startHub();
  admin = (await hub.person('administrator')).cookie;
  await hub.call('POST', '/api/v1/sites', { cookie: admin, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
  await hub.call('POST', '/api/v1/sites/shop/zones', { cookie: admin, body: { id: 'tills', name: '=Tills' } });
});
afterEach(() => hub.close());

/** An alert and what became of it, told by its events alone. */
async function alert(id: string, seen: number, claimed: number, resolved: number): Promise<void> {
  const at = hub.clock();
  const by = { id: 'anna', name: 'Анна' };
  const name = id.padStart(26, '0');
  await hub.store.transaction(async (tx) => {
    for (const event of [
      hubEvent('shop', 'alert.opened', at, { alert: name, kind: 'feedback.negative', severity: 'high', source: '01ARZ3NDEKTSV4RRFFQ69G5FAV', since: at, touchpoint: 'till-1', zone: 'tills', rule: 'feedback-negative' }),
      hubEvent('shop', 'alert.seen', at + seen, { alert: name, by }), hubEvent('shop', 'alert.claimed', at + claimed, { alert: name, by }),
      hubEvent('shop', 'alert.resolved', at + resolved, { alert: name, by, cause: 'queue', outcome: 'helped' }),
    ]) expect(await stateAlert(tx, hub.alerts, event)).toBeDefined();
  });
}
const ask = (query: Record<string, unknown>, cookie = admin) => hub.call('GET', `/api/v1/sites/shop/reports/response?${new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))}`, { cookie });

describe('the response-time report', () => {
  it('is made of the alerts as their events left them', async () => {
    await alert('a', 2_000, 10_000, 60_000);
    await alert('b', 4_000, 30_000, 120_000);
    const from = hub.clock();
    const { status, body } = await ask({ from, to: from + DAY });
    expect(status).toBe(200);
    expect(body as unknown as ResponseReport).toMatchObject({
      from, to: from + DAY, total: { alerts: 2, byPeople: 2, seen: { n: 2, p50: 2, p90: 4 }, claimed: { p50: 10, p90: 30 }, resolved: { p50: 60, p90: 120 } },
      byShift: [{ key: null, alerts: 2 }], byZone: [{ key: 'tills', name: '=Tills', alerts: 2 }], byPerson: [{ key: 'anna', name: 'Анна' }], caught: { k: 2, n: 2 }, repeats: { k: 0, n: 2 },
      rules: [{ rule: 'feedback-negative', falseShare: { k: 0, n: 2 }, noisy: false }],
    });
    await hub.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin, body: { name: 'All day', days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440, people: [] } });
    expect((await ask({ from, to: from + DAY })).body).toMatchObject({ byShift: [{ name: 'All day', alerts: 2 }] });
    expect((await ask({ from: from + 1, to: from + DAY })).body).toMatchObject({ total: { alerts: 0 } });
  });

  it('is a table too', async () => {
    await alert('a', 2_000, 10_000, 60_000);
    const { status, headers, text } = await ask({ from: hub.clock(), to: hub.clock() + DAY, format: 'csv' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="response_shop_2026-09-2\d_2026-09-2\d\.csv"$/);
    expect(text).toContain('\r\nperson,anna,Анна,1,1,2,2,1,10,10,1,60,60,1,0,0,,,,,,\r\n');
    expect(text).toContain("\r\nzone,tills,'=Tills,1,");
    expect(text.charCodeAt(0)).toBe('g'.charCodeAt(0));
  });

  it('refuses periods and words that it does not know', async () => {
    const from = hub.clock();
    const bad = [
      {}, { from }, { from, to: from }, { from, to: from - 1 }, { from, to: from + (REPORT_MOST_DAYS + 1) * DAY }, { from: 'x', to: from }, { from: -1, to: 5 }, { from, to: 1e20 }, { from, to: from + DAY, format: 'xls' }, { from, to: from + DAY, more: 1 },
    ];
    for (const query of bad) expect(await ask(query), JSON.stringify(query)).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect((await ask({ from, to: from + REPORT_MOST_DAYS * DAY + 3600_000 })).status).toBe(200);
  });

  it('is for those who may read reports of the site', async () => {
    const query = { from: hub.clock(), to: hub.clock() + DAY };
    for (const [role, sites, status] of [['floor', ['shop'], 403], ['analyst', ['shop'], 200], ['supervisor', ['shop'], 200], ['supervisor', [], 404]] as const) {
      expect((await ask(query, (await hub.person(role, [...sites])).cookie)).status, role).toBe(status);
    }
    expect((await hub.call('GET', `/api/v1/sites/none/reports/response?from=1&to=2`, { cookie: admin })).status).toBe(404);
  });
});
