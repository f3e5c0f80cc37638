import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../contract/index.ts';
import { DATABASE_FILE } from '../core/store/open.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { HubProcess } from '../testing/hub-process.ts';
import { ADMIN, pressOf } from '../testing/whole-hub.ts';
import { call, makeButton, makeShop, readLog, signIn, succeed, type Called } from './testing/calls.ts';
import { FollowingConsole } from './testing/following-console.ts';
import { accountOf, NOTHING_WRONG, readWithAlerts, when } from './testing/log-account.ts';
import { listOf, RetryingSender, together } from './testing/retrying-sender.ts';
import { smallDisks, type SmallDisk } from './testing/small-disk.ts';

const SENDERS = 4;
const PER_SECOND = 800;
const FULL_MS = 40_000;
const RECOVERY_MS = 10_000;
const BEYOND_BYTES = 64 * 1024;
const MOST_PAGES = 5_000;
const SITE = 'shop';

/** Half a disk of text: a visitor's message, with now and then a press that calls for an alert. */
function talk(random: { below(n: number): number }): () => { id: string } {
  return () => (random.below(50) === 0 ? pressOf(SITE, 1) : { id: ulid(), type: 'feedback.messaged', site: SITE, at: Date.now(), body: { text: String.fromCharCode(97 + random.below(26)).repeat(1_900) } });
}

const databaseOf = (hub: HubProcess, options: Database.Options = {}): Database.Database => new Database(path.join(hub.dataDir, DATABASE_FILE), options);

interface Readers { cookie: string; idle: string; wall: string; alert: string }

/** People and screens that will want to read: some of them were away for long, so that their coming would be written down. */
async function makeReaders(hub: HubProcess, cookie: string, token: string): Promise<Readers> {
  const idle = await signIn(hub.origin, ADMIN.email, ADMIN.password);
  const made = await succeed(hub.origin, 'POST', `/api/v1/sites/${SITE}/walls`, { cookie, body: { name: 'Wall' } });
  const wall = `${(made['wall'] as { id: string }).id}.${made['token'] as string}`;
  await succeed(hub.origin, 'POST', '/api/v1/events', { token, body: { events: [pressOf(SITE, 1)] } });
  const list = async (): Promise<Alert[]> => (await succeed(hub.origin, 'GET', `/api/v1/sites/${SITE}/alerts`, { cookie }))['alerts'] as Alert[];
  await when('an alert to claim', 10_000, async () => (await list()).length > 0);
  const database = databaseOf(hub);
  database.prepare('UPDATE sessions SET last_seen = last_seen - 3600000 WHERE created_at = (SELECT max(created_at) FROM sessions)').run();
  database.close();
  return { cookie, idle: idle.cookie, wall: `otklik_wall=${wall}`, alert: (await list())[0]!.id };
}

/**
 * Takes the last bytes, page by page: where a batch of events has no room, a small commit still has some. Ends where the
 * disk does, or well beyond what the hub may write.
 */
function takeLastBytes(hub: HubProcess): void {
  const size = (): number => fs.statSync(`${path.join(hub.dataDir, DATABASE_FILE)}-wal`).size;
  const database = databaseOf(hub);
  database.pragma('wal_autocheckpoint = 0');
  database.pragma('synchronous = OFF');
  const writePage = database.prepare('UPDATE walls SET created_at = created_at + 1');
  const full = size();
  try {
    for (let i = 0; i < MOST_PAGES && size() < full + BEYOND_BYTES; i++) writePage.run();
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_FULL') throw error;
  } finally {
    database.close();
  }
}

/** What must work while nothing can be written, and what must say so. */
async function whileFull(hub: HubProcess, { cookie, idle, wall, alert }: Readers): Promise<{ read: Record<string, number>; write: Record<string, string> }> {
  const get = async (route: string, own?: string): Promise<number> => (await call(hub.origin, 'GET', route, own === undefined ? {} : { cookie: own })).status;
  const said = (answer: Called): string => `${answer.status} ${answer.code}${answer.retryAfter === null ? '' : ' retry-after'}`;
  const attached = await FollowingConsole.attach(hub.origin, idle, SITE);
  attached.close();
  return {
    read: {
      readyz: await get('/readyz'), session: await get('/api/v1/session', idle), log: await get(`/api/v1/sites/${SITE}/events?limit=1000`, idle),
      alerts: await get(`/api/v1/sites/${SITE}/alerts`, cookie), devices: await get(`/api/v1/sites/${SITE}/devices`, cookie), wall: await get('/api/v1/session', wall),
    },
    write: {
      claim: said(await call(hub.origin, 'POST', `/api/v1/alerts/${alert}/claim`, { cookie, key: ulid() })),
      signIn: said(await call(hub.origin, 'POST', '/api/v1/session', { body: ADMIN, headers: { origin: hub.origin } })),
      site: said(await call(hub.origin, 'POST', '/api/v1/sites', { cookie, body: { name: 'Big', timezone: 'UTC' } })),
    },
  };
}

