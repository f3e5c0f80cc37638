import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ulid } from 'ulid';
import type { Alert } from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { sharedSpace, type SharedSpace } from '../testing/servers/index.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { call, makeShop, readLog, signIn, succeed, type Called, type Signed } from './testing/calls.ts';
import { HubGroup } from './testing/hub-group.ts';
import { pressAlerts, when } from './testing/log-account.ts';

const ALERTS = 1_000;
const REPEATED = 100;
/** Alerts that are fought for at the same time. */
const AT_ONCE = 8;
const PASSWORD = 'a floor administrator';

let space: SharedSpace;
let group: HubGroup;
let admin: Signed;
let token: string;
const people: Signed[] = [];

beforeAll(async () => {
  space = await sharedSpace();
  group = await HubGroup.start({ hubs: [{}, {}], databaseUrl: space.databaseUrl, redisUrl: inject('servers').redis });
  const { origin } = group.at(0);
  admin = await signIn(origin, ADMIN.email, ADMIN.password);
  token = (await makeShop(origin, admin.cookie, 'shop')).token;
  for (const name of ['anna', 'boris']) {
    const email = `${name}@example.test`;
    await succeed(origin, 'POST', '/api/v1/users', { cookie: admin.cookie, body: { email, name, role: 'floor', sites: ['shop'], password: PASSWORD } });
    people.push(await signIn(origin, email, PASSWORD));
  }
}, 60_000);
afterAll(async () => {
  await group?.dispose();
  await space?.remove();
});

/** Alerts by the log, in its order: the list of alerts shows no more than 200. */
async function opened(site: string): Promise<string[]> {
  return pressAlerts(await readLog(group.at(0).origin, admin.cookie, site)).map(({ alert }) => alert);
}

/** So many new alerts. */
async function openAlerts(n: number): Promise<string[]> {
  const before = new Set(await opened('shop'));
  for (let sent = 0; sent < n; sent += 250) {
    const events = Array.from({ length: Math.min(250, n - sent) }, () => pressOf('shop', 1));
    await succeed(group.at(sent % 500 === 0 ? 0 : 1).origin, 'POST', '/api/v1/events', { token, body: { events } });
  }
  await when(`${n} alerts are open`, 30_000, async () => (await opened('shop')).length - before.size === n);
  return (await opened('shop')).filter((id) => !before.has(id));
}

const claim = (hub: number, alert: string, who: Signed, key: string): Promise<Called> => call(group.at(hub).origin, 'POST', `/api/v1/alerts/${alert}/claim`, { cookie: who.cookie, key });

