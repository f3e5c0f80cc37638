import { describe, expect, it } from 'vitest';
import type { AnyEvent } from '../../../contract/events.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { ClientMessage, ServerMessage } from '../../../contract/protocol.ts';
import { LiveClient } from './client.ts';
import type { LiveEnvironment, Socket, SocketEvents } from './environment.ts';

interface Log {
  ids: number[];
}
const fold = (state: Log, event: AnyEvent) => {
  state.ids.push(event.offset);
};
const FLOOR = 'floor:sadovaya' as const;

class FakeSocket implements Socket {
  readonly sent: ClientMessage[] = [];
  closedByClient = false;
  readonly events: SocketEvents;
  constructor(events: SocketEvents) {
    this.events = events;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  close(): void {
    this.closedByClient = true;
  }
}

/** A hub made of a fake socket, and time that passes only when told. */
class Bench implements LiveEnvironment {
  time = 1_000_000;
  jitter = 0.5;
  readonly sockets: FakeSocket[] = [];
  #timers: { at: number; run: () => void }[] = [];
  #frames: (() => void)[] = [];

  connect(events: SocketEvents): Socket {
    const socket = new FakeSocket(events);
    this.sockets.push(socket);
    return socket;
  }
  now = () => this.time;
  random = () => this.jitter;
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
  frame(run: () => void): void {
    this.#frames.push(run);
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }
  says(message: ServerMessage): void {
    this.socket.events.received(JSON.stringify(message));
  }
  paint(): number {
    const frames = this.#frames;
    this.#frames = [];
    for (const run of frames) run();
    return frames.length;
  }
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }
  untilReconnect(): void {
    const before = this.sockets.length;
    while (this.sockets.length === before) this.pass(50);
  }
  welcome(now = this.time): void {
    this.socket.events.opened();
    this.says({ t: 'welcome', protocol: 1, now, beatMs: LIMITS.wsBeatMs, hub: 'hub-1' });
  }
  snapshot(offset: number, epoch = 'e1', ids: number[] = []): void {
    this.says({ t: 'snapshot', channel: FLOOR, epoch, offset, state: { ids } });
  }
  events(from: number, to: number, epoch = 'e1'): void {
    this.says({ t: 'events', channel: FLOOR, epoch, from, to, events: range(from, to) });
  }
  delta(from: number, offset: number, epoch = 'e1'): void {
    this.says({ t: 'delta', channel: FLOOR, epoch, from, offset, events: range(from, offset) });
  }
}

function range(from: number, to: number): AnyEvent[] {
  const events: AnyEvent[] = [];
  for (let offset = from + 1; offset <= to; offset++) {
    events.push({ offset, id: String(offset), type: 'feedback.rated', site: 'sadovaya', at: 0, received: 0, device: 'd', touchpoint: null, body: { value: 1, scale: 4 } });
  }
  return events;
}

function watching() {
  const bench = new Bench();
  const client = new LiveClient(bench);
  const told = { times: 0 };
  const stop = client.watch(FLOOR, fold, () => {
    told.times++;
  });
  const ids = () => (client.channel(FLOOR)?.state as Log | undefined)?.ids;
  return { bench, client, told, stop, ids };
}

