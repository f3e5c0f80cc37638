import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Alert } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';
import { stateAlert } from './repository.ts';

const ALERTS = 200;
let several: Awaited<ReturnType<typeof startHubs>>;
let hubs: TestHub[];
let people: Awaited<ReturnType<TestHub['person']>>[];
beforeAll(async () => {
  several = await startHubs(2);
  hubs = several.hubs;
  people = [await hubs[0]!.person('floor'), await hubs[1]!.person('floor')];
});
afterAll(() => several.close());

async function openAlerts(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => ulid().toLowerCase());
  await hubs[0]!.store.transaction(async (tx) => {
    for (const alert of ids) await stateAlert(tx, hubs[0]!.alerts, hubEvent('shop', 'alert.opened', hubs[0]!.clock(), { alert, kind: 'feedback.negative', severity: 'high', source: alert.toUpperCase(), since: 1, touchpoint: null }));
  });
  return ids;
}
const command = (hub: number, person: number, alert: string, what: string, key = ulid()) =>
  hubs[hub]!.call('POST', `/api/v1/alerts/${alert}/${what}`, { cookie: people[person]!.cookie, headers: { 'idempotency-key': key }, ...(what === 'resolve' ? { body: { cause: 'queue' } } : {}) });
const stated = (type: string): string[] => hubs[0]!.committed.filter((event) => event.type === type).map(({ event }) => (event.body as { alert: string }).alert);

it(`[C2] gives each of ${ALERTS} alerts to one of two people who claim it on two hubs at the same time`, async () => {
  const alerts = await openAlerts(ALERTS);
  const started = performance.now();
  const answers = await Promise.all(alerts.map((alert) => Promise.all([command(0, 0, alert, 'claim'), command(1, 1, alert, 'claim')])));
  console.log(`${2 * ALERTS} claims in ${Math.round(performance.now() - started)} ms`);
  for (const [i, pair] of answers.entries()) {
    expect(pair.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = people[pair.findIndex(({ status }) => status === 200)]!.user;
    const loser = pair.find(({ status }) => status === 409)!;
    expect(loser.body).toMatchObject({ code: 'already_claimed', owner: { id: winner.id } });
    const row = await hubs[i % 2]!.store.read((db) => hubs[i % 2]!.alerts.find(db, alerts[i]!));
    expect(row).toMatchObject({ state: 'claimed', owner: { id: winner.id } });
  }
  expect(stated('alert.claimed').sort()).toEqual([...alerts].sort());
}, 60_000);

it('[C1] carries a command out once when the same one comes to two hubs at the same time', async () => {
  const alerts = await openAlerts(20);
  const before = stated('alert.claimed').length;
  for (const alert of alerts) {
    const key = ulid();
    const [one, other] = await Promise.all([command(0, 0, alert, 'claim', key), command(1, 0, alert, 'claim', key)]);
    expect(one!.status).toBe(200);
    expect(other!.text).toBe(one!.text);
  }
  expect(stated('alert.claimed').length).toBe(before + alerts.length);
});

it('lets commands of all kinds race and leaves each alert in a state that its log explains', async () => {
  const alerts = await openAlerts(10);
  await Promise.all(alerts.flatMap((alert) => ['claim', 'release', 'claim', 'resolve', 'claim', 'resolve'].map((what, i) => command(i % 2, (i + 1) % 2, alert, what))));
  for (const alert of alerts) {
    const row = await hubs[0]!.store.read((db) => hubs[0]!.alerts.find(db, alert)) as Alert;
    expect(row.state).toBe('resolved');
    expect(stated('alert.resolved').filter((one) => one === alert)).toHaveLength(1);
    const taken = stated('alert.claimed').filter((one) => one === alert).length - stated('alert.released').filter((one) => one === alert).length;
    expect([0, 1]).toContain(taken);
  }
});
