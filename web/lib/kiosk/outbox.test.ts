import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventEnvelope } from '../../../contract/events.ts';
import type { Answer } from './device-api.ts';
import { Outbox, type Exclusive } from './outbox.ts';
import { FallbackOutboxStore, MemoryOutboxStore, type OutboxStore } from './outbox-store.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

type Fate = 'takes' | 'loses the reply' | 'is away' | 'fails' | 'is busy';

/** What the hub does with events: dedupes by id, keeps the order of arrival. */
class Hub {
  taken: EventEnvelope[] = [];
  requests: EventEnvelope[][] = [];
  fate: Fate = 'takes';
  refuses = new Map<string, string>();
  status: { status: number; code: string; retryAfterMs?: number } | null = null;

  receive = async (events: EventEnvelope[]): Promise<Answer> => {
    this.requests.push(structuredClone(events));
    if (this.status) return { kind: 'answer', status: this.status.status, body: {}, code: this.status.code as never, retryAfterMs: this.status.retryAfterMs ?? null };
    if (this.fate === 'is away') return { kind: 'unreachable' };
    if (this.fate === 'fails') return { kind: 'answer', status: 500, body: {}, code: 'internal', retryAfterMs: null };
    if (this.fate === 'is busy') return { kind: 'answer', status: 429, body: {}, code: 'rate_limited', retryAfterMs: 2000 };
    const reply = this.#take(events);
    return this.fate === 'loses the reply' ? { kind: 'unreachable' } : { kind: 'answer', status: 200, body: reply, code: null, retryAfterMs: null };
  };

  #take(events: EventEnvelope[]) {
    const rejected: { index: number; id: string; code: string; message: string }[] = [];
    let accepted = 0;
    let duplicates = 0;
    for (const [index, event] of events.entries()) {
      const code = this.refuses.get(event.id);
      if (code) rejected.push({ index, id: event.id, code, message: '' });
      else if (this.taken.some((one) => one.id === event.id)) duplicates++;
      else { this.taken.push(event); accepted++; }
    }
    return { accepted, duplicates, rejected };
  }
}

let serial = 0;
const press = (at: number, value = 4): EventEnvelope =>
  ({ id: String(++serial).padStart(26, '0'), type: 'feedback.rated', site: 'shop', at, body: { value, scale: 4 } });
const alone: Exclusive = (work) => work();

function setUp(store: OutboxStore = new MemoryOutboxStore(), hub = new Hub(), clock = new FakeClock()) {
  const open = () => new Outbox({ store, send: hub.receive, clock, random: () => 1, exclusive: alone });
  return { store, hub, clock, open, outbox: open() };
}

test('a press reaches the hub and leaves the device only after the hub has it', async () => {
  const { outbox, hub, clock, store } = setUp();
  hub.fate = 'is away';
  await outbox.add(press(clock.now()));
  await settle();
  expect((await store.counts()).waiting).toBe(1);
  expect(outbox.status.trouble).toBe('unreachable');
  hub.fate = 'takes';
  await clock.advance(15_000);
  expect(hub.taken).toHaveLength(1);
  expect(outbox.status).toMatchObject({ waiting: 0, trouble: null });
});

test('a lost reply makes the same id travel again, not another one', async () => {
  const { outbox, hub, clock } = setUp();
  hub.fate = 'loses the reply';
  const event = press(clock.now());
  await outbox.add(event);
  await settle();
  hub.fate = 'takes';
  await clock.advance(15_000);
  expect(hub.requests.map((one) => one[0]!.id)).toEqual([event.id, event.id]);
  expect(hub.taken).toHaveLength(1);
});

test('a held press waits for its factor and carries it', async () => {
  const { outbox, hub, clock } = setUp();
  const event = press(clock.now(), 2);
  await outbox.add(event, 10_000);
  await clock.advance(3_000);
  expect(hub.requests).toHaveLength(0);
  expect(await outbox.release(event.id, { value: 2, scale: 4, factor: 'queue' })).toBe(true);
  await settle();
  expect(hub.taken.map((one) => one.body)).toEqual([{ value: 2, scale: 4, factor: 'queue' }]);
});