describe('one contiguous coverage', () => {
  it('says hello with what is watched and shows the snapshot', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    expect(bench.socket.sent).toEqual([{ t: 'hello', protocol: 1, subscriptions: [{ channel: FLOOR }] }]);
    bench.snapshot(7, 'e1', [7]);
    expect(ids()).toEqual([7]);
    expect(client.channel(FLOOR)).toMatchObject({ epoch: 'e1', offset: 7, answered: true });
  });

  it('folds what follows and moves over offsets that do not concern the channel', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    bench.snapshot(7);
    bench.says({ t: 'events', channel: FLOOR, epoch: 'e1', from: 7, to: 12, events: range(8, 10) });
    expect(ids()).toEqual([9, 10]);
    expect(client.channel(FLOOR)?.offset).toBe(12);
  });

  it('drops what it has seen, and the seen part of an overlap', () => {
    const { bench, ids } = watching();
    bench.welcome();
    bench.snapshot(3);
    bench.events(3, 5);
    bench.events(3, 5);
    bench.events(4, 6);
    expect(ids()).toEqual([4, 5, 6]);
  });

  it('resumes from its epoch and offset over a hole, once, and never skips it', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    bench.snapshot(3);
    bench.events(5, 6);
    bench.events(6, 7);
    expect(bench.socket.sent.slice(1)).toEqual([{ t: 'subscribe', subscriptions: [{ channel: FLOOR, epoch: 'e1', offset: 3 }] }]);
    expect(ids()).toEqual([]);
    bench.delta(3, 7);
    expect(ids()).toEqual([4, 5, 6, 7]);
    bench.events(7, 8);
    expect(client.channel(FLOOR)?.offset).toBe(8);
  });

  it('asks for the whole state when a delta does not follow on', () => {
    const { bench } = watching();
    bench.welcome();
    bench.snapshot(3);
    bench.events(5, 6);
    bench.delta(5, 6);
    expect(bench.socket.sent.at(-1)).toEqual({ t: 'subscribe', subscriptions: [{ channel: FLOOR }] });
  });

  it('resumes on a new epoch and lets its snapshot replace everything', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    bench.snapshot(9, 'e1', [9]);
    bench.events(0, 1, 'e2');
    expect(bench.socket.sent.at(-1)).toEqual({ t: 'subscribe', subscriptions: [{ channel: FLOOR, epoch: 'e1', offset: 9 }] });
    bench.snapshot(1, 'e2', [1]);
    expect(ids()).toEqual([1]);
    expect(client.channel(FLOOR)).toMatchObject({ epoch: 'e2', offset: 1 });
  });

  it('refresh drops the epoch so that the hub answers with a snapshot', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    bench.snapshot(9, 'e1', [9]);
    client.refresh(FLOOR);
    bench.events(9, 10);
    expect(bench.socket.sent.slice(1)).toEqual([{ t: 'subscribe', subscriptions: [{ channel: FLOOR }] }]);
    bench.snapshot(10, 'e1', [10]);
    expect(ids()).toEqual([10]);
  });
});

