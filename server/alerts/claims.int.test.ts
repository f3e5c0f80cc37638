import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeAlert, isFinal, openedAlert, type Alert, type AlertEvent } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';
import { ON_POSTGRES } from '../testing/servers/shared.ts';
import { stateAlert } from './repository.ts';
import { createAlertTimers } from './timers.ts';

/** A thousand; fewer where a database server shares the cores with both hubs. */
const ALERTS = ON_POSTGRES ? 300 : 1_000;
const CLIENTS = 20;
/** Few enough to come back to what they have themselves. */
const RACERS = 4;
/** Alerts that are fought for at the same time. */
const AT_ONCE = 5;

let several: Awaited<ReturnType<typeof startHubs>>;
let hubs: TestHub[];
let people: Awaited<ReturnType<TestHub['person']>>[];
beforeAll(async () => {
  several = await startHubs(2);
  hubs = several.hubs;
  people = [];
  for (let i = 0; i < CLIENTS; i++) people.push(await hubs[i % 2]!.person('floor'));
});
afterAll(() => several.close());

async function openAlerts(count: number): Promise<string[]> {
  const hub = hubs[0]!;
  const ids = Array.from({ length: count }, () => ulid().toLowerCase());
  await hub.store.transaction(async (tx) => {
    for (const alert of ids) await stateAlert(tx, hub.alerts, hubEvent('shop', 'alert.opened', hub.clock(), { alert, kind: 'feedback.negative', severity: 'high', source: alert.toUpperCase(), since: hub.clock(), touchpoint: null }));
  });
  return ids;
}
const BODIES: Record<string, object> = { resolve: { cause: 'queue' }, snooze: { for: 5, reason: 'a delivery' } };
/** One command as a tablet sends it: again with the same key while the database is too busy. */
async function command(hub: number, person: number, alert: string, what: string, key = ulid()) {
  const send = () => hubs[hub]!.call('POST', `/api/v1/alerts/${alert}/${what}`, { cookie: people[person]!.cookie, headers: { 'idempotency-key': key }, ...(BODIES[what] && { body: BODIES[what] }) });
  let answer = await send();
  for (let again = 0; answer.status === 503 && again < 20; again++) answer = await send();
  return answer;
}
const stated = (): AlertEvent[] => hubs[0]!.committed.map(({ event }) => event).filter((event): event is AlertEvent => event.type.startsWith('alert.'));
const claimed = (): string[] => stated().filter(({ type }) => type === 'alert.claimed').map(({ body }) => body.alert);
const find = (alert: string): Promise<Alert | undefined> => hubs[0]!.store.read((db) => hubs[0]!.alerts.find(db, alert));

