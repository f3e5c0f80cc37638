import { ulid } from 'ulid';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Alert, AnyEvent, Rule, Site } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import { createLog, type Log } from '../core/log/log.ts';
import { ReactorRunner } from '../core/log/reactor.ts';
import { eq } from '../core/store/drizzle.ts';
import type { LogStore, NewEvent } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createMetrics, hourOf } from '../metrics/index.ts';
import { alertsReactor, type AlertsReactor } from './reactor.ts';
import { createAlertsRepository, stateAlert, type AlertsRepository } from './repository.ts';
import { builtInRule } from './rule-defaults.ts';
import { createRuleStore } from './rule-store.ts';
import { alertWatchTable } from './tables.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const MINUTE = 60_000;
const SITE: Site = { id: 'shop', name: 'Shop', timezone: 'Europe/Moscow', zones: [], touchpoints: [{ id: 'till', name: 'Till', zone: null }] };

let store: LogStore;
let dispose: () => Promise<void>;
let log: Log;
let repository: AlertsRepository;
let errors: unknown[];
let now: number;
const runners: ReactorRunner[] = [];
beforeEach(async () => {
  ({ store, dispose } = await temporaryStore());
  log = createLog(store);
  repository = createAlertsRepository(store);
  errors = [];
  now = START;
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
  await dispose();
});

async function start(change: (reactor: AlertsReactor) => AlertsReactor = (reactor) => reactor): Promise<{ reactor: AlertsReactor; runner: ReactorRunner }> {
  const onError = (error: unknown): void => { errors.push(error); };
  const reactor = change(alertsReactor({ store, clock: () => now, repository, rules: createRuleStore(store), metrics: createMetrics(store), site: async () => SITE, devices: async () => [], onError }));
  const runner = new ReactorRunner({ store, log, reactors: [reactor], onError });
  runners.push(runner);
  await runner.start();
  return { reactor, runner };
}
const event = (type: string, body: object, change: Partial<NewEvent> = {}): NewEvent => ({ id: ulid(), type, site: 'shop', at: now, device: 'button', touchpoint: 'till', skew: 0, body: JSON.stringify(body), ...change });
const press = (value = 1, change: Partial<NewEvent> = {}): NewEvent => event('feedback.rated', { value, scale: 4 }, change);
const alerts = (kind = 'feedback.negative'): Promise<Alert[]> => repository.list('shop', { limit: 500 }).then((all) => all.filter((alert) => alert.kind === kind));
const memory = (): Promise<{ offset: number; state: string } | undefined> => store.read(async (db) => {
  const table = store.use(alertWatchTable);
  return (await db.select().from(table).where(eq(table.site, 'shop')))[0];
});

it('says on the card whom to tell, by when, and what the site said of quiet hours', async () => {
  const { runner } = await start();
  await log.append([press()]);
  await runner.settled();
  const [opened] = (await log.read('shop', 1, 10)).map(({ event: one }) => one as AnyEvent);
  expect(opened).toMatchObject({ type: 'alert.opened', touchpoint: 'till', body: {
    kind: 'feedback.negative', rule: 'feedback-negative', severity: 'high', tone: 'visitor', actBy: now + 180_000, count: 1, zone: null, timing: { secondS: 60, managerS: 180, returnS: 600, expireS: 14_400 },
  } });
});

it('costs a page of 500 ratings a handful of statements', async () => {
  const { runner } = await start();
  await log.append([press()]);
  await runner.settled();
  let statements = 0;
  const transaction = store.transaction.bind(store);
  vi.spyOn(store, 'transaction').mockImplementation((work, scope) => transaction((tx) => work({
    append: (events) => { statements += 1; return tx.append(events); },
    // Every query of the builder begins with one of these.
    db: new Proxy(tx.db, { get(db, name) { if (name === 'select' || name === 'insert' || name === 'update' || name === 'delete') statements += 1; const value = Reflect.get(db, name) as unknown; return typeof value === 'function' ? value.bind(db) as unknown : value; } }),
  }), scope));
  await log.append(Array.from({ length: 500 }, (_, i) => press(1 + (i % 4))));
  await runner.settled();
  const [card] = await alerts();
  expect(card).toMatchObject({ count: 126 });
  console.log(`500 ratings: ${statements} statements`);
  expect(statements).toBeLessThanOrEqual(20);
});

