import { ulid } from 'ulid';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Alert, AlertEvent, BodyOf } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { eq } from '../core/store/drizzle.ts';
import { StoreUnavailable, type Store } from '../core/store/store.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';
import { stateAlert } from './repository.ts';
import { alertsTable } from './tables.ts';
import { createAlertTimers, type AlertTimers, type AlertTimersDeps } from './timers.ts';

const MANY = 500;
let several: Awaited<ReturnType<typeof startHubs>>;
let hubs: TestHub[];
let hub: TestHub;
let anna: Awaited<ReturnType<TestHub['person']>>;
const fail = (error: unknown): never => { throw error; };
const timersOf = (more: Partial<AlertTimersDeps> = {}): AlertTimers => createAlertTimers({ store: hub.store, clock: hub.clock, repository: hub.alerts, onError: fail, ...more });

beforeAll(async () => {
  several = await startHubs(2);
  hubs = several.hubs;
  hub = hubs[0]!;
  anna = await hub.person('floor');
});
afterAll(() => several.close());
// What earlier tests left is nobody's business.
beforeEach(() => hub.store.transaction(async ({ db }) => { await db.update(hub.store.use(alertsTable)).set({ nextAt: null }); }));

async function open(count = 1, more: Partial<BodyOf<'alert.opened'>> = {}, at = hub.clock()): Promise<string[]> {
  const ids = Array.from({ length: count }, () => ulid().toLowerCase());
  await hub.store.transaction(async (tx) => {
    for (const alert of ids) {
      await stateAlert(tx, hub.alerts, hubEvent('shop', 'alert.opened', at, {
        alert, kind: 'feedback.negative', severity: 'high', source: alert.toUpperCase(), since: at, touchpoint: 'till-3', timing: { secondS: 60, managerS: 180, returnS: 600, expireS: 14_400 }, ...more,
      }));
    }
  });
  return ids;
}
const one = async (more: Partial<BodyOf<'alert.opened'>> = {}): Promise<string> => (await open(1, more))[0]!;
const eventsOf = (alert: string): AlertEvent[] => hub.committed.map(({ event }) => event).filter((event): event is AlertEvent => event.type.startsWith('alert.') && (event as AlertEvent).body.alert === alert);
/** What the hub stated by itself about an alert, in short. */
const told = (alert: string): unknown[] => eventsOf(alert).flatMap((event): unknown[] => (event.type === 'alert.escalated' ? [event.body.step] : event.type === 'alert.returned' ? [event.body.why] : event.type === 'alert.expired' ? ['expired'] : []));
const find = async (alert: string): Promise<Alert> => (await hub.store.read((db) => hub.alerts.find(db, alert)))!;
const order = (alert: string, what: string, body?: object) => hub.call('POST', `/api/v1/alerts/${alert}/${what}`, { cookie: anna.cookie, headers: { 'idempotency-key': ulid() }, ...(body && { body }) });
const later = async (timers: AlertTimers, seconds: number): Promise<void> => { hub.advance(seconds * 1000); await timers.look(); };