/** Does `work` for each, `AT_ONCE` at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item); }));
}

it(`[C2] [C3] gives each of ${ALERTS} alerts to one of ${CLIENTS} people who claim it on two hubs at the same time, and tells the others who has it`, async () => {
  const alerts = await openAlerts(ALERTS);
  const random = seededRandom(testSeed('claims at once'));
  const wins = [0, 0];
  const started = performance.now();
  await forEach(alerts, async (alert) => {
    // Whose request leaves first must not matter.
    const first = random.below(CLIENTS);
    const asked = people.map((_, i) => (first + i) % CLIENTS);
    const answers = await Promise.all(asked.map((person) => command(person % 2, person, alert, 'claim')));
    const won = asked.filter((_, i) => answers[i]!.status === 200);
    expect(won, answers.map(({ status, body }) => `${status} ${body.code ?? ''}`).join()).toHaveLength(1);
    wins[won[0]! % 2]! += 1;
    const owner = { id: people[won[0]!]!.user.id, name: people[won[0]!]!.user.name };
    const losers = answers.filter(({ status }) => status === 409);
    expect(losers).toHaveLength(CLIENTS - 1);
    for (const { body } of losers) expect(body).toMatchObject({ code: 'already_claimed', state: 'claimed', owner, claimedAt: hubs[0]!.clock() });
    expect(await find(alert)).toMatchObject({ state: 'claimed', owner });
  });
  const seconds = (performance.now() - started) / 1000;
  console.log(`${ALERTS} alerts × ${CLIENTS} claims on two hubs in ${seconds.toFixed(1)} s, ${Math.round(ALERTS * CLIENTS / seconds)} commands/s; won on the first hub ${wins[0]}, on the second ${wins[1]}`);
  expect(claimed().sort()).toEqual([...alerts].sort());
  expect(Math.min(...wins)).toBeGreaterThan(0);
}, 600_000);

it('[C1] carries a command out once when the same one comes to two hubs at the same time', async () => {
  const alerts = await openAlerts(20);
  const before = claimed().length;
  for (const alert of alerts) {
    const key = ulid();
    const [one, other] = await Promise.all([command(0, 0, alert, 'claim', key), command(1, 0, alert, 'claim', key)]);
    expect(one!.status).toBe(200);
    expect(other!.text).toBe(one!.text);
  }
  expect(claimed().length).toBe(before + alerts.length);
});

/** The alert as its events alone tell it; fails where one of them could not have happened. */
function retold(alert: string): Alert {
  const [first, ...later] = stated().filter(({ body }) => body.alert === alert).sort((a, b) => a.offset - b.offset);
  if (first?.type !== 'alert.opened') throw new Error(`${alert} begins with ${first?.type ?? 'nothing'}`);
  const told = openedAlert(first);
  for (const event of later) {
    const why = `${event.type} at ${event.offset} while ${told.state} of ${told.owner?.name ?? 'nobody'}`;
    expect(isFinal(told.state), why).toBe(false);
    switch (event.type) {
      case 'alert.opened': throw new Error(`opened again: ${why}`);
      case 'alert.claimed': expect(told.owner, why).toBeNull(); break;
      case 'alert.departed': case 'alert.snoozed': expect([undefined, event.body.by.id], why).toContain(told.owner?.id); break;
      case 'alert.released': expect(told.owner?.id, why).toBe(event.body.by.id); break;
      case 'alert.escalated': expect([told.state, told.snoozedUntil, event.body.step > told.step], why).toEqual(['open', null, true]); break;
      case 'alert.expired': expect([told.state, told.snoozedUntil], why).toEqual(['open', null]); break;
      case 'alert.returned': expect(event.body.why === 'no_outcome' ? told.owner : told.snoozedUntil, why).not.toBeNull(); break;
      default:
    }
    changeAlert(told, event);
  }
  return told;
}

it('[C2] [C5] [C10] lets commands of all kinds race with each other and with the timers of two hubs, and leaves each alert as its log tells', async () => {
  const random = seededRandom(testSeed('alert commands race with timers'));
  const alerts = await openAlerts(12);
  const timers = hubs.map(({ store, clock, alerts: repository }) => createAlertTimers({ store, clock, repository, onError: (error) => { throw error; } }));
  const kinds = ['claim', 'depart', 'release', 'snooze', 'seen', 'claim', 'depart', 'resolve'];
  const statuses = new Set<number>();
  for (let round = 0; round < 25; round++) {
    hubs[0]!.advance(random.below(120_000));
    await Promise.all([
      ...Array.from({ length: 24 }, async () => {
        // Seldom an end, so that there is something left to fight for.
        const what = kinds[random.below(round < 20 ? kinds.length - 1 : kinds.length)]!;
        statuses.add((await command(random.below(2), random.below(RACERS), alerts[random.below(alerts.length)]!, what)).status);
      }),
      ...timers.map((one) => one.look()),
    ]);
  }
  for (const alert of alerts) expect(await find(alert)).toEqual(retold(alert));
  expect([...statuses].sort()).toEqual([200, 409]);
  const told = new Set(stated().filter(({ body }) => alerts.includes(body.alert)).map(({ type }) => type));
  for (const type of ['alert.claimed', 'alert.departed', 'alert.released', 'alert.snoozed', 'alert.seen', 'alert.resolved', 'alert.escalated', 'alert.returned'] as const) expect(told, type).toContain(type);
}, 120_000);