it('goes on with what it remembered after a restart, and after a reaction that was undone', async () => {
  const first = await start();
  await log.append([press()]);
  await first.runner.settled();
  await first.runner.stop();
  let fails = 1;
  const second = await start((reactor) => ({
    ...reactor,
    async react(...args: Parameters<AlertsReactor['react']>) {
      const after = await reactor.react(...args);
      if (fails-- > 0) throw new Error('the commit failed');
      return after;
    },
  }));
  await log.append([press(), press()]);
  await vi.waitFor(async () => expect(await alerts()).toMatchObject([{ count: 3 }]), { timeout: 5_000 });
  await log.append([press()]);
  await second.runner.settled();
  expect(await alerts()).toMatchObject([{ count: 4 }]);
  const counted = await store.read((db) => createMetrics(store).ratings(db, 'shop', hourOf(now), hourOf(now) + 1));
  expect(counted).toMatchObject([{ lowest: 4 }]);
});

it('begins with nothing when what it remembers comes from after its place, and opens nothing twice', async () => {
  const { runner } = await start();
  await log.append([press()]);
  await runner.settled();
  await runner.stop();
  const before = (await memory())!;
  await store.transaction(async (tx) => { await tx.db.update(store.use(alertWatchTable)).set({ offset: 1_000_000 }); });
  expect(before.offset).toBeLessThan(1_000_000);
  const again = await start();
  await log.append([press()]);
  await again.runner.settled();
  expect((await alerts()).map(({ count }) => count)).toEqual([1, 1]);
  expect(errors).toEqual([]);
});

it('opens a new card where a person ended the old one a moment before it grew', async () => {
  const { runner } = await start();
  await log.append([press()]);
  await runner.settled();
  const [card] = await alerts();
  // The rules have not heard of it yet: the press comes first in their page.
  const person = { id: 'anna', name: 'Anna' };
  await store.transaction(async (tx) => {
    await tx.append([press()]);
    await stateAlert(tx, repository, hubEvent('shop', 'alert.resolved', now, { alert: card!.id, by: person, cause: 'queue' }));
  });
  await runner.settled();
  expect(await repository.list('shop', { state: 'resolved', limit: 10 })).toMatchObject([{ id: card!.id, count: 1 }]);
  expect(await alerts()).toMatchObject([{ count: 1 }]);
  expect((await log.read('shop', 0, 50)).filter(({ type }) => type === 'alert.grown')).toEqual([]);
});

it('is not stopped by an event that no rule can read, nor by a touchpoint that is no more', async () => {
  const { runner } = await start();
  await log.append([event('feedback.rated', { value: 9, scale: 4 }), event('feedback.rated', { value: 1.5, scale: 4 }), event('emotion.episode', {}), event('device.silent', {}), press(1, { touchpoint: 'removed' })]);
  await runner.settled();
  expect(await alerts()).toMatchObject([{ touchpoint: 'removed', zone: null }]);
  expect(errors.length).toBeGreaterThan(0);
});

it('raises nothing old and no flood when clocks jump, and goes on afterwards', async () => {
  const { runner } = await start();
  await log.append([press()]);
  await runner.settled();
  // Forwards, as after a day in a drawer: what a device kept is history, its next press is not.
  now += 24 * 3600_000;
  await log.append([...Array.from({ length: 50 }, (_, i) => press(1, { at: now - 31 * MINUTE - i * 1000 })), press()]);
  await runner.settled();
  expect((await alerts()).map(({ count }) => count)).toEqual([1, 1]);
  // Backwards: what comes from the time before is ahead now and says nothing; presses of now do.
  now -= 23 * 3600_000;
  await log.append([...Array.from({ length: 50 }, () => press(1, { at: now + 10 * MINUTE })), press()]);
  await runner.settled();
  expect((await alerts()).map(({ count }) => count)).toEqual([1, 1, 1]);
  await log.append([press()]);
  await runner.settled();
  expect((await alerts()).reduce((sum, { count }) => sum + count, 0)).toBe(4);
});

it('hears of a changed rule before the next press', async () => {
  const { runner, reactor } = await start();
  await log.append([press(2)]);
  await runner.settled();
  expect(await alerts()).toEqual([]);
  const rule: Rule = { ...builtInRule('shop', 'feedback.negative'), params: { faces: 'negative' } };
  await store.transaction((tx) => createRuleStore(store).put(tx.db, rule, now));
  reactor.forget('shop');
  await log.append([press(2)]);
  await runner.settled();
  expect(await alerts()).toMatchObject([{ rating: { value: 2 } }]);
});