describe('with a clock that is moved by hand', () => {
  it('[C10] [C11] tells the second person and the manager at their seconds, each once', async () => {
    const timers = timersOf();
    const alert = await one();
    const opened = hub.clock();
    await later(timers, 59.999);
    expect(told(alert)).toEqual([]);
    await later(timers, 0.001);
    await later(timers, 0);
    expect(told(alert)).toEqual([1]);
    await later(timers, 119.999);
    expect(told(alert)).toEqual([1]);
    await later(timers, 0.001);
    await later(timers, 10_000);
    expect(told(alert)).toEqual([1, 2]);
    expect(eventsOf(alert).filter(({ type }) => type === 'alert.escalated').map(({ at }) => at - opened)).toEqual([60_000, 180_000]);
    expect(await find(alert)).toMatchObject({ state: 'open', step: 2 });
  });

  it('[C12] puts back what was claimed and not ended, and tells from the first step again from then on', async () => {
    const timers = timersOf();
    const alert = await one();
    await later(timers, 100);
    expect((await order(alert, 'claim')).status).toBe(200);
    await later(timers, 300);
    expect((await order(alert, 'depart')).status).toBe(200);
    await later(timers, 299.999);
    expect(told(alert)).toEqual([1]);
    await later(timers, 0.001);
    expect(eventsOf(alert).at(-1)).toMatchObject({ type: 'alert.returned', body: { why: 'no_outcome', from: { id: anna.user.id } } });
    expect(await find(alert)).toMatchObject({ state: 'open', owner: null, step: 0 });
    await later(timers, 59.999);
    expect(told(alert)).toEqual([1, 'no_outcome']);
    await later(timers, 0.001);
    await later(timers, 120);
    expect(told(alert)).toEqual([1, 'no_outcome', 1, 2]);
  });

  it('[C12] counts from when it was given back, too', async () => {
    const timers = timersOf();
    const alert = await one();
    await later(timers, 30);
    await order(alert, 'claim');
    await later(timers, 300);
    await order(alert, 'release');
    await later(timers, 59.999);
    expect(told(alert)).toEqual([]);
    await later(timers, 0.001);
    expect(told(alert)).toEqual([1]);
  });

  it('[C12] expires what nobody took, and nothing happens to it any more', async () => {
    const timers = timersOf();
    const alert = await one({ timing: { secondS: null, managerS: null, returnS: null, expireS: 900 } });
    await later(timers, 899.999);
    expect(told(alert)).toEqual([]);
    await later(timers, 0.001);
    await later(timers, 100_000);
    expect(told(alert)).toEqual(['expired']);
    const over = await find(alert);
    expect(over).toMatchObject({ state: 'expired', owner: null });
    expect((await order(alert, 'claim')).body).toMatchObject({ code: 'already_resolved', state: 'expired', owner: null, resolvedAt: over.resolvedAt });
  });

  it('[C7] [C12] lets a snoozed alert neither escalate nor expire until it wakes', async () => {
    const timers = timersOf();
    const alert = await one({ timing: { secondS: 60, managerS: 180, returnS: 600, expireS: 1_000 } });
    await order(alert, 'claim');
    await later(timers, 10);
    expect((await order(alert, 'snooze', { for: 60, reason: 'a delivery' })).body).toMatchObject({ state: 'open', owner: null, snoozedUntil: hub.clock() + 3_600_000 });
    await later(timers, 3_599.999);
    expect(told(alert)).toEqual([]);
    await later(timers, 0.001);
    expect(told(alert)).toEqual(['snooze_over']);
    expect((await find(alert)).snoozedUntil).toBeNull();
    await later(timers, 60);
    await later(timers, 120);
    expect(told(alert)).toEqual(['snooze_over', 1, 2]);
    await later(timers, 820);
    expect(told(alert)).toEqual(['snooze_over', 1, 2, 'expired']);
  });

  it('[C11] does not escalate in quiet hours, but from when it becomes urgent', async () => {
    const timers = timersOf();
    const alert = await one({ quiet: true });
    await later(timers, 1_000);
    expect(told(alert)).toEqual([]);
    await hub.store.transaction(async (tx) => {
      await stateAlert(tx, hub.alerts, hubEvent('shop', 'alert.grown', hub.clock(), { alert, source: ulid(), count: 5, last: hub.clock(), severity: 'urgent' }));
    });
    await later(timers, 0);
    expect(told(alert)).toEqual([2]);
    expect(await find(alert)).toMatchObject({ count: 5, severity: 'urgent', step: 2 });
  });

  it('does not let an alert that is over grow', async () => {
    const alert = await one();
    await order(alert, 'resolve', { as: 'false' });
    await hub.store.transaction(async (tx) => {
      expect(await stateAlert(tx, hub.alerts, hubEvent('shop', 'alert.grown', hub.clock(), { alert, source: ulid(), count: 5, last: hub.clock(), severity: 'urgent' }))).toBeUndefined();
    });
    expect(await find(alert)).toMatchObject({ count: 1, severity: 'high', state: 'false' });
    expect(eventsOf(alert).map(({ type }) => type)).toEqual(['alert.opened', 'alert.resolved']);
  });
});

describe('hubs that end and start', () => {
  it('[C10] states what became due meanwhile once, at once, and only the weightiest of it', async () => {
    const both = await one();
    const second = await one({ timing: { secondS: 60, managerS: null, returnS: null, expireS: null } });
    const expired = await one({ timing: { secondS: 60, managerS: 180, returnS: 600, expireS: 300 } });
    hub.advance(400_000);
    expect(await timersOf().look()).toBe(3);
    expect([told(both), told(second), told(expired)]).toEqual([[2], [1], ['expired']]);
    expect(await timersOf().look()).toBe(0);
  });

  it('gives alerts from before there were timers the site\'s usual ones', async () => {
    const [escalates, expires] = [await one(), await one()];
    const alerts = hub.store.use(alertsTable);
    for (const [id, openedAt] of [[escalates, hub.clock()], [expires, hub.clock() - 14_400_000]] as const) {
      await hub.store.transaction(({ db }) => db.update(alerts).set({ timing: null, waitingSince: null, nextAt: null, openedAt }).where(eq(alerts.id, id)), `alert ${id}`);
    }
    const timers = timersOf();
    await later(timers, 59.999);
    expect([told(escalates), told(expires)]).toEqual([[], ['expired']]);
    await later(timers, 0.001);
    expect(told(escalates)).toEqual([1]);
  });
});

