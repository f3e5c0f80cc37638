import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyEvent } from '../../../contract/index.ts';
import type { LogStore, NewEvent } from '../store/store.ts';
import { temporaryStore } from '../testing/store.ts';
import { hubEvent } from './event.ts';
import { createLog, type Log } from './log.ts';
import { ReactorRunner, type ReactionPlace, type Reactor } from './reactor.ts';

let store: LogStore;
let log: Log;
let dispose: () => Promise<void>;
beforeEach(async () => { ({ store, dispose } = await temporaryStore()); log = createLog(store); });
const runners: ReactorRunner[] = [];
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
  await dispose();
});

const press = (value: number): NewEvent => ({ id: ulid(), type: 'feedback.rated', site: 'shop', at: 1, device: 'button', touchpoint: null, skew: 0, body: JSON.stringify({ value, scale: 4 }) });
const silents = async (): Promise<string[]> => (await log.read('shop', 0, 5000)).flatMap(({ event }) => (event.type === 'device.silent' ? [event.body.device] : []));

/** States one event of its own for every rating; `fail` may stop it half-way. */
const echo = (fail: () => boolean = () => false, wants?: Reactor['wants']): Reactor => ({
  name: 'echo', types: new Set(['feedback.rated']), ...(wants ? { wants } : {}),
  async react(events, tx, site) {
    for (const event of events) {
      await tx.append([hubEvent(site, 'device.silent', 1, { device: event.id, lastSeen: 0 })]);
      if (fail()) throw new Error('half-way');
    }
  },
});
const run = (reactor: Reactor, onError: (error: unknown) => void = (error) => { throw error; }): ReactorRunner => {
  const runner = new ReactorRunner({ store, log, reactors: [reactor], onError });
  runners.push(runner);
  return runner;
};

describe('a reactor', () => {
  it('sees every event once, in order, whether it was there before or comes later', async () => {
    const early = [press(1), press(2)];
    await log.append(early);
    const runner = run(echo());
    await runner.start();
    const late = [press(3), press(4)];
    await log.append(late);
    await runner.settled();
    expect(await silents()).toEqual([...early, ...late].map(({ id }) => id));
  });

  it('that fails half-way leaves nothing behind and does its work when it is tried again', async () => {
    let fails = 2;
    const errors: unknown[] = [];
    const runner = run(echo(() => fails-- > 0), (error) => errors.push(error));
    const presses = [press(1), press(1), press(1)];
    await log.append(presses);
    await vi.waitFor(async () => expect(await silents()).toEqual(presses.map(({ id }) => id)), { timeout: 5_000 });
    expect(errors).toHaveLength(2);
    await runner.stop();
  });

  it('goes on from its place after a restart', async () => {
    const presses = [press(1), press(1)];
    const first = run(echo());
    await log.append(presses);
    await first.settled();
    await first.stop();
    await run(echo()).start();
    expect(await silents()).toEqual(presses.map(({ id }) => id));
  });

  it('costs no transaction for events that it does not want, and still sees the next one that it does', async () => {
    const runner = run(echo(undefined, (event) => event.type === 'feedback.rated' && event.body.value === 1));
    const transactions = vi.spyOn(store, 'transaction');
    await log.append(Array.from({ length: 1_200 }, () => press(4)));
    await runner.settled();
    expect(transactions).not.toHaveBeenCalled();
    const wanted = press(1);
    await log.append([press(4), wanted]);
    await runner.settled();
    expect(await silents()).toEqual([wanted.id]);
  });

  it('lets one hub at a time react, and the other goes on from where that one came to', async () => {
    const errors: unknown[] = [];
    const one = run(echo(), (error) => errors.push(error));
    const other = run(echo(), (error) => errors.push(error));
    const presses = Array.from({ length: 40 }, () => press(1));
    await Promise.all(presses.map((event) => log.append([event])));
    await Promise.all([one.settled(), other.settled()]);
    const order = (await log.read('shop', 0, 5_000)).flatMap(({ event }) => (event.type === 'feedback.rated' ? [event.id] : []));
    expect(await silents()).toEqual(order);
    expect(order).toHaveLength(presses.length);
    await Promise.all([one.stop(), other.stop()]);
    expect(errors).toEqual([]);
  });

  it('is told where it stands, and of the commit only after it', async () => {
    const places: ReactionPlace[] = [];
    const done: number[] = [];
    let fails = 1;
    const runner = run({
      name: 'told', types: new Set(['feedback.rated']),
      async react(events, _tx, _site, place) {
        places.push(place);
        if (fails-- > 0) throw new Error('half-way');
        return () => done.push(events.length);
      },
    }, () => undefined);
    await log.append([press(1), press(1)]);
    await vi.waitFor(() => expect(done).toEqual([2]), { timeout: 5_000 });
    await log.append([press(1)]);
    await vi.waitFor(() => expect(done).toEqual([2, 1]), { timeout: 5_000 });
    const { epoch } = await log.head('shop');
    expect(places).toEqual([{ epoch, from: 0, to: 2 }, { epoch, from: 0, to: 2 }, { epoch, from: 2, to: 3 }]);
    await runner.stop();
  });

  it('gathers what may wait, and takes it along in order when something is due', async () => {
    const pages: number[][] = [];
    const valueOf = (event: AnyEvent): number => (event.type === 'feedback.rated' ? event.body.value : 0);
    const runner = run({ name: 'gathers', types: new Set(['feedback.rated']), prompt: (event) => valueOf(event) === 1, async react(events) { pages.push(events.map(valueOf)); } });
    await runner.start();
    for (let i = 0; i < 10; i++) await log.append([press(4)]);
    await log.append([press(1)]);
    await vi.waitFor(() => expect(pages.flat()).toHaveLength(11), { timeout: 5_000 });
    expect(pages.flat()).toEqual([...Array.from({ length: 10 }, () => 4), 1]);
    expect(pages.length).toBeLessThan(11);
    // Without anything that is due it happens all the same.
    await log.append([press(3)]);
    await vi.waitFor(() => expect(pages.flat()).toHaveLength(12), { timeout: 2_000 });
    await log.append([press(2)]);
    await runner.settled();
    expect(pages.at(-1)).toEqual([2]);
    await runner.stop();
  });
});
