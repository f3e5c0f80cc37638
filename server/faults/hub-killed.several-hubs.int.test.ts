import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChannelName } from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { startPostgres, startRedis } from '../testing/servers/index.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { makeButton, makeShop, readLog, signIn, succeed } from './testing/calls.ts';
import { ConsoleCrowd } from './testing/console-crowd.ts';
import { HubGroup } from './testing/hub-group.ts';
import { readWithAlerts, when } from './testing/log-account.ts';
import { SteadySender } from './testing/steady-sender.ts';
import { expectNothingLost, judge, wordsOf } from './testing/verdict.ts';

const SITES = ['north', 'south', 'west'];
/** A site where only the killed hub takes presses: nothing there makes the other hub look at the log. */
const QUIET = 'quiet';
const PER_SECOND = 500;
const CONSOLES = { a: 200, b: 20 };
const LOADED_MS = { before: 4_000, after: 6_000 };

let ending: AsyncDisposableStack;
beforeEach(() => { ending = new AsyncDisposableStack(); });
afterEach(() => ending.disposeAsync());

const channelOf = (site: string): ChannelName => `floor:${site}`;
/** One to three sites, not the same for all; every tenth console also the quiet one. */
const channelsOf = (i: number): ChannelName[] => [...[0, 1, 2].slice(0, 1 + (i % 3)).map((n) => SITES[(i + n) % 3]!), ...(i % 10 === 0 ? [QUIET] : [])].map(channelOf);

async function twoHubs(): Promise<{ group: HubGroup; databaseUrl: string; cookie: string }> {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  ending.adopt(postgres, (server) => server.stop());
  ending.adopt(redis, (server) => server.stop());
  const group = ending.adopt(await HubGroup.start({ hubs: [{}, {}], databaseUrl: postgres.url, redisUrl: redis.url }), (one) => one.dispose());
  const { cookie } = await signIn(group.at(0).origin, ADMIN.email, ADMIN.password);
  return { group, databaseUrl: postgres.url, cookie };
}

/** Two senders at each site, one that begins at each hub. */
async function sendersOf(origins: string[], cookie: string, random: ReturnType<typeof seededRandom>): Promise<SteadySender[]> {
  const senders: SteadySender[] = [];
  for (const site of SITES) {
    const { token } = await makeShop(origins[0]!, cookie, site);
    const tokens = [token, (await makeButton(origins[0]!, cookie, site)).token];
    senders.push(...tokens.map((own, home) => new SteadySender({ origins, home, token: own, site, perSecond: PER_SECOND / 6, worst: 0.04, random })));
  }
  return senders;
}

/**
 * Lets hub A commit a press and begin to react to it, and holds it up there: the checkpoint is locked. Resolves to the
 * press and to what lets go.
 */
async function heldReaction(origin: string, token: string, databaseUrl: string): Promise<{ press: ReturnType<typeof pressOf>; letGo(): Promise<void> }> {
  // Two connections: within a transaction PostgreSQL shows the activity as it was at the first look.
  const [client, watcher] = [1, 2].map(() => ending.adopt(new pg.Client({ connectionString: databaseUrl }), (one) => one.end())) as [pg.Client, pg.Client];
  await Promise.all([client.connect(), watcher.connect()]);
  await client.query('BEGIN');
  const { rowCount } = await client.query("SELECT 1 FROM checkpoints WHERE reactor = 'alerts' AND site = $1 FOR UPDATE", [QUIET]);
  expect(rowCount).toBe(1);
  const press = pressOf(QUIET, 1);
  await succeed(origin, 'POST', '/api/v1/events', { token, body: { events: [press] } });
  await when('the reactor waits for its checkpoint', 5_000, async () => (await watcher.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%checkpoints%'")).rowCount === 1);
  return { press, letGo: async () => { await client.query('ROLLBACK'); } };
}

it('[E1] [P9] [P10] [P12] [P19] a hub that is killed under load costs no console an event, and another hub takes over its reactions', async () => {
  const random = seededRandom(testSeed('kill -9 of one of two hubs'));
  const { group, databaseUrl, cookie } = await twoHubs();
  const [a, b] = [group.at(0), group.at(1)];
  const origins = [a.origin, b.origin];
  const senders = await sendersOf(origins, cookie, random);
  const { token } = await makeShop(a.origin, cookie, QUIET);
  await succeed(a.origin, 'POST', '/api/v1/events', { token, body: { events: [pressOf(QUIET, 1)] } });
  const alertHeard = new Map<string, number>();
  const crowd = new ConsoleCrowd({
    origins, cookie, random,
    onEvents: (_console, events, now) => { for (const event of events) if (event.type === 'alert.opened' && !alertHeard.has(event.body.source)) alertHeard.set(event.body.source, now); },
  });
  ending.adopt(crowd, (one) => one.close());
  const attached = crowd.add(CONSOLES.a, 0, channelsOf);
  crowd.add(CONSOLES.b, 1, (i) => channelsOf(10 * i));
  await crowd.whenLive(20_000);
  await readWithAlerts(() => readLog(b.origin, cookie, QUIET));

  for (const sender of senders) sender.start();
  ending.defer(async () => { await Promise.allSettled(senders.map((sender) => sender.finish(0))); });
  await delay(LOADED_MS.before);
  const held = await heldReaction(a.origin, token, databaseUrl);
  expect(attached.filter(({ closes }) => closes.length > 0)).toEqual([]);
  const killed = Date.now();
  await a.end('SIGKILL');
  await held.letGo();

  await when('every console notices', 10_000, () => attached.every(({ closes }) => closes.length > 0));
  await crowd.whenLive(20_000);
  const liveAgain = attached.map(({ liveSince }) => liveSince! - killed).sort((x, y) => x - y);
  await when('the other hub reacts to what the killed one had begun', 10_000, () => alertHeard.has(held.press.id));
  const takenOver = alertHeard.get(held.press.id)! - killed;
  await delay(Math.max(0, killed + LOADED_MS.after - Date.now()));
  const verdict = await judge({ crowd, senders, sites: [...SITES, QUIET], origin: b.origin, cookie });
  console.log(`kill -9 of a hub, ${PER_SECOND} presses/s over two: consoles live again after ${liveAgain[liveAgain.length >> 1]} ms (median), all ${liveAgain.length} after ${liveAgain.at(-1)} ms; reaction taken over after ${takenOver} ms; ${wordsOf(verdict)}`);

  expectNothingLost(verdict);
  expect(verdict.acknowledged).toBeGreaterThan(PER_SECOND * (LOADED_MS.before + LOADED_MS.after) / 1000 * 0.9);
  expect(verdict.heard.applied).toBeGreaterThan(100 * verdict.acknowledged);
  expect(liveAgain.at(-1)).toBeLessThan(15_000);
  expect(takenOver).toBeLessThanOrEqual(5_000);
}, 120_000);
