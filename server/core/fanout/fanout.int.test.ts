import { setImmediate as nextTurn } from 'node:timers/promises';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stepFor, type ServerMessage } from '../../../contract/index.ts';
import { createLocalBus, type Bus } from '../bus/bus.ts';
import { LogEvent } from '../log/event.ts';
import { createLog, type Log } from '../log/log.ts';
import type { LogStore, NewEvent } from '../store/store.ts';
import { seededRandom, testSeed } from '../testing/random.ts';
import { temporaryStore } from '../testing/store.ts';
import { Connection } from './connection.ts';
import { Fanout } from './fanout.ts';
import type { ViewSpec } from './view.ts';

interface Seen { ids: string[] }
/** A state that remembers everything: any event lost, repeated or out of order shows. */
const remembering = (types: string[]): ViewSpec<Seen> => ({
  kind: 'floor', types: new Set(types), samples: false,
  seed: async () => ({ state: { ids: [] }, offset: 0 }),
  apply: (state, event) => { state.ids.push(`${event.offset}:${event.id}`); },
});

/** A client of the protocol, as contract/PROTOCOL.md has it, over a line that can be cut. */
class Client {
  state: Seen = { ids: [] };
  epoch: string | undefined;
  last: number | undefined;
  how: string[] = [];
  holes = 0;
  connection: Connection | undefined;
  #frames: string[] = [];
  readonly fanout: Fanout;
  readonly channel: string;
  constructor(fanout: Fanout, channel = 'floor:shop') { this.fanout = fanout; this.channel = channel; }

  async connect(): Promise<void> {
    const frames: string[] = (this.#frames = []);
    const connection = (this.connection = new Connection({ write: (frame) => { frames.push(payload(frame)); }, queuedBytes: () => 0, sentBytes: () => 0, close: () => undefined, terminate: () => undefined }, 0));
    this.fanout.connections.add(connection);
    await this.fanout.subscribe(connection, this.channel, this.epoch, this.last);
  }

  /** Cuts the line; what arrived but was not read, beyond `read` frames, is lost. */
  cut(read: number): void {
    this.read(read);
    if (this.connection) this.fanout.drop(this.connection);
    this.connection = undefined;
  }

  read(most = Infinity): void {
    for (let text = this.#frames.shift(); text !== undefined && most > 0; most--, text = most > 0 ? this.#frames.shift() : undefined) this.#take(JSON.parse(text) as ServerMessage);
  }

  #take(message: ServerMessage): void {
    if (message.t === 'snapshot') {
      this.how.push('snapshot');
      this.state = message.state as Seen;
      this.epoch = message.epoch;
      this.last = message.offset;
    } else if (message.t === 'delta' || message.t === 'events') {
      const to = message.t === 'delta' ? message.offset : message.to;
      if (message.t === 'delta') this.how.push('delta');
      const step = stepFor(this.last!, message.from, to);
      if (step === 'resume') this.holes += 1;
      if (step !== 'apply' && message.t !== 'delta') return;
      for (const event of message.events) if (event.offset > this.last!) this.state.ids.push(`${event.offset}:${event.id}`);
      this.last = to;
    }
  }
}

function payload(frame: Buffer): string {
  const length = frame[1]!;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10).toString('utf8');
}

let store: LogStore;
let dispose: () => Promise<void>;
let log: Log;
let bus: Bus;
let fanout: Fanout;
const errors: unknown[] = [];
beforeEach(async () => {
  ({ store, dispose } = await temporaryStore());
  log = createLog(store);
  bus = createLocalBus();
  log.onCommitted((events) => bus.publishEvents(events));
  errors.length = 0;
  fanout = new Fanout({ log, bus, clock: () => Date.now(), onError: (error) => errors.push(error) });
  fanout.register(remembering(['feedback.rated']));
});
afterEach(async () => {
  fanout.close();
  await dispose();
  expect(errors).toEqual([]);
});