describe('many alerts and several hubs', () => {
  it(`[C10] [C11] escalates ${MANY} alerts that are due at once, each once and at its own seconds, with two hubs looking at the same time`, async () => {
    const timers = hubs.map(({ store, clock, alerts: repository }) => createAlertTimers({ store, clock, repository, onError: fail }));
    const alerts = await open(MANY);
    const opened = hub.clock();
    hub.advance(61_500);
    const started = performance.now();
    const counts = await Promise.all(timers.map((each) => each.look()));
    const ms = performance.now() - started;
    console.log(`${MANY} escalations by two hubs in ${Math.round(ms)} ms, ${counts.join(' + ')}`);
    expect(counts[0]! + counts[1]!).toBe(MANY);
    for (const alert of alerts) expect(told(alert)).toEqual([1]);
    // That the first step came late does not move the second.
    hub.advance(118_499);
    expect(await timers[0]!.look()).toBe(0);
    hub.advance(1);
    expect((await Promise.all(timers.map((each) => each.look()))).reduce((a, b) => a + b)).toBe(MANY);
    for (const alert of alerts) expect(eventsOf(alert).filter(({ type }) => type === 'alert.escalated').map(({ at }) => at - opened)).toEqual([61_500, 180_000]);
  }, 60_000);

  it('[C10] comes by itself within two seconds of its time, once, on two hubs that run', async () => {
    const errors: unknown[] = [];
    const timers = hubs.map(({ store, alerts: repository }) => createAlertTimers({ store, clock: () => Date.now(), repository, onError: (error) => errors.push(error) }));
    for (const each of timers) each.start();
    try {
      const [alert] = await open(1, {}, Date.now() - 58_800);
      const due = (await find(alert!)).openedAt + 60_000;
      await vi.waitFor(() => expect(told(alert!)).toEqual([1]), { timeout: 10_000, interval: 20 });
      const { at } = eventsOf(alert!).at(-1)!;
      console.log(`escalated ${at - due} ms after its time`);
      expect(at).toBeGreaterThanOrEqual(due);
      expect(at - due).toBeLessThan(2_000);
    } finally {
      await Promise.all(timers.map((each) => each.stop()));
    }
    expect(errors).toEqual([]);
  }, 30_000);
});

describe('trouble', () => {
  const away = (): never => { throw new StoreUnavailable('store_unreachable', 'the database is away'); };
  /** The hub's store with other transactions. */
  const storeWith = (transaction: Store['transaction']): Store => ({ shared: hub.store.shared, use: hub.store.use.bind(hub.store), read: hub.store.read.bind(hub.store), transaction, now: hub.store.now.bind(hub.store), ready: hub.store.ready.bind(hub.store), close: async () => undefined });

  it('is retried without a word while the store is away, and what was due meanwhile happens once', async () => {
    const errors: unknown[] = [];
    let down = true;
    let tried = 0;
    const store = storeWith(async (work, scope) => { tried += 1; return down ? away() : hub.store.transaction(work, scope); });
    const timers = timersOf({ store, onError: (error) => errors.push(error) });
    const alerts = await open(3);
    hub.advance(60_000);
    timers.start();
    try {
      await vi.waitFor(() => expect(tried).toBeGreaterThan(1), { timeout: 10_000 });
      down = false;
      await vi.waitFor(() => { for (const alert of alerts) expect(told(alert)).toEqual([1]); }, { timeout: 10_000 });
    } finally {
      await timers.stop();
    }
    expect(errors).toEqual([]);
  }, 30_000);

  it.each([5, 20])('with one of %i alerts is told once and costs the others nothing', async (count) => {
    const errors: unknown[] = [];
    const [bad, ...good] = await open(count);
    const store = storeWith((work, scope) => (scope === `alert ${bad}` || scope === undefined ? Promise.reject(new Error('a bad row')) : hub.store.transaction(work, scope)));
    const timers = timersOf({ store, onError: (error, where) => errors.push(where) });
    await later(timers, 60);
    await later(timers, 1);
    expect(good.map(told)).toEqual(good.map(() => [1]));
    expect(told(bad!)).toEqual([]);
    expect(errors).toEqual([`the timer of alert ${bad}`]);
    // A hub without this trouble does it.
    expect(await timersOf().look()).toBe(1);
  });
});