test('a held press goes without factor when its page died', async () => {
  const { open, outbox, hub, clock } = setUp();
  await outbox.add(press(clock.now(), 2), 10_000);
  outbox.stop();
  open().wake();
  await clock.advance(9_000);
  expect(hub.taken).toHaveLength(0);
  await clock.advance(2_000);
  expect(hub.taken).toHaveLength(1);
});

test('a held press does not keep a later one waiting', async () => {
  const { outbox, hub, clock } = setUp();
  await outbox.add(press(clock.now(), 2), 10_000);
  const urgent = press(clock.now(), 1);
  await outbox.add(urgent);
  await settle();
  expect(hub.taken.map((one) => one.id)).toEqual([urgent.id]);
});

test('a clock that was set back does not hold a press for ever', async () => {
  const { outbox, hub, clock } = setUp();
  await outbox.add(press(clock.now(), 2), 10_000);
  clock.epoch -= 5 * 365 * 86_400_000;
  outbox.wake();
  await settle();
  expect(hub.taken).toHaveLength(1);
  expect(hub.taken[0]!.at).toBeLessThanOrEqual(clock.now());
});

test('a refused press is kept aside with its code and the others go on', async () => {
  const { outbox, hub, clock, store } = setUp();
  const bad = press(clock.now());
  hub.refuses.set(bad.id, 'forbidden_site');
  await outbox.add(bad);
  await outbox.add(press(clock.now()));
  await settle();
  expect(hub.taken).toHaveLength(1);
  expect((await store.refused(10)).map((one) => one.code)).toEqual(['forbidden_site']);
  expect(outbox.status).toMatchObject({ waiting: 0, refused: 1 });
});

test('one unreadable press among many costs only itself', async () => {
  const { outbox, hub, clock, store } = setUp();
  const events = Array.from({ length: 20 }, () => press(clock.now()));
  const poison = events[13]!.id;
  const take = hub.receive;
  hub.receive = async (batch) => batch.some((one) => one.id === poison)
    ? { kind: 'answer', status: 400, body: {}, code: 'malformed', retryAfterMs: null }
    : take(batch);
  const picky = new Outbox({ store, send: (batch) => hub.receive(batch), clock, random: () => 1, exclusive: alone });
  for (const event of events) await store.append({ event, holdUntil: null });
  picky.wake();
  await settle();
  await settle();
  expect(hub.taken.map((one) => one.id)).toEqual(events.map((one) => one.id).filter((id) => id !== poison));
  expect((await store.refused(10)).map((one) => one.event.id)).toEqual([poison]);
  outbox.stop();
});

test('a revoked device keeps its presses, says so, and sends them once it is let in again', async () => {
  const { outbox, hub, clock } = setUp();
  hub.status = { status: 401, code: 'device_revoked' };
  await outbox.add(press(clock.now()));
  await settle();
  expect(outbox.status).toMatchObject({ waiting: 1, blocked: true, trouble: 'device_revoked' });
  await outbox.add(press(clock.now()));
  await clock.advance(30_000);
  expect(hub.requests).toHaveLength(1);
  hub.status = null;
  outbox.unblock();
  await settle();
  expect(hub.taken).toHaveLength(2);
  expect(outbox.status).toMatchObject({ waiting: 0, blocked: false, trouble: null });
});

test('429 is obeyed even when visitors go on pressing', async () => {
  const { outbox, hub, clock } = setUp();
  hub.status = { status: 429, code: 'rate_limited', retryAfterMs: 7_000 };
  await outbox.add(press(clock.now()));
  await settle();
  hub.status = null;
  await outbox.add(press(clock.now()));
  await clock.advance(6_900);
  expect(hub.requests).toHaveLength(1);
  await clock.advance(200);
  expect(hub.taken).toHaveLength(2);
});