/** Does `work` for each, `AT_ONCE` at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  }));
}

async function claimsOf(alerts: readonly string[]): Promise<Map<string, { by: string }[]>> {
  const found = new Map<string, { by: string }[]>(alerts.map((id) => [id, []]));
  for (const event of await readLog(group.at(1).origin, admin.cookie, 'shop')) {
    if (event.type === 'alert.claimed') found.get(event.body.alert)?.push({ by: event.body.by.id });
  }
  return found;
}

describe('two hubs are asked for the same alert at the same moment', () => {
  it(`${ALERTS} times, by two people: one has it, the other is told who`, async () => {
    const random = seededRandom(testSeed('claims at two hubs'));
    const alerts = await openAlerts(ALERTS);
    const won = [0, 0];
    const wrong: string[] = [];
    const winners = new Map<string, string>();
    const started = performance.now();
    await forEach(alerts, async (alert) => {
      // Who stands at which hub, and whose request leaves first, must not matter.
      const swap = random.below(2);
      const order = random.below(2) === 0 ? [0, 1] : [1, 0];
      const asked = order.map((hub) => ({ hub, who: people[hub ^ swap]! }));
      const answers = await Promise.all(asked.map(({ hub, who }) => claim(hub, alert, who, ulid())));
      const first = answers.findIndex(({ status }) => status === 200);
      const winner = asked[first];
      const loser = answers[1 - first];
      const owner = (body: unknown): string | undefined => (body as Partial<Alert>).owner?.id;
      if (!winner || loser?.status !== 409 || loser.code !== 'already_claimed' || owner(loser.body) !== winner.who.user || owner(answers[first]!.body) !== winner.who.user) {
        wrong.push(`${alert}: ${JSON.stringify(answers)}`);
        return;
      }
      won[winner.hub]! += 1;
      winners.set(alert, winner.who.user);
    });
    const seconds = (performance.now() - started) / 1000;
    const claims = await claimsOf(alerts);
    const counts = [...claims.values()].map(({ length }) => length);
    console.log(`claims: ${ALERTS} alerts asked for at two hubs at once in ${seconds.toFixed(1)} s (${(2 * ALERTS / seconds).toFixed(0)} commands/s): hub A won ${won[0]}, hub B ${won[1]}, wrong ${wrong.length}; the log has ${counts.reduce((a, b) => a + b, 0)} alert.claimed, at most ${Math.max(...counts)} for one alert`);
    expect(wrong).toEqual([]);
    expect(counts.every((n) => n === 1)).toBe(true);
    expect([...claims].filter(([alert, [only]]) => only!.by !== winners.get(alert))).toEqual([]);
    expect(Math.min(...won)).toBeGreaterThan(0);
  }, 240_000);

  it(`${REPEATED} times, by one person with one Idempotency-Key: one answer, one event`, async () => {
    const alerts = await openAlerts(REPEATED);
    const different: string[] = [];
    await forEach(alerts, async (alert) => {
      const key = ulid();
      const [a, b] = await Promise.all([claim(0, alert, people[0]!, key), claim(1, alert, people[0]!, key)]);
      if (a.status !== 200 || JSON.stringify(a) !== JSON.stringify(b)) different.push(JSON.stringify([a, b]));
    });
    const counts = [...(await claimsOf(alerts)).values()].map(({ length }) => length);
    console.log(`claims: ${REPEATED} commands sent to both hubs at once with the same Idempotency-Key: ${different.length} pairs of answers differ, at most ${Math.max(...counts)} alert.claimed for one alert`);
    expect(different).toEqual([]);
    expect(counts.every((n) => n === 1)).toBe(true);
  }, 120_000);

  it(`${REPEATED} times, one claims while the other claims, gives back and claims again: every answer agrees with the log`, async () => {
    const alerts = await openAlerts(REPEATED);
    const wrong: string[] = [];
    const answered = new Map<string, { claims: number; releases: number }>();
    await forEach(alerts, async (alert) => {
      const tally = { claims: 0, releases: 0 };
      const note = (kind: keyof typeof tally, { status, body }: Called): void => {
        if (status === 200) tally[kind] += 1;
        else if (status !== 409) wrong.push(`${status} ${JSON.stringify(body)}`);
      };
      const release = (): Promise<Called> => call(group.at(0).origin, 'POST', `/api/v1/alerts/${alert}/release`, { cookie: people[0]!.cookie, key: ulid() });
      await Promise.all([
        (async () => { note('claims', await claim(0, alert, people[0]!, ulid())); note('releases', await release()); })(),
        (async () => { note('claims', await claim(1, alert, people[1]!, ulid())); })(),
      ]);
      answered.set(alert, tally);
    });
    const log = await readLog(group.at(0).origin, admin.cookie, 'shop');
    // By the log alone: whoever takes an alert finds it free, and only its owner gives it back.
    const owners = new Map<string, string | null>();
    const counted = new Map<string, { claims: number; releases: number }>();
    for (const event of log) {
      if (event.type !== 'alert.claimed' && event.type !== 'alert.released') continue;
      const { alert, by } = event.body;
      if (!answered.has(alert)) continue;
      const tally = counted.get(alert) ?? { claims: 0, releases: 0 };
      counted.set(alert, tally);
      const owner = owners.get(alert) ?? null;
      if (event.type === 'alert.claimed' ? owner !== null : owner !== by.id) wrong.push(`${event.type} at ${event.offset} while ${owner} has it`);
      owners.set(alert, event.type === 'alert.claimed' ? by.id : null);
      tally[event.type === 'alert.claimed' ? 'claims' : 'releases'] += 1;
    }
    const sum = (kind: 'claims' | 'releases'): number => [...counted.values()].reduce((n, tally) => n + tally[kind], 0);
    console.log(`claims: ${REPEATED} alerts taken, given back and fought for: ${sum('claims')} claims, ${sum('releases')} releases in the log, ${wrong.length} contradictions`);
    expect(wrong).toEqual([]);
    expect([...answered].filter(([alert, tally]) => JSON.stringify(tally) !== JSON.stringify(counted.get(alert)))).toEqual([]);
  }, 120_000);
});