describe('the line', () => {
  it('is stale after 5 s of silence, keeps the state, and connects anew', () => {
    const { bench, client, ids } = watching();
    bench.welcome();
    bench.snapshot(4, 'e1', [4]);
    bench.pass(LIMITS.wsStaleMs - 1);
    expect(client.link.state).toBe('live');
    bench.pass(1);
    expect(client.link.state).toBe('stale');
    expect(bench.sockets[0]!.closedByClient).toBe(true);
    expect(ids()).toEqual([4]);
    bench.untilReconnect();
    expect(bench.sockets.length).toBe(2);
    bench.socket.events.opened();
    expect(bench.socket.sent).toEqual([{ t: 'hello', protocol: 1, subscriptions: [{ channel: FLOOR, epoch: 'e1', offset: 4 }] }]);
    bench.says({ t: 'welcome', protocol: 1, now: bench.time, beatMs: 2000, hub: 'h' });
    expect(client.link.state).toBe('live');
  });

  it('is not stale while beats come', () => {
    const { bench, client } = watching();
    bench.welcome();
    for (let beat = 0; beat < 20; beat++) {
      bench.pass(LIMITS.wsBeatMs);
      bench.says({ t: 'beat', now: bench.time });
    }
    expect(client.link.state).toBe('live');
    expect(bench.sockets.length).toBe(1);
  });

  it('[P20] says that the hub does not hear the others from the first such beat to the first without, and tells listeners once each', () => {
    const { bench, client } = watching();
    let told = 0;
    client.onLink(() => told++);
    bench.welcome();
    bench.paint();
    expect(client.link.degraded).toBe(false);
    told = 0;
    for (let beat = 0; beat < 3; beat++) {
      bench.says({ t: 'beat', now: bench.time, degraded: true });
      bench.paint();
      expect(client.link).toMatchObject({ state: 'live', degraded: true });
    }
    expect(told).toBe(1);
    bench.events(0, 1);
    expect(client.link.degraded).toBe(true);
    bench.says({ t: 'beat', now: bench.time });
    bench.paint();
    expect(client.link).toMatchObject({ state: 'live', degraded: false });
    expect(told).toBe(2);
  });

  it('[P20] does not hold against the next hub what the last one said', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.says({ t: 'beat', now: bench.time, degraded: true });
    bench.socket.events.closed(4000);
    expect(client.link).toMatchObject({ state: 'live', degraded: false });
    bench.untilReconnect();
    bench.welcome();
    expect(client.link.degraded).toBe(false);
    bench.says({ t: 'beat', now: bench.time, degraded: true });
    expect(client.link.degraded).toBe(true);
    client.reset();
    expect(client.link.degraded).toBe(false);
  });

  it('does not call a short interruption stale', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.jitter = 0;
    bench.socket.events.closed(4000);
    expect(client.link.state).toBe('live');
    bench.pass(0);
    bench.welcome();
    bench.pass(LIMITS.wsStaleMs - 1);
    expect(client.link.state).toBe('live');
  });

  it('becomes stale when it cannot come back', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.socket.events.closed(1006);
    for (let second = 0; second < 6; second++) {
      bench.pass(1000);
      bench.socket.events.closed(1006);
    }
    expect(client.link.state).toBe('stale');
  });

  it('waits longer from attempt to attempt, with full jitter', () => {
    const { bench } = watching();
    bench.jitter = 1;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const began = bench.time;
      const sockets = bench.sockets.length;
      bench.socket.events.closed(1006);
      while (bench.sockets.length === sockets) bench.pass(250);
      waits.push(bench.time - began);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it('starts over with short waits only after the line held for a while', () => {
    const { bench, client } = watching();
    bench.socket.events.closed(1006);
    bench.untilReconnect();
    bench.welcome();
    expect(client.link.attempts).toBe(1);
    bench.pass(LIMITS.wsBeatMs);
    bench.says({ t: 'beat', now: bench.time });
    expect(client.link.attempts).toBe(0);
  });

  it('gives a handshake that never answers up', () => {
    const { bench } = watching();
    bench.jitter = 0;
    bench.pass(10_000);
    bench.pass(0);
    expect(bench.sockets.length).toBe(2);
    expect(bench.sockets[0]!.closedByClient).toBe(true);
  });

  it('gives up a connection that beats but never welcomes', () => {
    const { bench } = watching();
    bench.socket.events.opened();
    for (let beat = 0; beat < 6; beat++) {
      bench.pass(LIMITS.wsBeatMs);
      if (bench.sockets.length === 1) bench.says({ t: 'beat', now: bench.time });
    }
    bench.untilReconnect();
    expect(bench.sockets[0]!.closedByClient).toBe(true);
  });

  it.each([
    [4401, 'unauthorised'],
    [4410, 'revoked'],
    [4426, 'protocolVersion'],
  ])('ends on %i and does not reconnect until told', (code, reason) => {
    const { bench, client } = watching();
    bench.socket.events.closed(code);
    bench.pass(60_000);
    expect(bench.sockets.length).toBe(1);
    expect(client.link).toMatchObject({ state: 'ended', ended: reason });
    client.hurry();
    expect(bench.sockets.length).toBe(2);
  });

  it('ignores what an abandoned socket still says', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.snapshot(1);
    const old = bench.socket;
    bench.socket.events.closed(4008);
    old.events.received(JSON.stringify({ t: 'snapshot', channel: FLOOR, epoch: 'x', offset: 99, state: { ids: [] } }));
    expect(client.channel(FLOOR)?.offset).toBe(1);
  });

  it('closes on a frame that is no JSON and comes back', () => {
    const { bench } = watching();
    bench.welcome();
    bench.socket.events.received('<html>');
    bench.untilReconnect();
    expect(bench.sockets.length).toBe(2);
  });
});

