import { ulid } from 'ulid';
import { afterEach, expect, it, vi } from 'vitest';
import type { Alert, AnyEvent, Site } from '../../contract/index.ts';
import { createLog } from '../core/log/log.ts';
import { ReactorRunner } from '../core/log/reactor.ts';
import type { LogStore, NewEvent } from '../core/store/store.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createMetrics } from '../metrics/index.ts';
import { pressesOfAlerts } from '../testing/alert-counts.ts';
import { ON_POSTGRES, sharedSpace } from '../testing/servers/shared.ts';
import { alertsReactor } from './reactor.ts';
import { createAlertsRepository } from './repository.ts';
import { createRuleStore } from './rule-store.ts';

const SITE: Site = {
  id: 'shop', name: 'Shop', timezone: 'Europe/Moscow', zones: [1, 2, 3, 4].map((n) => ({ id: `zone-${n}`, name: `Zone ${n}` })),
  touchpoints: Array.from({ length: 8 }, (_, i) => ({ id: `till-${i}`, name: `Till ${i}`, zone: `zone-${1 + (i % 4)}` })),
};
const PRESSES = 200;

const ending: (() => Promise<void>)[] = [];
afterEach(async () => { for (const end of ending.splice(0).reverse()) await end(); });

function hubOn(store: LogStore, errors: unknown[]): { log: ReturnType<typeof createLog>; runner: ReactorRunner } {
  const log = createLog(store);
  const onError = (error: unknown): void => { errors.push(error); };
  const reactor = alertsReactor({
    store, clock: () => Date.now(), repository: createAlertsRepository(store), rules: createRuleStore(store), metrics: createMetrics(store),
    site: async () => SITE, devices: async () => [], onError,
  });
  return { log, runner: new ReactorRunner({ store, log, reactors: [reactor], onError }) };
}

const event = (type: string, touchpoint: string, body: object): NewEvent => ({ id: ulid(), type, site: 'shop', at: Date.now(), device: `button-${touchpoint}`, touchpoint, skew: 0, body: JSON.stringify(body) });

/** Presses of the worst face over all zones with two causes and without; every tenth visitor leaves a message seconds after, some before. */
function storm(random: ReturnType<typeof seededRandom>): { events: NewEvent[]; withMessage: string[] } {
  const events: NewEvent[] = [];
  const late: NewEvent[] = [];
  const withMessage: string[] = [];
  for (let i = 0; i < PRESSES; i++) {
    const touchpoint = `till-${random.below(8)}`;
    const factor = [undefined, 'queue', 'price'][random.below(3)];
    const press = event('feedback.rated', touchpoint, { value: 1, scale: 4, ...(factor ? { factor } : {}) });
    if (i % 10 !== 0) { events.push(press); continue; }
    withMessage.push(press.id);
    const message = event('feedback.messaged', touchpoint, { rating: press.id, text: `call me ${i}` });
    if (i % 40 === 0) events.push(message, press);
    else { events.push(press); late.push(message); }
  }
  return { events: [...events, ...late], withMessage };
}

async function expectEveryPressOnce(store: LogStore, withMessage: readonly string[]): Promise<void> {
  const log = createLog(store);
  const read = async (): Promise<AnyEvent[]> => (await log.read('shop', 0, 10_000)).map(({ event: one }) => one);
  await vi.waitFor(async () => {
    const counts = pressesOfAlerts(await read());
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(PRESSES);
    expect((await alertsOf(store)).filter(({ message }) => message !== null)).toHaveLength(withMessage.length);
  }, { timeout: 20_000, interval: 100 });
  const alerts = (await alertsOf(store)).filter(({ kind }) => kind === 'feedback.negative');
  const counts = pressesOfAlerts(await read());
  expect(Object.fromEntries(alerts.map(({ id, count }) => [id, count]))).toEqual(Object.fromEntries(counts));
  const urgent = alerts.filter(({ severity }) => severity === 'urgent');
  expect(urgent.map(({ message }) => message?.text).sort()).toEqual(Array.from({ length: PRESSES / 10 }, (_, i) => `call me ${10 * i}`).sort());
  expect(urgent.every(({ count }) => count === 1)).toBe(true);
  const others = alerts.filter(({ severity }) => severity !== 'urgent');
  // At most one card for each zone and cause; none at all is lost.
  expect(others.length).toBeLessThanOrEqual(4 * 3);
  expect(new Set(others.map(({ zone, rating }) => `${zone} ${rating?.factor}`)).size).toBe(others.length);
  console.log(`${PRESSES} presses, ${withMessage.length} with words: ${urgent.length} urgent cards and ${others.length} others, ${alerts.reduce((sum, { count }) => sum + count, 0)} presses on them`);
}
const alertsOf = (store: LogStore): Promise<Alert[]> => createAlertsRepository(store).list('shop', { limit: 1_000 });

it('puts a storm of presses on few cards that count every one of them, and every message on a card of its own', async () => {
  const { store, dispose } = await temporaryStore();
  ending.push(dispose);
  const errors: unknown[] = [];
  const { runner, log } = hubOn(store, errors);
  ending.push(() => runner.stop());
  await runner.start();
  const { events, withMessage } = storm(seededRandom(testSeed('storm')));
  for (let i = 0; i < events.length; i += 7) await log.append(events.slice(i, i + 7));
  await expectEveryPressOnce(store, withMessage);
  expect(errors).toEqual([]);
}, 40_000);

it.runIf(ON_POSTGRES)('does so also where two hubs react in turn', async () => {
  const space = await sharedSpace();
  ending.push(() => space.remove());
  const { openPostgresStore } = await import('../core/store/postgres-store.ts');
  const { POSTGRES_MIGRATIONS_DIR } = await import('../core/testing/store.ts');
  const errors: unknown[] = [];
  const hubs = [];
  for (let i = 0; i < 2; i++) {
    const store = await openPostgresStore({ url: space.databaseUrl, migrationsDir: POSTGRES_MIGRATIONS_DIR });
    ending.push(() => store.close());
    const hub = hubOn(store, errors);
    ending.push(() => hub.runner.stop());
    await hub.runner.start();
    hubs.push({ ...hub, store });
  }
  const { events, withMessage } = storm(seededRandom(testSeed('storm over two hubs')));
  // One after another, so that a message that came after its press does so in the log; each hub reacts to its own.
  for (let i = 0; i < events.length; i += 3) await hubs[(i / 3) % 2]!.log.append(events.slice(i, i + 3));
  await expectEveryPressOnce(hubs[0]!.store, withMessage);
  expect(errors).toEqual([]);
}, 40_000);
