import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, type RawData } from 'ws';
import { backoffMs, LIMITS, PROTOCOL_VERSION, shouldReconnect, stepFor, type AnyEvent, type ChannelName, type FloorState, type ServerMessage, type SnapshotMessage } from '../../../contract/index.ts';
import type { seededRandom } from '../../core/testing/random.ts';

export interface CrowdOptions {
  /** Hubs that consoles may connect to, `http://…`. */
  origins: readonly string[];
  /** The cookie of a session, good on every hub. */
  cookie: string;
  random: ReturnType<typeof seededRandom>;
  /** Called with what a console takes in and had not heard before. */
  onEvents?(console: Console, events: readonly AnyEvent[], now: number): void;
}

/** What a console knows of a channel, and how it came to it. */
export interface Followed {
  epoch: string | undefined;
  /** The site's name by the latest snapshot. */
  siteName: string;
  /** Stands at this offset: everything up to it is known. */
  last: number;
  answered: boolean;
  /** Offsets of the events that were applied one by one, as they came. */
  readonly applied: number[];
  readonly snapshots: SnapshotTaken[];
  deltas: number;
  holes: number;
}

/** A snapshot that a console took while it stood at `from` (0 before the first one): it covers the offsets up to `to`. */
export interface SnapshotTaken {
  from: number;
  to: number;
  /** Whether it answered a subscription; else the hub made the state anew by itself (rule P13). */
  asked: boolean;
}

export interface Beat { at: number; degraded: boolean }

const HANDSHAKE_MS = 5_000;
const WATCH_MS = 500;
/** A frame goes to many consoles as the same bytes: each is parsed once while it is fresh. */
const PARSED_MOST = 400;

/**
 * Many consoles on `floor:<site>` channels that follow their sites as contract/PROTOCOL.md tells clients to: never skip, never repeat, resume
 * with epoch and offset, reconnect with full jitter, here always to the next hub. Every breach of the protocol by a hub
 * is written down in `breaches`.
 */
export class ConsoleCrowd {
  readonly consoles: Console[] = [];
  readonly breaches: string[] = [];
  /** Each different snapshot that any console got. */
  readonly snapshots = new Set<SnapshotMessage>();
  readonly options: CrowdOptions;
  #ids = new Map<ChannelName, Map<number, string>>();
  #parsed = new Map<string, ServerMessage>();
  #watch: NodeJS.Timeout;

  constructor(options: CrowdOptions) {
    this.options = options;
    // One for all: rule P15, silence means that the line is dead.
    this.#watch = setInterval(() => { for (const one of this.consoles) one.checkSilence(Date.now()); }, WATCH_MS);
  }

  /** Adds consoles that begin on the hub at `home`; `channels` is given each one's number. */
  add(count: number, home: number, channels: (index: number) => ChannelName[]): Console[] {
    const added = Array.from({ length: count }, (_, index) => new Console(this, home, channels(index)));
    this.consoles.push(...added);
    for (const one of added) one.connect();
    return added;
  }

  /** Resolves when every console is connected and all of its channels were answered. @throws after `ms` */
  async whenLive(ms: number): Promise<void> {
    await this.#when(ms, 'live', (one) => one.liveSince !== undefined);
  }

  /** Resolves when every console stands at or behind these offsets. @throws after `ms` */
  async whenAt(heads: ReadonlyMap<ChannelName, number>, ms: number): Promise<void> {
    await this.#when(ms, 'at the end of the log', (one) => [...one.channels].every(([name, { last }]) => last >= (heads.get(name) ?? 0)));
  }

  close(): void {
    clearInterval(this.#watch);
    for (const one of this.consoles) one.close();
  }

  /** The message in a frame. What it holds is written down the first time that it is seen. */
  read(text: string): ServerMessage {
    let message = this.#parsed.get(text);
    if (message) return message;
    message = JSON.parse(text) as ServerMessage;
    if (message.t === 'snapshot') this.snapshots.add(message);
    if (message.t === 'events') this.#noteEvents(message.channel, message.events, message.from, message.to);
    if (message.t === 'delta') this.#noteEvents(message.channel, message.events, message.from, message.offset);
    this.#parsed.set(text, message);
    if (this.#parsed.size > PARSED_MOST) this.#parsed.delete(this.#parsed.keys().next().value!);
    return message;
  }

  /** Ids of the events of a channel by offset, as hubs told of them. */
  idsOf(channel: ChannelName): ReadonlyMap<number, string> {
    return this.#ids.get(channel) ?? new Map<number, string>();
  }

  #noteEvents(channel: ChannelName, events: readonly AnyEvent[], from: number, to: number): void {
    const ids = this.#ids.get(channel) ?? new Map<number, string>();
    this.#ids.set(channel, ids);
    let before = from;
    for (const { offset, id } of events) {
      if (offset <= before || offset > to) this.breaches.push(`${channel}: offset ${offset} after ${before} in a frame of ${from} to ${to}`);
      before = offset;
      const known = ids.get(offset);
      if (known !== undefined && known !== id) this.breaches.push(`${channel}: offset ${offset} is ${known} and ${id}`);
      ids.set(offset, id);
    }
  }

  async #when(ms: number, what: string, holds: (one: Console) => boolean): Promise<void> {
    for (const until = Date.now() + ms; ; await delay(20)) {
      const waiting = this.consoles.filter((one) => !holds(one));
      if (waiting.length === 0) return;
      if (Date.now() > until) throw new Error(`${waiting.length} of ${this.consoles.length} consoles are not ${what} after ${ms} ms; the first: ${waiting[0]!.describe()}; breaches: ${this.breaches.slice(0, 3).join('; ')}`);
    }
  }
}