const make = (type = 'feedback.rated', site = 'shop'): NewEvent => ({ id: ulid(), type, site, at: 1, device: 'd', touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' });
const truth = async (): Promise<string[]> => {
  const all: LogEvent[] = [];
  for (let page = await log.read('shop', 0, 1000); page.length > 0; page = await log.read('shop', all.at(-1)!.offset, 1000)) all.push(...page);
  return all.filter((event) => event.type === 'feedback.rated').map(({ offset, event }) => `${offset}:${event.id}`);
};
async function current(client: Client, ids: string[]): Promise<void> {
  await vi.waitFor(() => { client.read(); expect(client.state.ids).toEqual(ids); }, { timeout: 5_000 });
}

describe('catching up', () => {
  it('[P8] a new client gets the state, then what commits after it', async () => {
    await log.append([make(), make('traffic.counted'), make()]);
    const client = new Client(fanout);
    await client.connect();
    client.read();
    expect(client.how).toEqual(['snapshot']);
    expect(client.last).toBe(3);
    await log.append([make()]);
    await current(client, await truth());
  });

  it('[P9] a short gap of the same epoch is caught up by delta, a long one or another epoch by snapshot', async () => {
    const client = new Client(fanout);
    await client.connect();
    client.cut(Infinity);
    await log.append(Array.from({ length: 300 }, () => make()));
    await client.connect();
    await current(client, await truth());
    client.cut(Infinity);
    await log.append(Array.from({ length: 301 }, () => make()));
    await client.connect();
    await current(client, await truth());
    client.cut(Infinity);
    client.epoch = 'another-life';
    await client.connect();
    await current(client, await truth());
    expect(client.how).toEqual(['snapshot', 'delta', 'snapshot', 'snapshot']);
  });

  it('[P9] a client that is ahead of the log gets the state', async () => {
    await log.append([make()]);
    const client = new Client(fanout);
    await client.connect();
    client.cut(Infinity);
    client.last = 10;
    await client.connect();
    await current(client, await truth());
    expect(client.how).toEqual(['snapshot', 'snapshot']);
  });

  it('[P12] reads the log when the bus lost events or brought them twice', async () => {
    await log.append([make()]);
    const client = new Client(fanout);
    await client.connect();
    const kept = await log.read('shop', 0, 10);
    vi.spyOn(bus, 'publishEvents').mockImplementation(() => undefined);
    await log.append([make(), make()]);
    vi.restoreAllMocks();
    bus.publishEvents(kept);
    await log.append([make()]);
    await current(client, await truth());
    expect(client.holes).toBe(0);
  });
});

describe('following', () => {
  it('[P11] what commits within a tick travels in one frame, made once for all', async () => {
    const clients = Array.from({ length: 3 }, () => new Client(fanout));
    for (const client of clients) await client.connect();
    const writes = clients.map((client) => vi.spyOn(client.connection!, 'send'));
    await log.append([make()]);
    await vi.waitFor(() => expect(writes[0]).toHaveBeenCalledTimes(1));
    await Promise.all(Array.from({ length: 20 }, () => log.append([make()])));
    for (const client of clients) await current(client, await truth());
    expect(writes[0]!.mock.calls.length).toBeLessThan(12);
    expect(writes.map((write) => write.mock.calls.at(-1)![0])).toEqual([0, 1, 2].map(() => writes[0]!.mock.calls.at(-1)![0]));
    expect(writes[1]!.mock.calls.at(-1)![0]).toBe(writes[0]!.mock.calls.at(-1)![0]);
  });

  it('[P13] a refreshed site sends everybody the state anew', async () => {
    const client = new Client(fanout);
    await client.connect();
    await log.append([make()]);
    await fanout.refreshSite('shop');
    await log.append([make()]);
    await current(client, await truth());
    expect(client.how).toEqual(['snapshot', 'snapshot']);
  });
});

describe('fuzz', () => {
  it('[P10] random disconnects, lost frames, bus losses and refreshes: nothing lost, nothing twice, in order', async () => {
    const random = seededRandom(testSeed('fan-out fuzz'));
    const clients = Array.from({ length: 25 }, () => new Client(fanout));
    const publish = bus.publishEvents.bind(bus);
    bus.publishEvents = (events) => {
      if (random.chance(0.03)) return;
      publish(random.chance(0.03) ? [...events, ...events] : events);
    };
    for (let round = 0; round < 400; round++) {
      const pending = Array.from({ length: random.below(4) }, () => log.append(Array.from({ length: 1 + random.below(random.chance(0.02) ? 400 : 6) }, () => make(random.chance(0.4) ? 'traffic.counted' : 'feedback.rated'))));
      for (const client of clients) {
        if (!client.connection) { if (random.chance(0.4)) pending.push(client.connect().then(() => [])); }
        else if (random.chance(0.12)) client.cut(random.chance(0.5) ? Infinity : random.below(3));
        else if (random.chance(0.5)) client.read();
      }
      if (random.chance(0.01)) pending.push(fanout.refreshSite('shop').then(() => []));
      if (random.chance(0.7)) await Promise.all(pending);
      else await nextTurn();
    }
    bus.publishEvents = publish;
    await log.append([make()]);
    const ids = await truth();
    for (const client of clients) {
      if (!client.connection) await client.connect();
      await current(client, ids);
      expect(client.holes).toBe(0);
    }
    expect(fanout.counters.resumes.delta).toBeGreaterThan(50);
  }, 60_000);
});