test('a week without the hub: retries stay within the cap and nothing is lost', async () => {
  const { outbox, hub, clock } = setUp();
  hub.fate = 'is away';
  for (let n = 0; n < 250; n++) await outbox.add(press(clock.now()));
  await clock.advance(600_000);
  expect(hub.requests.length).toBeLessThan(250 + 60);
  expect(clock.pending).toBeLessThanOrEqual(1);
  hub.fate = 'takes';
  outbox.wake();
  await settle();
  await settle();
  expect(hub.taken).toHaveLength(250);
  expect(Math.max(...hub.requests.slice(-3).map((one) => one.length))).toBe(100);
});

test('two tabs of one device: one sender at a time', async () => {
  const { store, hub, clock } = setUp();
  let inside = 0;
  let most = 0;
  let tail: Promise<void> = Promise.resolve();
  const lock: Exclusive = (work) => { tail = tail.then(work); return tail; };
  const send = async (events: EventEnvelope[]): Promise<Answer> => {
    most = Math.max(most, ++inside);
    await settle();
    inside--;
    return hub.receive(events);
  };
  const tabs = [1, 2].map(() => new Outbox({ store, send, clock, random: () => 1, exclusive: lock }));
  for (let n = 0; n < 10; n++) await tabs[n % 2]!.add(press(clock.now()));
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(most).toBe(1);
  expect(hub.taken).toHaveLength(10);
  expect(hub.requests.flat()).toHaveLength(10);
});

test('a browser that refuses storage still delivers while the page lives, and tells', async () => {
  const broken = new MemoryOutboxStore();
  broken.append = async () => { throw new DOMException('full', 'QuotaExceededError'); };
  let told = 0;
  const { outbox, hub, clock } = setUp(new FallbackOutboxStore(broken, () => told++));
  await outbox.add(press(clock.now()));
  await settle();
  expect(hub.taken).toHaveLength(1);
  expect(told).toBe(1);
});

test('storage that fails after the hub took a press sends it again instead of spinning', async () => {
  const store = new MemoryOutboxStore();
  const settleReally = store.settle.bind(store);
  let failures = 2;
  store.settle = async (...args) => { if (failures-- > 0) throw new DOMException('gone', 'InvalidStateError'); return settleReally(...args); };
  const { outbox, hub, clock } = setUp(store);
  await outbox.add(press(clock.now()));
  await clock.advance(60_000);
  expect(hub.requests).toHaveLength(3);
  expect(hub.taken).toHaveLength(1);
  expect((await store.counts()).waiting).toBe(0);
});

const SEED = 20262;
const FATES: Fate[] = ['takes', 'loses the reply', 'is away', 'fails', 'is busy'];
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('press' as const), hold: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fate' as const), fate: fc.constantFrom(...FATES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'online' as const }) },
);

test(`any sequence of presses, outages, lost replies and crashes delivers each press once (seed ${SEED})`, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (steps, jitter) => {
    const { store, hub, clock } = setUp();
    const open = () => new Outbox({ store, send: hub.receive, clock, random: () => jitter.next().value as number, exclusive: alone });
    let outbox = open();
    const made: string[] = [];
    let anyHeld = false;
    for (const one of steps) {
      if (one.do === 'press') {
        const event = press(clock.now(), one.hold ? 2 : 4);
        anyHeld ||= one.hold;
        await outbox.add(event, one.hold ? 8_000 : 0);
        made.push(event.id);
      } else if (one.do === 'fate') hub.fate = one.fate;
      else if (one.do === 'wait') await clock.advance(one.ms);
      else if (one.do === 'online') outbox.wake();
      else { outbox.stop(); outbox = open(); outbox.wake(); }
    }
    hub.fate = 'takes';
    await clock.advance(60_000);
    const taken = hub.taken.map((event) => event.id);
    if (anyHeld) expect([...taken].sort()).toEqual(made);
    else expect(taken).toEqual(made);
    expect(await store.counts()).toEqual({ waiting: 0, refused: 0 });
    outbox.stop();
  }), { seed: SEED, numRuns: 200 });
});