async function fillUpAndMakeRoom(name: string, disk: SmallDisk): Promise<void> {
  const random = seededRandom(testSeed(`disk full: ${name}`));
  const hub = await HubProcess.create();
  const senders: RetryingSender[] = [];
  let attached: FollowingConsole | undefined;
  try {
    await disk.prepare(hub);
    await disk.start(hub);
    const { cookie } = await signIn(hub.origin, ADMIN.email, ADMIN.password);
    const { token } = await makeShop(hub.origin, cookie, SITE);
    const readers = await makeReaders(hub, cookie, token);
    attached = await FollowingConsole.attach(hub.origin, cookie, SITE);
    const tokens = await Promise.all(Array.from({ length: SENDERS }, () => makeButton(hub.origin, cookie, SITE)));
    for (const one of tokens) senders.push(new RetryingSender({ origin: hub.origin, token: one.token, perSecond: PER_SECOND / SENDERS, batch: 50, make: talk(random) }));

    const refusals = (sender: RetryingSender): number => sender.answers.get('503 storage_full') ?? 0;
    const accepted = (): number => together(senders).acknowledged.size;
    const recoveries: number[] = [];
    const fullAt: number[] = [];
    for (let round = 0; round < 2; round++) {
      const before = senders.map(refusals);
      await when('every sender hears that the disk is full', FULL_MS, () => senders.every((one, i) => refusals(one) >= before[i]! + 3));
      fullAt.push(accepted());
      if (round === 0) {
        takeLastBytes(hub);
        const { read, write } = await whileFull(hub, readers);
        expect(read).toEqual({ readyz: 200, session: 200, log: 200, alerts: 200, devices: 200, wall: 200 });
        for (const answer of Object.values(write)) expect(answer).toBe('503 storage_full retry-after');
      } else {
        for (const one of senders) one.fallSilent();
        // All the time until now on one line.
        expect(attached.connects).toBe(1);
        // Whoever finds a hub that takes nothing may well start it again before anything else.
        await hub.end('SIGKILL');
        await disk.start(hub);
        expect((await call(hub.origin, 'GET', `/api/v1/sites/${SITE}/events?limit=5`, { cookie })).status).toBe(200);
      }
      await disk.makeRoom(hub);
      const room = performance.now();
      await when('events are accepted again', RECOVERY_MS, () => senders.some(({ acceptedAt }) => (acceptedAt.at(-1) ?? 0) > room));
      recoveries.push(Math.min(...senders.flatMap(({ acceptedAt }) => acceptedAt.filter((at) => at > room))) - room);
    }
    await Promise.all(senders.map((one) => one.finish(30_000)));
    const { acknowledged, answers, withoutRetryAfter, refused, duplicates } = together(senders);
    const log = await readWithAlerts(() => readLog(hub.origin, cookie, SITE));
    await attached.reach(log.length, 10_000);
    attached.close();
    const account = accountOf(log, acknowledged);
    const exit = await hub.end('SIGTERM');
    const database = databaseOf(hub, { readonly: true });
    const integrity = database.pragma('integrity_check', { simple: true });
    database.close();
    console.log(`disk full, ${name}: full after ${fullAt.join(' and again after ')} events; answers ${listOf(answers)}; accepted again ${recoveries.map((ms) => ms.toFixed(0)).join(' and ')} ms after room was made; ${acknowledged.size} acknowledged (${duplicates} of them in the log before): ${account.lost} lost, ${account.doubled} doubled, ${account.holes} holes; ${account.alerts} alerts, ${account.wrongAlerts} wrong; console: ${attached.events.length} events, ${attached.faults.length} faults; integrity ${String(integrity)}`);

    expect(account).toMatchObject(NOTHING_WRONG);
    expect(account.alerts).toBeGreaterThan(10);
    expect([...answers.keys()].filter((name) => !['200', '503 storage_full', 'no answer'].includes(name))).toEqual([]);
    expect({ withoutRetryAfter, refused, exit, integrity }).toEqual({ withoutRetryAfter: 0, refused: 0, exit: 0, integrity: 'ok' });
    expect(log.filter(({ type }) => type.startsWith('feedback.'))).toHaveLength(acknowledged.size + 1);
    expect(attached.faults).toEqual([]);
  } finally {
    await Promise.all(senders.map((one) => one.stop()));
    attached?.close();
    await hub.end('SIGKILL');
    await disk.remove(hub);
    await hub.dispose();
  }
}

const DISKS = await smallDisks();

describe('the disk of the embedded store gets full under load', () => {
  it.each(DISKS)('on $name: 503 while it is, reading goes on, accepted again once there is room, without a restart', ({ name, disk }) => fillUpAndMakeRoom(name, disk), 180_000);
});
