/** Subscribers in a process of their own. Every socket counts what it gets; some also measure how long it took. */
import { PROTOCOL_VERSION } from '../contract/protocol.ts';
import { percentile, serve, steadyNow } from './lib/child.ts';
import { RawSocket } from './lib/raw-socket.ts';

interface Subscriber { socket: RawSocket; events: number; offset: number; epoch: string; current: boolean }
interface Setup { kind: 'otklik' | 'ws' | 'socket.io'; port: number; count: number; cookie: string; channel: string }

/** Every n-th socket parses its events for their latency. */
const SAMPLED = 25;

let setup: Setup;
let subscribers: Subscriber[] = [];
let latencies: number[] = [];
let doneAt = 0;
let expected = Number.POSITIVE_INFINITY;
let waiting: (() => void) | undefined;

const COVERS = /^\{"t":"events","channel":"[^"]*","epoch":"[^"]*","from":(\d+),"to":(\d+)/;
const ANSWERS = /^\{"t":"(snapshot|delta)","channel":"[^"]*","epoch":"([^"]*)"(?:,"from":\d+)?,"offset":(\d+)/;

function sample(events: { body: { factor?: string } }[]): void {
  const now = steadyNow();
  for (const { body } of events) if (body.factor !== undefined) latencies.push(now - Number(body.factor));
}

function take(subscriber: Subscriber, index: number, payload: Buffer): void {
  const sampled = index % SAMPLED === 0;
  if (setup.kind === 'otklik') {
    const start = payload.toString('latin1', 0, 160);
    const covers = COVERS.exec(start);
    if (covers) {
      subscriber.events += Number(covers[2]) - Number(covers[1]);
      subscriber.offset = Number(covers[2]);
      if (sampled) sample((JSON.parse(payload.toString()) as { events: { body: { factor?: string } }[] }).events);
      tell();
      return;
    }
    const answers = ANSWERS.exec(start);
    if (!answers) return;
    subscriber.epoch = answers[2]!;
    subscriber.offset = Number(answers[3]);
    subscriber.current = true;
    tell();
  } else if (setup.kind === 'ws') {
    subscriber.events += 1;
    if (sampled) sample([JSON.parse(payload.toString()) as { body: { factor?: string } }]);
    tell();
  } else if (payload[0] === 0x30) {
    subscriber.socket.send('40');
  } else if (payload[0] === 0x34 && payload[1] === 0x30) {
    subscriber.current = true;
    tell();
  } else if (payload[0] === 0x34 && payload[1] === 0x32) {
    subscriber.events += 1;
    if (sampled) sample([(JSON.parse(payload.toString('utf8', 2)) as [string, { body: { factor?: string } }])[1]]);
    tell();
  }
}

let check: () => boolean = () => false;
function tell(): void {
  // Looked at only while somebody waits: with hundreds of thousands of frames a second it would be felt.
  if (waiting && ++told % 64 === 0 && check()) settle();
}
let told = 0;
function settle(): void {
  doneAt = steadyNow();
  waiting?.();
  waiting = undefined;
}

async function until(condition: () => boolean, ms: number, what: string): Promise<void> {
  check = condition;
  const poll = setInterval(() => { if (waiting && condition()) settle(); }, 5);
  try {
    if (condition()) { doneAt = steadyNow(); return; }
    await new Promise<void>((resolve, reject) => {
      waiting = resolve;
      setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms).unref();
    });
  } finally {
    clearInterval(poll);
  }
}

async function open(index: number, resume?: { epoch: string; offset: number }): Promise<Subscriber> {
  const { kind, port, cookie, channel } = setup;
  const path = kind === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : '/ws';
  const socket = new RawSocket(port, path, kind === 'otklik' ? { origin: `http://127.0.0.1:${port}`, cookie } : {});
  const subscriber: Subscriber = { socket, events: 0, offset: resume?.offset ?? 0, epoch: resume?.epoch ?? '', current: kind === 'ws' };
  socket.onFrame = (payload) => take(subscriber, index, payload);
  await socket.opened;
  if (kind === 'otklik') socket.send(JSON.stringify({ t: 'hello', protocol: PROTOCOL_VERSION, subscriptions: [{ channel, ...resume }] }));
  return subscriber;
}

serve({
  async connect(given: Setup) {
    setup = given;
    subscribers = [];
    for (let i = 0; i < given.count; i += 50) subscribers.push(...await Promise.all(Array.from({ length: Math.min(50, given.count - i) }, (_, j) => open(i + j))));
    await until(() => subscribers.every(({ current }) => current), 60_000, 'connecting');
  },
  expect({ events }: { events: number }) {
    for (const subscriber of subscribers) subscriber.events = 0;
    latencies = [];
    expected = events;
  },
  /** Resolves when every socket has every event. */
  async all() {
    await until(() => subscribers.every(({ events }) => events >= expected), 180_000, 'delivering');
    return { delivered: subscribers.reduce((sum, { events }) => sum + events, 0), p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  },
  /** Drops every socket at once. */
  drop() { for (const { socket } of subscribers) socket.destroy(); },
  /** Connects them all again, at once, from where each stood; the time until all stand at `head`, ms. */
  async resume({ head }: { head: number }) {
    const stood = subscribers;
    const started = steadyNow();
    subscribers = await Promise.all(stood.map(({ epoch, offset }, index) => open(index, { epoch, offset })));
    await until(() => subscribers.every(({ current, offset }) => current && offset >= head), 60_000, 'resuming');
    return doneAt - started;
  },
  offset: () => Math.max(...subscribers.map(({ offset }) => offset)),
}, () => { for (const { socket } of subscribers) socket.destroy(); });
