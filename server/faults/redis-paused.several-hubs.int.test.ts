import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startProxy } from '../testing/proxy.ts';
import { startPostgres, startRedis } from '../testing/servers/index.ts';
import { FloorUnderLoad } from './testing/floor-under-load.ts';
import { HubGroup } from './testing/hub-group.ts';
import { when } from './testing/log-account.ts';
import { expectNothingLost, wordsOf } from './testing/verdict.ts';

/** Hubs that have just started compile their code; nobody counts that. */
const WARM_UP_MS = 1_500;
const PAUSED_MS = 30_000;
const AFTER_MS = 4_000;
/** How soon a hub must know that Redis does not answer it: it asks every second and waits two for the answer. */
const NOTICED_MS = 6_000;
const ACROSS = [[0, 1], [1, 0]] as const;

let ending: AsyncDisposableStack;
beforeEach(() => { ending = new AsyncDisposableStack(); });
afterEach(() => ending.disposeAsync());

it('[P12] [P20] when the network between one hub and Redis goes silent for 30 s, events go both ways through the log, and it recovers by itself', async () => {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  ending.adopt(postgres, (server) => server.stop());
  ending.adopt(redis, (server) => server.stop());
  const proxy = ending.adopt(await startProxy(redis.url), (one) => one.stop());
  const group = ending.adopt(await HubGroup.start({ hubs: [{ REDIS_URL: proxy.url }, {}], databaseUrl: postgres.url, redisUrl: redis.url }), (one) => one.dispose());
  const floor = ending.adopt(await FloorUnderLoad.start(group, 'Redis paused for one hub'), (one) => one.dispose());
  const heard = (bus: boolean, ms: number) => when(`hub A says bus: ${bus}`, ms, () => floor.busOf(0) === bus);

  await when('both hubs hear each other', 10_000, () => floor.busOf(0) === true && floor.busOf(1) === true);
  await delay(WARM_UP_MS);
  const began = Date.now();
  await floor.whenByBus(20_000);
  const paused = Date.now();
  proxy.pause();
  await heard(false, 20_000);
  const noticed = Date.now();
  await delay(paused + PAUSED_MS - noticed);
  expect([await floor.metricOf(0), await floor.metricOf(1)]).toEqual([0, 1]);
  const resumed = Date.now();
  proxy.resume();
  await heard(true, 20_000);
  const live = Date.now();
  await floor.whenByBus(20_000);
  await delay(Math.max(0, live + AFTER_MS - Date.now()));
  expect([await floor.metricOf(0), await floor.metricOf(1)]).toEqual([1, 1]);
  const end = Date.now();
  const verdict = await floor.judge();

  // Of the silence the part after it was noticed; before that presses of A wait for the slower look of a hub that is live.
  const silent = [noticed, resumed - 1_000] as const;
  console.log(`network between hub A and Redis silent for ${((resumed - paused) / 1000).toFixed(1)} s, 200 presses/s over two hubs: noticed after ${noticed - paused} ms, live again ${live - resumed} ms after its end; `
    + `before: ${floor.latencies(began, paused)}; until noticed: ${floor.latencies(paused, noticed)}; then: ${floor.latencies(...silent)}; after: ${floor.latencies(live, end)}; ${wordsOf(verdict)}`);

  expectNothingLost(verdict);
  expect(verdict.heard).toMatchObject({ deltas: 0, resnapshots: 0 });
  expect(floor.readiness.flat().filter(({ status }) => status !== 200)).toEqual([]);
  expect(noticed - paused).toBeLessThan(NOTICED_MS);
  expect(live - resumed).toBeLessThan(10_000);
  for (const { beats } of floor.consolesOf(0)) {
    const said = (from: number, to: number): boolean[] => beats.filter(({ at }) => at > from && at < to).map(({ degraded }) => degraded);
    expect(new Set(said(began, paused))).toEqual(new Set([false]));
    expect(new Set(said(noticed + 200, resumed))).toEqual(new Set([true]));
    expect(new Set(said(live + 200, end))).toEqual(new Set([false]));
  }
  // The healthy hub has nothing to tell.
  expect(floor.consolesOf(1).flatMap(({ beats }) => beats.filter(({ degraded }) => degraded))).toEqual([]);
  expect(floor.readiness[1]!.filter(({ at, bus }) => at >= began && !bus)).toEqual([]);
  for (const [from, to] of ACROSS) {
    expect(floor.delay(from, to, ...silent)).toBeLessThan(1_500);
    expect(floor.latency(from, to, ...silent).p99).toBeLessThan(5_000);
  }
}, 150_000);
