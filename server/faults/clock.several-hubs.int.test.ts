import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { LIMITS, type Alert } from '../../contract/index.ts';
import { sharedSpace, type SharedSpace } from '../testing/servers/index.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { call, makeButton, makeShop, readLog, signIn, succeed } from './testing/calls.ts';
import { FollowingConsole } from './testing/following-console.ts';
import { HubGroup } from './testing/hub-group.ts';
import { pressAlerts, when } from './testing/log-account.ts';

const MINUTE = 60_000;
const OFF_MS = 5 * MINUTE;
/** A device whose own clock is off, and says so. */
const DEVICE_OFF_MS = 60 * MINUTE;
const RIGHT_MS = 2_000;
const BEAT_MS = 1_000;
const NODE_OPTIONS = `--import ${pathToFileURL(path.join(import.meta.dirname, 'testing', 'shifted-clock.mjs')).href}`;

const clockOf = (shift: number, jump = 0): Record<string, string> => ({ NODE_OPTIONS, OTKLIK_TEST_CLOCK_SHIFT_MS: String(shift), OTKLIK_TEST_CLOCK_JUMP_MS: String(jump) });

/** Hub 0 is right; hub 1 is five minutes ahead, hub 2 behind. Set by hand later: hub 0 goes back, hub 2 ahead. */
const HUBS = [clockOf(0, -OFF_MS), clockOf(OFF_MS), clockOf(-OFF_MS, OFF_MS)];
const WRONG = [{ hub: 1, shift: OFF_MS }, { hub: 2, shift: -OFF_MS }];

let space: SharedSpace;
let group: HubGroup;
let cookie: string;
const origin = (hub: number): string => group.at(hub).origin;

beforeAll(async () => {
  space = await sharedSpace();
  group = await HubGroup.start({ hubs: HUBS, databaseUrl: space.databaseUrl, redisUrl: inject('servers').redis });
  cookie = (await signIn(origin(0), ADMIN.email, ADMIN.password)).cookie;
}, 90_000);
afterAll(async () => {
  await group?.dispose();
  await space?.remove();
});

/** How far a time in an answer is from when it must be, ms. */
const error = (time: unknown, real: number): number => Number(time) - real;
const worst = (errors: readonly number[]): number => Math.max(...errors.map(Math.abs));