describe('pages', () => {
  it('are told at most once per frame', () => {
    const { bench, told } = watching();
    bench.welcome();
    bench.snapshot(0);
    for (let offset = 0; offset < 50; offset++) bench.events(offset, offset + 1);
    expect(told.times).toBe(0);
    expect(bench.paint()).toBe(1);
    expect(told.times).toBe(1);
  });

  it('unsubscribe when the last one leaves, and resume from where they were', () => {
    const { bench, client, stop, ids } = watching();
    bench.welcome();
    bench.snapshot(5, 'e1', [5]);
    const stopSecond = client.watch(FLOOR, fold, () => undefined);
    stop();
    expect(bench.socket.sent.length).toBe(1);
    stopSecond();
    expect(bench.socket.sent.at(-1)).toEqual({ t: 'unsubscribe', channels: [FLOOR] });
    bench.events(5, 6);
    expect(ids()).toEqual([5]);
    client.watch(FLOOR, fold, () => undefined);
    expect(bench.socket.sent.at(-1)).toEqual({ t: 'subscribe', subscriptions: [{ channel: FLOOR, epoch: 'e1', offset: 5 }] });
    expect(client.channel(FLOOR)?.answered).toBe(false);
    bench.delta(5, 6);
    expect(ids()).toEqual([5, 6]);
  });

  it('that come or go between hello and welcome are made known', () => {
    const { bench, client, stop } = watching();
    bench.socket.events.opened();
    client.watch('cameras:sadovaya', fold, () => undefined);
    stop();
    bench.says({ t: 'welcome', protocol: 1, now: bench.time, beatMs: 2000, hub: 'h' });
    expect(bench.socket.sent.slice(1)).toEqual([
      { t: 'subscribe', subscriptions: [{ channel: 'cameras:sadovaya' }] },
      { t: 'unsubscribe', channels: [FLOOR] },
    ]);
  });

  it('see a refused channel, and the connection stays', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.says({ t: 'error', channel: FLOOR, code: 'forbidden_channel', message: 'no' });
    expect(client.channel(FLOOR)?.error).toBe('forbidden_channel');
    expect(client.link.state).toBe('live');
  });

  it('get the latest sample of each camera', () => {
    const { bench, client } = watching();
    bench.welcome();
    const sample = (camera: string, mood: number) => ({ camera, site: 'sadovaya', at: 1, faces: 1, shares: null, mood, fps: 10, lagMs: 20, width: 1, height: 1 });
    bench.says({ t: 'samples', channel: FLOOR, samples: [sample('a', 0.1), sample('b', 0.2)] });
    bench.says({ t: 'samples', channel: FLOOR, samples: [sample('a', 0.3)] });
    expect([...client.channel(FLOOR)!.samples.values()].map((one) => one.mood)).toEqual([0.3, 0.2]);
  });

  it('count ages on the hub\'s clock, by the least delayed measurement', () => {
    const { bench, client } = watching();
    bench.welcome(bench.time + 60_000);
    expect(client.now()).toBe(bench.time + 60_000);
    bench.says({ t: 'beat', now: bench.time + 59_400 });
    expect(client.now()).toBe(bench.time + 60_000);
    bench.says({ t: 'beat', now: bench.time + 60_200 });
    expect(client.now()).toBe(bench.time + 60_200);
  });

  it('forget everything on reset', () => {
    const { bench, client } = watching();
    bench.welcome();
    bench.snapshot(5);
    client.reset();
    expect(client.channel(FLOOR)).toMatchObject({ state: undefined, epoch: null, answered: false });
    client.hurry();
    bench.socket.events.opened();
    expect(bench.socket.sent[0]).toMatchObject({ subscriptions: [{ channel: FLOOR }] });
  });
});
