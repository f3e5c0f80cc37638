import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { ulid } from 'ulid';
import type { Alert } from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { startProxy, type CutAt, type Proxy } from '../testing/proxy.ts';
import { sharedSpace } from '../testing/servers/index.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { call, makeShop, readLog, signIn, succeed, type Called } from './testing/calls.ts';
import { FollowingConsole } from './testing/following-console.ts';
import { HubGroup } from './testing/hub-group.ts';
import { accountOf, NOTHING_WRONG, readWithAlerts, when } from './testing/log-account.ts';
import { listOf } from './testing/retrying-sender.ts';

const ROUNDS = 60;
/** After so long a hub must have found in the log what it never heard of. */
const FOUND_MS = 4_000;
const ATTEMPTS = 40;

const SITE = 'shop';

/** What a round does while the trap is set. */
type Deed = 'append' | 'claim' | 'device' | 'any moment';
const DEEDS: readonly Deed[] = ['append', 'append', 'claim', 'device', 'any moment'];

/** Hub A reaches the database through a proxy that cuts; hub B directly. */
class Cutting {
  readonly answers = new Map<string, number>();
  readonly acknowledged = new Set<string>();
  /** `unknown`: claims and devices whose own COMMIT was the one that was cut. */
  readonly counts = { before: 0, after: 0, moments: 0, unknown: 0 };
  /** Ms until a console at hub A was told of a commit that hub A never heard of. */
  readonly foundMs: number[] = [];
  /** Alerts that somebody claimed while a cut was set. */
  readonly claimed: string[] = [];
  readonly devices: string[] = [];
  group!: HubGroup;
  proxy!: Proxy;
  cookie = '';
  token = '';

  get a(): string { return this.group.at(0).origin; }
  get b(): string { return this.group.at(1).origin; }

  /** Repeats a request at hub A until it is answered with something else than 503, as a sender with an outbox does. */
  async insist(ask: () => Promise<Called>): Promise<{ answer: Called; refusals: number }> {
    for (let refusals = 0; refusals < ATTEMPTS; refusals++) {
      const answer = await ask();
      const name = `${answer.status} ${answer.code}`.trim();
      this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
      if (answer.status !== 503) return { answer, refusals };
      expect(answer.retryAfter).not.toBeNull();
    }
    throw new Error(`still refused after ${ATTEMPTS} attempts`);
  }

  async append(when_: CutAt['when'], console_: FollowingConsole, value: number): Promise<void> {
    const event = pressOf(SITE, value);
    const cut = this.proxy.cutAt({ pattern: event.id, when: when_ });
    const started = performance.now();
    const { answer, refusals } = await this.insist(() => this.send(event));
    await cut;
    expect(answer.status).toBe(200);
    expect(refusals).toBeGreaterThan(0);
    // Nobody knew of it, and it was there all the same: or it was not, and is now.
    expect(answer.body).toMatchObject(when_ === 'after' ? { accepted: 0, duplicates: 1 } : { accepted: 1, duplicates: 0 });
    this.acknowledged.add(event.id);
    if (when_ === 'before') return;
    await when('the console at the hub that never heard of its commit is told', FOUND_MS, () => console_.heardAt.has(event.id));
    this.foundMs.push(console_.heardAt.get(event.id)! - started);
  }

  async claim(when_: CutAt['when'], alert: string): Promise<void> {
    const key = ulid();
    const cut = this.proxy.cutAt({ pattern: 'COMMIT\0', following: key, when: when_ });
    const { answer, refusals } = await this.insist(() => call(this.a, 'POST', `/api/v1/alerts/${alert}/claim`, { cookie: this.cookie, key }));
    await cut;
    expect(answer).toMatchObject({ status: 200, body: { state: 'claimed' } });
    this.claimed.push(alert);
    if (refusals > 0) this.counts.unknown += 1;
  }

  /** Has no Idempotency-Key: a repeat after an unknown outcome may make another one, and each is whole. */
  async device(when_: CutAt['when'], name: string): Promise<void> {
    const cut = this.proxy.cutAt({ pattern: 'COMMIT\0', following: name, when: when_ });
    const { answer, refusals } = await this.insist(() => call(this.a, 'POST', `/api/v1/sites/${SITE}/devices`, { cookie: this.cookie, body: { kind: 'button', name } }));
    await cut;
    expect(answer.status).toBe(201);
    this.devices.push((answer.body['device'] as { id: string }).id);
    if (refusals > 0) this.counts.unknown += 1;
  }

  /** Several requests under way, and every line is cut after some milliseconds. */
  async anyMoment(ms: number, values: readonly number[]): Promise<void> {
    const events = values.map((value) => pressOf(SITE, value));
    const sent = events.map((event) => this.insist(() => this.send(event)));
    await delay(ms);
    this.proxy.cut();
    for (const { answer } of await Promise.all(sent)) expect(answer.status).toBe(200);
    for (const { id } of events) this.acknowledged.add(id);
  }

  send(event: ReturnType<typeof pressOf>): Promise<Called> {
    return call(this.a, 'POST', '/api/v1/events', { token: this.token, body: { events: [event] } });
  }
}

