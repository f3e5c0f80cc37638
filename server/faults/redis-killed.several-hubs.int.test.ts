import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPostgres, startRedis } from '../testing/servers/index.ts';
import { FloorUnderLoad } from './testing/floor-under-load.ts';
import { HubGroup } from './testing/hub-group.ts';
import { when } from './testing/log-account.ts';
import { expectNothingLost, wordsOf } from './testing/verdict.ts';

/** Hubs that have just started compile their code; nobody counts that. */
const WARM_UP_MS = 1_500;
const AWAY_MS = 10_000;
const AFTER_MS = 4_000;
/** How soon hubs must know that Redis is away: its connections break, which they see at once. */
const NOTICED_MS = 3_000;
const ACROSS = [[0, 1], [1, 0]] as const;

let ending: AsyncDisposableStack;
beforeEach(() => { ending = new AsyncDisposableStack(); });
afterEach(() => ending.disposeAsync());

it('[P12] [P20] while Redis is away consoles hear everything through the log and are told so; it comes back empty, and they are live again', async () => {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  ending.adopt(postgres, (server) => server.stop());
  ending.adopt(redis, (server) => server.stop());
  const group = ending.adopt(await HubGroup.start({ hubs: [{}, {}], databaseUrl: postgres.url, redisUrl: redis.url }), (one) => one.dispose());
  const floor = ending.adopt(await FloorUnderLoad.start(group, 'Redis killed'), (one) => one.dispose());
  const heard = (bus: boolean) => when(`both hubs say bus: ${bus}`, 20_000, () => [0, 1].every((hub) => floor.busOf(hub) === bus));
  const metrics = () => Promise.all([floor.metricOf(0), floor.metricOf(1)]);

  await heard(true);
  await delay(WARM_UP_MS);
  const began = Date.now();
  await floor.whenByBus(20_000);
  expect(await metrics()).toEqual([1, 1]);
  const killed = Date.now();
  await redis.kill();
  await floor.rename(0, 'Renamed unheard');
  await delay(killed + AWAY_MS - Date.now());
  expect(await metrics()).toEqual([0, 0]);
  const returned = Date.now();
  await redis.start();
  await heard(true);
  const live = Date.now();
  await floor.whenNamed(0, 'Renamed unheard', 5_000);
  await floor.rename(1, 'Renamed and told');
  await floor.whenNamed(1, 'Renamed and told', 5_000);
  await floor.whenByBus(20_000);
  await delay(Math.max(0, live + AFTER_MS - Date.now()));
  expect(await metrics()).toEqual([1, 1]);
  const end = Date.now();
  const verdict = await floor.judge();

  // From when presses surely found Redis away to when it surely was.
  const away = [killed + NOTICED_MS, returned - 1_000] as const;
  const noticed = floor.readiness.map((known) => known.find(({ at, bus }) => at >= killed && !bus)!.at - killed);
  console.log(`kill -9 of Redis for ${((returned - killed) / 1000).toFixed(1)} s, 200 presses/s over two hubs: noticed after ${noticed.join(' and ')} ms, live again ${live - returned} ms after its start; `
    + `before: ${floor.latencies(began, killed)}; without Redis: ${floor.latencies(...away)}; after: ${floor.latencies(live, end)}; ${wordsOf(verdict)}`);

  expectNothingLost(verdict);
  expect(verdict.heard).toMatchObject({ deltas: 0, resnapshots: 0 });
  expect(floor.readiness.flat().filter(({ status }) => status !== 200)).toEqual([]);
  expect(Math.max(...noticed)).toBeLessThan(NOTICED_MS);
  for (const { beats } of floor.crowd.consoles) {
    const said = (from: number, to: number): boolean[] => beats.filter(({ at }) => at > from && at < to).map(({ degraded }) => degraded);
    expect(new Set(said(began, killed))).toEqual(new Set([false]));
    expect(new Set(said(killed + NOTICED_MS, returned))).toEqual(new Set([true]));
    expect(new Set(said(live + 200, end))).toEqual(new Set([false]));
  }
  // Through the log, a look every quarter of a second.
  for (const [from, to] of ACROSS) {
    expect(floor.delay(from, to, ...away)).toBeLessThan(1_000);
    expect(floor.latency(from, to, ...away).p99).toBeLessThan(5_000);
  }
}, 120_000);