describe.each(WRONG)('a hub whose machine is $shift ms off', ({ hub, shift }) => {
  it('takes events in at the right time, also from a device that is off itself', async () => {
    const site = `shop-${hub}`;
    const { token } = await makeShop(origin(hub), cookie, site);
    const off = await makeButton(origin(0), cookie, site);
    const sent: { id: string; real: number }[] = [];
    const refused: unknown[] = [];
    const send = async (to: number, as: string, at: number, headers: Record<string, string>): Promise<void> => {
      const event = pressOf(site, 1, { at });
      sent.push({ id: event.id, real: Date.now() });
      const { status, body } = await call(origin(to), 'POST', '/api/v1/events', { token: as, body: { events: [event] }, headers });
      if (status !== 200 || body['accepted'] !== 1) refused.push(body);
    };
    // Turn by turn, so that each hub's hour would show as a step in `received`.
    for (let i = 0; i < 40; i++) {
      await send(i % 2 === 0 ? hub : 0, token, Date.now(), {});
      const theirs = Date.now() + DEVICE_OFF_MS;
      await send(i % 2 === 0 ? hub : 0, off.token, theirs, { 'otklik-sent-at': String(theirs) });
    }
    await when('every press has its alert', 15_000, async () => pressAlerts(await readLog(origin(0), cookie, site)).length === sent.length);
    const log = await readLog(origin(hub), cookie, site);
    const backwards = log.filter(({ received }, i) => i > 0 && received < log[i - 1]!.received).length;
    const byId = new Map(log.map((event) => [event.id, event]));
    const received = sent.map(({ id, real }) => error(byId.get(id)?.received, real));
    const at = sent.map(({ id, real }) => error(byId.get(id)?.at, real));
    const alerts = ((await succeed(origin(hub), 'GET', `/api/v1/sites/${site}/alerts`, { cookie }))['alerts'] as Alert[]).filter(({ kind }) => kind === 'feedback.negative');
    const sourceAt = new Map(pressAlerts(log).map(({ alert, source }) => [alert, sent.find(({ id }) => id === source)!.real] as const));
    const opened = alerts.map(({ id, openedAt }) => error(openedAt, sourceAt.get(id)!));
    console.log(`clock ${shift} ms off: ${sent.length} events through it and a right hub in turn: ${refused.length} refused, ${backwards} steps back of received; furthest from the truth: at ${worst(at)} ms, received ${worst(received)} ms, openedAt of ${alerts.length} alerts ${worst(opened)} ms`);
    expect(refused).toEqual([]);
    expect(backwards).toBe(0);
    expect(alerts).toHaveLength(sent.length);
    expect(worst(at)).toBeLessThan(RIGHT_MS);
    expect(worst(received)).toBeLessThan(RIGHT_MS);
    expect(worst(opened)).toBeLessThan(RIGHT_MS);
  }, 60_000);

  it('shows the right time on its consoles, and says what is wrong with its own', async () => {
    const site = `beat-${hub}`;
    await makeShop(origin(hub), cookie, site);
    const attached = await FollowingConsole.attach(origin(hub), cookie, site);
    try {
      await when('three beats', 15_000, () => attached.beatErrors.length >= 3);
    } finally {
      attached.close();
    }
    const told = /"offsetMs":(-?\d+)[^\n]*clock differs/.exec(group.at(hub).output)?.[1];
    console.log(`clock ${shift} ms off: beats ${attached.beatErrors.join(', ')} ms from the truth; the hub told that it corrects by ${told} ms`);
    expect(worst(attached.beatErrors)).toBeLessThan(BEAT_MS);
    expect(Math.abs(Number(told) + shift)).toBeLessThan(BEAT_MS);
  }, 60_000);

  it('makes sessions that hold elsewhere, and takes those of others', async () => {
    const here = await signIn(origin(hub), ADMIN.email, ADMIN.password);
    const there = await signIn(origin(0), ADMIN.email, ADMIN.password);
    expect((await call(origin(0), 'GET', '/api/v1/session', { cookie: here.cookie })).status).toBe(200);
    expect((await call(origin(hub), 'GET', '/api/v1/session', { cookie: there.cookie })).status).toBe(200);
  });

  it('makes pairing codes that last as long elsewhere, and ends those of others in time', async () => {
    await makeShop(origin(0), cookie, `pair-${hub}`);
    const client = new pg.Client({ connectionString: space.databaseUrl });
    await client.connect();
    const errors: number[] = [];
    const expiries: number[] = [];
    try {
      for (const [maker, other] of [[hub, 0], [0, hub]] as const) {
        const create = async (): Promise<{ code: string; secret: string; expiresAt: number }> => await succeed(origin(maker), 'POST', '/api/v1/pairings', { body: { kind: 'button' } }) as never;
        const info = (code: string): ReturnType<typeof call> => call(origin(other), 'GET', `/api/v1/pairings/${code}`, { cookie });
        const first = await create();
        errors.push(error(first.expiresAt, Date.now() + LIMITS.pairingTtlMs));
        expect((await info(first.code)).status).toBe(200);
        await succeed(origin(other), 'POST', `/api/v1/pairings/${first.code}/confirm`, { cookie, body: { site: `pair-${hub}`, name: 'Paired' } });
        expect(await succeed(origin(maker), 'POST', `/api/v1/pairings/${first.code}/token`, { body: { secret: first.secret } })).toMatchObject({ state: 'paired' });
        // Nobody waits ten minutes here: a code about to expire is as good.
        const second = await create();
        const expiresAt = Date.now() + 700;
        await client.query('UPDATE pairings SET expires_at = $1 WHERE code = $2', [expiresAt, second.code]);
        expect((await info(second.code)).status).toBe(200);
        await when('the code expires', 10_000, async () => (await info(second.code)).code === 'pairing_expired');
        expiries.push(Date.now() - expiresAt);
      }
    } finally {
      await client.end();
    }
    console.log(`clock ${shift} ms off: pairing codes made there and here last ${errors.join(', ')} ms longer than they should, and were refused at the other hub ${expiries.join(', ')} ms after their end`);
    expect(worst(errors)).toBeLessThan(RIGHT_MS);
    expect(worst(expiries)).toBeLessThan(RIGHT_MS);
  }, 60_000);
});

describe.each([{ hub: 0, jump: -OFF_MS }, { hub: 2, jump: OFF_MS }])('a machine whose clock is set by $jump ms while its hub works', ({ hub, jump }) => {
  it('is not noticed by devices and consoles', async () => {
    const site = `jump-${hub}`;
    const { token } = await makeShop(origin(1), cookie, site);
    const attached = await FollowingConsole.attach(origin(hub), cookie, site);
    const refused: unknown[] = [];
    const sent = new Map<string, number>();
    try {
      await when('a beat before', 10_000, () => attached.beatErrors.length > 0);
      const before = attached.beatErrors.length;
      group.at(hub).child!.kill('SIGUSR2');
      for (let i = 0; attached.beatErrors.length < before + 3; i++) {
        const event = pressOf(site, 1);
        sent.set(event.id, event.at);
        const { status, body } = await call(origin(hub), 'POST', '/api/v1/events', { token, body: { events: [event] }, headers: i % 2 === 0 ? {} : { 'otklik-sent-at': String(Date.now()) } });
        if (status !== 200) refused.push(body['code']);
        await delay(100);
      }
    } finally {
      attached.close();
    }
    const log = await readLog(origin(1), cookie, site);
    const at = log.flatMap((event) => (sent.has(event.id) ? [error(event.at, sent.get(event.id)!)] : []));
    console.log(`clock set by ${jump} ms: ${sent.size} events sent meanwhile, ${refused.length} refused (${[...new Set(refused)].join(', ')}), at ${worst(at)} ms from the truth; beats ${attached.beatErrors.join(', ')} ms from the truth`);
    expect(refused).toEqual([]);
    expect(worst(at)).toBeLessThan(RIGHT_MS);
    expect(worst(attached.beatErrors)).toBeLessThan(BEAT_MS);
  }, 60_000);
});
