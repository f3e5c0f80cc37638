import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { database, startPostgres, type TestServer } from '../testing/servers/index.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { call, makeButton, makeShop, readLog, signIn } from './testing/calls.ts';
import { FollowingConsole } from './testing/following-console.ts';
import { HubGroup } from './testing/hub-group.ts';
import { accountOf, NOTHING_WRONG, readWithAlerts, when } from './testing/log-account.ts';
import { listOf, RetryingSender, together } from './testing/retrying-sender.ts';

const SENDERS = 6;
const PER_SECOND = 300;
const ENOUGH = 3 * PER_SECOND;
/** How soon after the database is back events must be accepted again. */
const RECOVERY_MS = 5_000;

let postgres: TestServer;
beforeAll(async () => { postgres = await startPostgres({ durable: true }); });
afterAll(() => postgres?.stop());

/** What a page gets from a hub whose database is away: asked again and again over all sorts of routes. */
class Prober {
  readonly answers = new Map<string, number>();
  readonly strange: string[] = [];
  #running = true;
  #done: Promise<void>;

  constructor(origins: readonly string[], cookie: string, site: string) {
    this.#done = this.#run(origins, cookie, site);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #run(origins: readonly string[], cookie: string, site: string): Promise<void> {
    const asked: [string, string, object?][] = [
      ['GET', `/api/v1/sites/${site}/alerts`], ['GET', `/api/v1/sites/${site}/events?limit=5`], ['GET', `/api/v1/sites/${site}/devices`], ['GET', '/api/v1/session'],
      ['POST', `/api/v1/alerts/${'0'.repeat(26)}/claim`], ['POST', '/api/v1/sites', { name: 'Other', timezone: 'UTC' }], ['POST', '/api/v1/pairings', { kind: 'button' }],
    ];
    for (let i = 0; this.#running; i++) {
      const [method, route, body] = asked[i % asked.length]!;
      const origin = origins[i % origins.length]!;
      const answer = await call(origin, method, route, { cookie, key: `probe-${i}-${Date.now()}`, ...(body ? { body } : {}) });
      const name = `${answer.status} ${answer.code}`.trim();
      this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
      if (answer.status >= 500 && !(answer.status === 503 && /^store_(unreachable|busy)$/.test(answer.code) && answer.retryAfter !== null)) this.strange.push(`${method} ${route}: ${name} ${JSON.stringify(answer.body)}`);
    }
  }
}

const OUTAGES: { name: string; breaks(server: TestServer, downLongEnough: () => Promise<void>): Promise<void> }[] = [
  { name: 'a fast shutdown and a start', breaks: (server) => server.restart() },
  { name: 'kill -9, some time without it, and a start', breaks: async (server, downLongEnough) => { await server.kill(); await downLongEnough(); await server.start(); } },
];

describe('PostgreSQL ends and comes back under load', () => {
  it.each(OUTAGES)('$name: hubs answer 503 meanwhile, go on by themselves, lose and double nothing', async ({ name, breaks }) => {
    const random = seededRandom(testSeed(name));
    const group = await HubGroup.start({ hubs: [{}, {}], databaseUrl: await database(postgres.url), redisUrl: inject('servers').redis });
    const senders: RetryingSender[] = [];
    let console_: FollowingConsole | undefined;
    let prober: Prober | undefined;
    try {
      const { cookie } = await signIn(group.at(0).origin, ADMIN.email, ADMIN.password);
      await makeShop(group.at(0).origin, cookie, 'shop');
      console_ = await FollowingConsole.attach(group.at(1).origin, cookie, 'shop');
      for (let i = 0; i < SENDERS; i++) {
        const { origin } = group.at(i % 2);
        const { token } = await makeButton(origin, cookie, 'shop');
        // One press in forty calls for an alert.
        senders.push(new RetryingSender({ origin, token, perSecond: PER_SECOND / SENDERS, make: () => pressOf('shop', random.below(40) === 0 ? 1 : 2 + random.below(3)) }));
      }
      const accepted = (since: number): number | undefined => senders.flatMap(({ acceptedAt }) => acceptedAt).filter((at) => at > since).sort((a, b) => a - b)[0];
      await when('every sender is heard', 10_000, () => senders.every(({ acceptedAt }) => acceptedAt.length > 5));
      prober = new Prober(group.hubs.map(({ origin }) => origin), cookie, 'shop');

      const down = performance.now();
      await breaks(postgres, () => when('each sender was answered 503 three times', 15_000, () => senders.every(({ answers }) => [...answers].some(([code, n]) => code.startsWith('503') && n >= 3))));
      const up = performance.now();
      await when('an event is accepted again', RECOVERY_MS, () => accepted(up) !== undefined);
      await when('every sender is heard again', RECOVERY_MS, () => senders.every(({ acceptedAt }) => acceptedAt.at(-1)! > up));
      const first = accepted(up)!;
      await when('load after it', 15_000, () => together(senders).acknowledged.size > ENOUGH && senders.every(({ acceptedAt }) => acceptedAt.filter((at) => at > up).length > 20));
      await prober.stop();
      await Promise.all(senders.map((one) => one.finish(20_000)));
      const { acknowledged, answers, withoutRetryAfter, refused, duplicates } = together(senders);
      const log = await readWithAlerts(() => readLog(group.at(0).origin, cookie, 'shop'));
      await console_.reach(log.length, 10_000);
      const account = accountOf(log, acknowledged);
      console.log(`PostgreSQL, ${name}: away ${(up - down).toFixed(0)} ms; first event accepted ${(first - up).toFixed(0)} ms after it was back; ${acknowledged.size} acknowledged (${duplicates} of them already committed before the hub knew): ${account.lost} lost, ${account.doubled} doubled, ${account.holes} holes; ${account.alerts} alerts, ${account.wrongAlerts} wrong; senders heard ${listOf(answers)}; pages heard ${listOf(prober.answers)}; console: ${console_.events.length} events, ${console_.faults.length} faults, ${console_.connects} connects`);

      expect(account).toMatchObject(NOTHING_WRONG);
      expect(account.alerts).toBeGreaterThan(5);
      expect(log.filter(({ type }) => type === 'feedback.rated')).toHaveLength(acknowledged.size);
      expect([...answers.keys()].filter((code) => !/^(200|503 store_(unreachable|busy))$/.test(code))).toEqual([]);
      expect({ withoutRetryAfter, refused }).toEqual({ withoutRetryAfter: 0, refused: 0 });
      expect(prober.strange).toEqual([]);
      expect(group.alive).toBe(true);
      expect(console_.faults).toEqual([]);
      expect(console_.connects).toBe(1);
      const heard = new Set(console_.events.map(({ id }) => id));
      expect(log.filter(({ offset, id, type }) => offset > console_!.startedAt && /^(feedback\.rated|alert\.opened)$/.test(type) && !heard.has(id))).toEqual([]);
    } finally {
      await prober?.stop();
      await Promise.all(senders.map((one) => one.stop()));
      console_?.close();
      await group.dispose();
    }
  }, 180_000);
});