/** One console: a socket at a time, and what it has heard over all of them. */
export class Console {
  readonly channels = new Map<ChannelName, Followed>();
  readonly beats: Beat[] = [];
  readonly closes: number[] = [];
  /** Which of the hubs it is connected to. */
  hub: number;
  /** Since when it is connected with every channel answered, epoch ms; undefined while it is not. */
  liveSince: number | undefined;
  #crowd: ConsoleCrowd;
  #socket: WebSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;
  #heardAt = Date.now();
  #ended = false;

  constructor(crowd: ConsoleCrowd, home: number, channels: readonly ChannelName[]) {
    this.#crowd = crowd;
    this.hub = home;
    for (const name of channels) this.channels.set(name, { epoch: undefined, siteName: '', last: 0, answered: false, applied: [], snapshots: [], deltas: 0, holes: 0 });
  }

  connect(): void {
    const { origins, cookie } = this.#crowd.options;
    const origin = origins[this.hub]!;
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { origin, cookie }, handshakeTimeout: HANDSHAKE_MS, perMessageDeflate: false, skipUTF8Validation: true });
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.on('open', () => this.#say(socket, { t: 'hello', protocol: PROTOCOL_VERSION, subscriptions: [...this.channels.keys()].map((name) => this.#subscription(name)) }));
    socket.on('message', (data) => { if (socket === this.#socket) this.#hear(socket, data); });
    // A close always follows, and is what counts.
    socket.on('error', () => undefined);
    socket.on('close', (code) => { if (socket === this.#socket) this.#closed(code); });
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#socket?.terminate();
  }

  checkSilence(now: number): void {
    if (this.#socket?.readyState === WebSocket.OPEN && now - this.#heardAt > LIMITS.wsStaleMs) this.#socket.terminate();
  }

  describe(): string {
    return JSON.stringify({ hub: this.hub, closes: this.closes, attempts: this.#attempts, channels: [...this.channels].map(([name, { last, answered }]) => ({ name, last, answered })) });
  }

  #subscription(name: ChannelName): { channel: string; epoch?: string; offset?: number } {
    const { epoch, last } = this.channels.get(name)!;
    return epoch === undefined ? { channel: name } : { channel: name, epoch, offset: last };
  }

  #say(socket: WebSocket, message: object): void {
    socket.send(JSON.stringify(message));
  }

  #closed(code: number): void {
    this.closes.push(code);
    this.liveSince = undefined;
    for (const channel of this.channels.values()) channel.answered = false;
    if (this.#ended) return;
    if (!shouldReconnect(code)) { this.#crowd.breaches.push(`a console was closed for good with ${code}`); return; }
    const { origins, random } = this.#crowd.options;
    this.hub = (this.hub + 1) % origins.length;
    this.#retry = setTimeout(() => this.connect(), backoffMs(this.#attempts++, random.next()));
  }

  #hear(socket: WebSocket, data: RawData): void {
    const now = this.#heardAt = Date.now();
    const message = this.#crowd.read((data as Buffer).toString('utf8'));
    switch (message.t) {
      case 'beat': this.beats.push({ at: now, degraded: message.degraded === true }); return;
      case 'snapshot': this.#snapshot(message); break;
      case 'delta': this.#covered(socket, message, message.offset, now); break;
      case 'events': this.#covered(socket, message, message.to, now); break;
      case 'error': this.#crowd.breaches.push(`${message.channel ?? 'a connection'}: ${message.code} ${message.message}`); break;
    }
    if (this.liveSince === undefined && [...this.channels.values()].every(({ answered }) => answered)) {
      this.liveSince = now;
      this.#attempts = 0;
    }
  }

  #snapshot({ channel, epoch, offset, state }: SnapshotMessage): void {
    const known = this.channels.get(channel)!;
    const asked = !known.answered;
    const behind = offset - known.last;
    if (known.epoch !== undefined) {
      if (epoch !== known.epoch) this.#crowd.breaches.push(`${channel}: the epoch changed`);
      // Rule P9: who can be caught up event by event is.
      else if (behind < 0 || (asked && behind <= LIMITS.deltaEvents)) this.#crowd.breaches.push(`${channel}: a snapshot at ${offset} for a console at ${known.last}`);
    }
    known.snapshots.push({ from: known.last, to: offset, asked });
    Object.assign(known, { epoch, last: offset, answered: true, siteName: (state as FloorState).site.name });
  }

  #covered(socket: WebSocket, message: Extract<ServerMessage, { t: 'events' | 'delta' }>, to: number, now: number): void {
    const { channel, epoch, from, events } = message;
    const known = this.channels.get(channel)!;
    if (epoch !== known.epoch) this.#crowd.breaches.push(`${channel}: a frame of another epoch`);
    const step = stepFor(known.last, from, to);
    if (message.t === 'delta') {
      known.deltas += 1;
      known.answered = true;
      if (from !== known.last) this.#crowd.breaches.push(`${channel}: a delta from ${from} for a console at ${known.last}`);
    }
    if (step === 'resume') {
      known.holes += 1;
      known.answered = false;
      this.#say(socket, { t: 'subscribe', subscriptions: [this.#subscription(channel)] });
    }
    if (step !== 'apply') return;
    const fresh = events[0] && events[0].offset > known.last ? events : events.filter(({ offset }) => offset > known.last);
    for (const { offset } of fresh) known.applied.push(offset);
    known.last = to;
    this.#crowd.options.onEvents?.(this, fresh, now);
  }
}