/** Worst presses whose alerts are there to be claimed. */
async function openAlerts(cutting: Cutting, n: number): Promise<string[]> {
  const events = Array.from({ length: n }, () => pressOf(SITE, 1));
  await succeed(cutting.b, 'POST', '/api/v1/events', { token: cutting.token, body: { events } });
  for (const { id } of events) cutting.acknowledged.add(id);
  const list = async (): Promise<Alert[]> => ((await succeed(cutting.b, 'GET', `/api/v1/sites/${SITE}/alerts?state=open`, { cookie: cutting.cookie }))['alerts'] as Alert[]).filter(({ kind }) => kind === 'feedback.negative');
  await when('alerts are open', 10_000, async () => (await list()).length === n);
  return (await list()).map(({ id }) => id);
}

describe('the line between a hub and PostgreSQL is cut in the middle of a commit', () => {
  it(`${ROUNDS} rounds: the sender hears 503 and sends again, the log and the consoles have everything once`, async () => {
    const random = seededRandom(testSeed('cut in the middle of a commit'));
    const space = await sharedSpace();
    const cutting = new Cutting();
    const consoles: FollowingConsole[] = [];
    cutting.proxy = await startProxy(space.databaseUrl);
    try {
      cutting.group = await HubGroup.start({ hubs: [{ DATABASE_URL: cutting.proxy.url }, {}], databaseUrl: space.databaseUrl, redisUrl: inject('servers').redis });
      cutting.cookie = (await signIn(cutting.b, ADMIN.email, ADMIN.password)).cookie;
      cutting.token = (await makeShop(cutting.b, cutting.cookie, SITE)).token;
      for (const origin of [cutting.a, cutting.b]) consoles.push(await FollowingConsole.attach(origin, cutting.cookie, SITE));
      const plan = Array.from({ length: ROUNDS }, (_, i) => ({ deed: DEEDS[i % DEEDS.length]!, when: (['before', 'after'] as const)[random.below(2)]! }));
      const alerts = await openAlerts(cutting, plan.filter(({ deed }) => deed === 'claim').length);

      for (const [i, round] of plan.entries()) {
        if (round.deed === 'any moment') cutting.counts.moments += 1;
        else cutting.counts[round.when] += 1;
        if (round.deed === 'append') await cutting.append(round.when, consoles[0]!, 1 + random.below(4));
        else if (round.deed === 'claim') await cutting.claim(round.when, alerts.pop()!);
        else if (round.deed === 'device') await cutting.device(round.when, `Button ${i}`);
        else await cutting.anyMoment(random.next() * 12, Array.from({ length: 8 }, () => 1 + random.below(4)));
      }

      const log = await readWithAlerts(() => readLog(cutting.b, cutting.cookie, SITE));
      for (const one of consoles) await one.reach(log.length, FOUND_MS);
      const account = accountOf(log, cutting.acknowledged);
      const claims = log.filter((event) => event.type === 'alert.claimed').map((event) => event.body.alert);
      const devices = (await succeed(cutting.b, 'GET', `/api/v1/sites/${SITE}/devices`, { cookie: cutting.cookie }))['devices'] as { id: string }[];
      const found = cutting.foundMs.sort((a, b) => a - b);
      console.log(`commit cut: ${cutting.counts.before} rounds before the server had it, ${cutting.counts.after} after it had and before its answer, ${cutting.counts.moments} at any moment; ${cutting.counts.unknown} of ${cutting.claimed.length + cutting.devices.length} commands had their COMMIT cut; answers ${listOf(cutting.answers)}; ${cutting.acknowledged.size} events: ${account.lost} lost, ${account.doubled} doubled, ${account.holes} holes; ${account.alerts} alerts, ${account.wrongAlerts} wrong; ${claims.length} claims for ${cutting.claimed.length} commands; own commits never heard of were on the console after ${found[found.length >> 1]?.toFixed(0)} ms (half), ${found.at(-1)?.toFixed(0)} ms (worst); consoles: ${consoles.map(({ events, faults }) => `${events.length} events, ${faults.length} faults`).join('; ')}`);

      expect(account).toMatchObject(NOTHING_WRONG);
      expect(claims.toSorted()).toEqual(cutting.claimed.toSorted());
      expect(cutting.devices.filter((id) => !devices.some((device) => device.id === id))).toEqual([]);
      expect(Math.min(cutting.counts.before, cutting.counts.after)).toBeGreaterThan(5);
      expect(cutting.counts.unknown).toBe(cutting.claimed.length + cutting.devices.length);
      expect([...cutting.answers.keys()].filter((name) => !/^(200|201|503 store_unreachable)$/.test(name))).toEqual([]);
      expect(cutting.group.alive).toBe(true);
      for (const one of consoles) {
        expect(one.faults).toEqual([]);
        const told = one.events.filter(({ type }) => type === 'feedback.rated').map(({ id }) => id);
        expect(told).toEqual(log.filter(({ offset, type }) => offset > one.startedAt && type === 'feedback.rated').map(({ id }) => id));
      }
    } finally {
      for (const one of consoles) one.close();
      await cutting.group?.dispose();
      await cutting.proxy.stop();
      await space.remove();
    }
  }, 180_000);
});
