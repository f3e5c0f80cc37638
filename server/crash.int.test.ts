import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '../contract/index.ts';
import { seededRandom, testSeed } from './core/testing/random.ts';
import { pressesOfAlerts, pressesOnCards } from './testing/alert-counts.ts';
import { HubProcess } from './testing/hub-process.ts';
import { LiveClient, pressOf } from './testing/whole-hub.ts';

let hub: HubProcess | undefined;
afterEach(async () => { await hub?.dispose(); });

type Press = ReturnType<typeof pressOf>;

async function send(origin: string, token: string, events: Press[]): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ events }) });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

async function readLog(running: HubProcess, cookie: string, site: string): Promise<AnyEvent[]> {
  const all: AnyEvent[] = [];
  for (;;) {
    const { events } = await running.api(cookie, 'GET', `/api/v1/sites/${site}/events?after=${all.at(-1)?.offset ?? 0}&limit=1000`) as { events: AnyEvent[] };
    if (events.length === 0) return all;
    all.push(...events);
  }
}

async function shop(running: HubProcess): Promise<{ cookie: string; token: string }> {
  const cookie = await running.signIn();
  await running.api(cookie, 'POST', '/api/v1/sites', { id: 'shop', name: 'Shop', timezone: 'UTC' });
  const { token } = await running.api(cookie, 'POST', '/api/v1/sites/shop/devices', { kind: 'button', name: 'Button' }) as { token: string };
  return { cookie, token };
}

describe('a hub that is killed', () => {
  it('[E1] has every acknowledged event after the restart, once; what was not acknowledged can be sent again', async () => {
    const random = seededRandom(testSeed('kill -9 during load'));
    hub = await HubProcess.create();
    await hub.start();
    const { cookie, token } = await shop(hub);
    const acknowledged = new Set<string>();
    const unknown: Press[][] = [];
    for (let round = 0; round < 3; round++) {
      let running = true;
      const senders = Array.from({ length: 8 }, async () => {
        while (running) {
          const batch = Array.from({ length: 1 + random.below(20) }, () => pressOf('shop', 1 + random.below(4)));
          if (await send(hub!.origin, token, batch)) for (const { id } of batch) acknowledged.add(id);
          else { unknown.push(batch); return; }
        }
      });
      await delay(400 + random.below(600));
      await hub.end('SIGKILL');
      running = false;
      await Promise.all(senders);
      await hub.start();
      // Some of these are on disk and some are not: the sender cannot know, and need not.
      const again = unknown.splice(0);
      for (const batch of again) { expect(await send(hub.origin, token, batch)).toBe(true); for (const { id } of batch) acknowledged.add(id); }
    }
    const log = await readLog(hub, cookie, 'shop');
    expect(log.map(({ offset }) => offset)).toEqual(log.map((_, i) => i + 1));
    const ids = log.filter(({ type }) => type === 'feedback.rated').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids).toHaveLength(acknowledged.size);
    // The reactor went on from its place: each press of the worst face stands on one card, no more and no fewer.
    const worst = log.filter((event) => event.type === 'feedback.rated' && event.body.value === 1).length;
    for (const until = Date.now() + 10_000; Date.now() < until && pressesOnCards(await readLog(hub, cookie, 'shop')) < worst; await delay(50));
    const told = await readLog(hub, cookie, 'shop');
    expect(pressesOnCards(told)).toBe(worst);
    console.log(`${acknowledged.size} acknowledged events over 3 kills: 0 lost, 0 doubled; ${worst} presses of the worst face on ${pressesOfAlerts(told).size} cards`);
  }, 120_000);
});

describe('a hub that is stopped', () => {
  it('[P18] finishes what it accepted, tells consoles to reconnect with 4000, ends with 0 within 10 s', async () => {
    hub = await HubProcess.create();
    await hub.start();
    const { cookie, token } = await shop(hub);
    const consoles = await Promise.all(Array.from({ length: 20 }, () => LiveClient.open(hub!.origin, cookie, [{ channel: 'floor:shop' }])));
    await Promise.all(consoles.map((one) => one.until(({ t }) => t === 'snapshot')));
    const batches = Array.from({ length: 40 }, () => Array.from({ length: 20 }, () => pressOf('shop', 4)));
    const answers = batches.map((batch) => send(hub!.origin, token, batch));
    await Promise.race(answers);
    const started = performance.now();
    expect(await hub.end('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await Promise.all(consoles.map((one) => one.ended()))).toEqual(consoles.map(() => 4000));
    const accepted = (await Promise.all(answers)).flatMap((ok, i) => (ok ? batches[i]!.map(({ id }) => id) : []));
    await hub.start();
    const ids = new Set((await readLog(hub, await hub.signIn(), 'shop')).map(({ id }) => id));
    expect(accepted.filter((id) => !ids.has(id))).toEqual([]);
    expect(hub.output).not.toContain(token);
  }, 60_000);
});
