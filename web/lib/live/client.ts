import { CLOSE_CODES, shouldReconnect, type CloseReason } from '../../../contract/close-codes.ts';
import type { EmotionSample } from '../../../contract/emotions.ts';
import type { ErrorCode } from '../../../contract/errors.ts';
import type { AnyEvent } from '../../../contract/events.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { backoffMs, PROTOCOL_VERSION, stepFor, type ChannelName } from '../../../contract/live.ts';
import type { BeatMessage, ClientMessage, DeltaMessage, EventsMessage, ServerMessage, SnapshotMessage, Subscription } from '../../../contract/protocol.ts';
import type { LiveEnvironment, Socket } from './environment.ts';
import { HubClock } from './hub-clock.ts';

/** `connecting` before the first word, `live`, `stale` after 5 s of silence, `ended` when reconnecting is pointless. */
export type LinkState = 'connecting' | 'live' | 'stale' | 'ended';
export interface Link {
  state: LinkState;
  /** When the hub was last heard, by the hub's clock, epoch ms; null before the first word. */
  heardAt: number | null;
  /** Attempts since the line was last good. */
  attempts: number;
  /** Why it ended; null while it has not. */
  ended: CloseReason | null;
  /** Whether the hub said that it does not hear the other hubs: news may come a second late. */
  degraded: boolean;
}

/** How a channel's events are folded onto its state, in place. */
export type Fold = (state: never, event: AnyEvent) => void;

/** What is known of a channel. `state` is changed in place and replaced by snapshots; copy it before keeping it. */
export interface ChannelView {
  readonly name: ChannelName;
  readonly state: unknown;
  readonly epoch: string | null;
  readonly offset: number;
  /** Whether the hub has answered the latest subscription. */
  readonly answered: boolean;
  readonly error: ErrorCode | null;
  /** Latest ephemeral sample per camera. */
  readonly samples: ReadonlyMap<string, EmotionSample>;
}

interface Channel extends ChannelView {
  state: unknown;
  epoch: string | null;
  offset: number;
  answered: boolean;
  error: ErrorCode | null;
  samples: Map<string, EmotionSample>;
  fold: Fold;
  listeners: Set<() => void>;
  resuming: boolean;
}

const HANDSHAKE_MS = 10_000;

/**
 * The one live connection to the hub: subscribes, folds events onto states without ever skipping or repeating one,
 * reconnects, and tells listeners at most once per animation frame. Knows no framework and no browser.
 */
export class LiveClient {
  readonly #env: LiveEnvironment;
  readonly #clock = new HubClock();
  readonly #channels = new Map<ChannelName, Channel>();
  readonly #dirty = new Set<Channel>();
  readonly #linkListeners = new Set<() => void>();
  #link: Link = { state: 'connecting', heardAt: null, attempts: 0, ended: null, degraded: false };
  #socket: Socket | null = null;
  /** Channels that the current connection's hello asked for; null before it was said. */
  #greeted: Set<ChannelName> | null = null;
  #generation = 0;
  #welcomedAt: number | null = null;
  #heardAt: number | null = null;
  #cancelRetry: (() => void) | null = null;
  #cancelWatchdog: (() => void) | null = null;
  #framePending = false;
  #linkDirty = false;

  constructor(env: LiveEnvironment) {
    this.#env = env;
  }

  get link(): Link {
    return this.#link;
  }

  /** The hub's clock as well as it is known, epoch ms. */
  now(): number {
    return this.#clock.at(this.#env.now());
  }

  /** Calls back when the link changes. @returns a function that stops it. */
  onLink(listener: () => void): () => void {
    this.#linkListeners.add(listener);
    return () => this.#linkListeners.delete(listener);
  }

  /** The channel as it stands; undefined if it was never watched. */
  channel(name: ChannelName): ChannelView | undefined {
    return this.#channels.get(name);
  }

  /**
   * Watches a channel: subscribes when it is the first listener and connects when there is no connection.
   * What was known from an earlier watch is kept and resumed from. @returns a function that stops watching.
   */
  watch(name: ChannelName, fold: Fold, listener: () => void): () => void {
    const channel = this.#channel(name, fold);
    const first = channel.listeners.size === 0;
    channel.listeners.add(listener);
    if (first) {
      channel.answered = false;
      channel.error = null;
      if (this.#welcomedAt !== null) this.#subscribe(channel);
    }
    if (!this.#socket && !this.#cancelRetry && this.#link.state !== 'ended') this.#connect();
    return () => this.#unwatch(channel, listener);
  }

  /** Asks for a fresh snapshot, for example when the day that a state counts is over. */
  refresh(name: ChannelName): void {
    const channel = this.#channels.get(name);
    if (!channel || channel.listeners.size === 0 || channel.resuming) return;
    channel.epoch = null;
    this.#resume(channel);
  }

  /** Tries now instead of waiting: the network came back, the page came to the front, or someone signed in. */
  hurry(): void {
    if (this.#socket) return;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#setLink({ attempts: 0, ended: null, state: this.#link.state === 'ended' ? 'connecting' : this.#link.state });
    if (this.#watched().length > 0) this.#connect();
  }

  /** Drops the connection and everything that was learnt from it: someone signed out. */
  reset(): void {
    this.#drop();
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#heardAt = null;
    for (const channel of this.#channels.values()) {
      Object.assign(channel, { state: undefined, epoch: null, offset: 0, answered: false, resuming: false });
      channel.samples.clear();
    }
    this.#setLink({ state: 'connecting', heardAt: null, attempts: 0, ended: null, degraded: false });
  }

  #channel(name: ChannelName, fold: Fold): Channel {
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = { name, state: undefined, epoch: null, offset: 0, answered: false, error: null, samples: new Map(), fold, listeners: new Set(), resuming: false };
      this.#channels.set(name, channel);
    }
    return channel;
  }

  #unwatch(channel: Channel, listener: () => void): void {
    if (!channel.listeners.delete(listener) || channel.listeners.size > 0) return;
    channel.samples.clear();
    channel.resuming = false;
    if (this.#welcomedAt !== null) this.#send({ t: 'unsubscribe', channels: [channel.name] });
  }

  #watched(): Channel[] {
    return [...this.#channels.values()].filter((channel) => channel.listeners.size > 0);
  }

  #connect(): void {
    const generation = ++this.#generation;
    const mine = () => generation === this.#generation;
    this.#welcomedAt = null;
    this.#greeted = null;
    this.#socket = this.#env.connect({
      opened: () => {
        if (mine()) this.#hello();
      },
      received: (text) => {
        if (mine()) this.#received(text);
      },
      closed: (code) => {
        if (mine()) this.#closed(code);
      },
    });
    this.#watchdog(HANDSHAKE_MS);
  }

  #hello(): void {
    const watched = this.#watched();
    this.#greeted = new Set(watched.map((channel) => channel.name));
    this.#send({ t: 'hello', protocol: PROTOCOL_VERSION, subscriptions: watched.map(subscriptionOf) });
  }

  /** Forgets the socket so that nothing it still says is heard. */
  #drop(): void {
    this.#generation++;
    this.#socket?.close();
    this.#socket = null;
    this.#welcomedAt = null;
    this.#cancelWatchdog?.();
    this.#cancelWatchdog = null;
    // It was said of that connection's hub; the next one speaks for itself.
    if (this.#link.degraded) this.#setLink({ degraded: false });
  }

  #closed(code: number): void {
    this.#drop();
    for (const channel of this.#watched()) channel.resuming = false;
    if (!shouldReconnect(code)) {
      this.#setLink({ state: 'ended', ended: reasonOf(code) });
      return;
    }
    const wait = backoffMs(this.#link.attempts, this.#env.random());
    this.#setLink({ attempts: this.#link.attempts + 1 });
    if (this.#watched().length === 0) return;
    this.#cancelRetry = this.#env.after(wait, () => {
      this.#cancelRetry = null;
      this.#connect();
    });
    this.#watchStaleness();
  }

  /**
   * After `limit` ms without a word the line is dead, even if the browser still believes in it. Before the welcome
   * only the welcome counts: a hub that beats but never answered hello would leave the page without data.
   */
  #watchdog(limit: number, since = this.#env.now()): void {
    this.#cancelWatchdog?.();
    const deadline = () => (this.#welcomedAt === null ? since : Math.max(since, this.#heardAt ?? 0)) + limit;
    this.#cancelWatchdog = this.#env.after(Math.max(0, deadline() - this.#env.now()), () => {
      this.#cancelWatchdog = null;
      if (this.#env.now() < deadline()) return this.#watchdog(limit, since);
      this.#markStale();
      if (this.#socket) this.#closed(1006);
    });
  }

  #watchStaleness(): void {
    if (this.#heardAt === null || this.#link.state !== 'live') return;
    const left = Math.max(0, this.#heardAt + LIMITS.wsStaleMs - this.#env.now());
    this.#env.after(left, () => {
      if (this.#heardAt !== null && this.#env.now() - this.#heardAt >= LIMITS.wsStaleMs) this.#markStale();
    });
  }

  #markStale(): void {
    if (this.#link.state === 'live') this.#setLink({ state: 'stale' });
  }

  #received(text: string): void {
    let message: ServerMessage;
    try {
      message = JSON.parse(text) as ServerMessage;
    } catch (error) {
      console.error('the hub sent a frame that is no JSON', error);
      return this.#closed(1007);
    }
    this.#heard();
    switch (message.t) {
      case 'welcome': return this.#welcome(message.now);
      case 'beat': return this.#beat(message);
      case 'snapshot': return this.#snapshot(message);
      case 'delta': return this.#covered(message, message.from, message.offset, true);
      case 'events': return this.#covered(message, message.from, message.to, false);
      case 'samples': return this.#samples(message.channel, message.samples);
      case 'error': return this.#failed(message.channel as ChannelName | undefined, message.code);
    }
  }

  #heard(): void {
    const now = this.#env.now();
    this.#heardAt = now;
    const steady = this.#welcomedAt !== null && now - this.#welcomedAt >= LIMITS.wsBeatMs;
    if (steady && this.#link.attempts > 0) this.#setLink({ attempts: 0 });
    this.#link = { ...this.#link, heardAt: this.now() };
    if (this.#welcomedAt !== null && this.#link.state !== 'live') this.#setLink({ state: 'live' });
  }

  #welcome(hubNow: number): void {
    this.#clock.measured(hubNow, this.#env.now());
    this.#welcomedAt = this.#env.now();
    this.#setLink({ state: 'live', heardAt: this.now() });
    this.#watchdog(LIMITS.wsStaleMs);
    this.#catchUp(this.#greeted ?? new Set());
  }

  #beat(message: BeatMessage): void {
    this.#clock.measured(message.now, this.#env.now());
    const degraded = message.degraded === true;
    if (degraded !== this.#link.degraded) this.#setLink({ degraded });
  }

  /** What pages began or stopped watching between hello and welcome was not said to the hub. */
  #catchUp(greeted: ReadonlySet<ChannelName>): void {
    const watched = this.#watched();
    for (const channel of watched) if (!greeted.has(channel.name)) this.#subscribe(channel);
    const left = [...greeted].filter((name) => !this.#listening(name));
    if (left.length > 0) this.#send({ t: 'unsubscribe', channels: left });
  }

  #snapshot(message: SnapshotMessage): void {
    const channel = this.#listening(message.channel);
    if (!channel) return;
    Object.assign(channel, { state: message.state, epoch: message.epoch, offset: message.offset, answered: true, error: null, resuming: false });
    this.#changed(channel);
  }

  #covered(message: DeltaMessage | EventsMessage, from: number, to: number, answer: boolean): void {
    const channel = this.#listening(message.channel);
    if (!channel) return;
    if (answer) channel.resuming = false;
    const step = message.epoch === channel.epoch ? stepFor(channel.offset, from, to) : 'resume';
    if (step === 'resume') {
      // A delta that does not follow on is no use; only the whole state is.
      if (answer) channel.epoch = null;
      return this.#resume(channel);
    }
    if (step === 'apply') {
      for (const event of message.events) if (event.offset > channel.offset) channel.fold(channel.state as never, event);
      channel.offset = to;
    }
    if (answer) Object.assign(channel, { answered: true, error: null });
    if (answer || step === 'apply') this.#changed(channel);
  }

  #samples(name: ChannelName, samples: EmotionSample[]): void {
    const channel = this.#listening(name);
    if (!channel) return;
    for (const sample of samples) channel.samples.set(sample.camera, sample);
    this.#changed(channel);
  }

  #failed(name: ChannelName | undefined, code: ErrorCode): void {
    const channel = name && this.#listening(name);
    if (!channel) return console.warn('the hub refused', name ?? '', code);
    channel.error = code;
    channel.resuming = false;
    this.#changed(channel);
  }

  #listening(name: ChannelName): Channel | undefined {
    const channel = this.#channels.get(name);
    return channel && channel.listeners.size > 0 ? channel : undefined;
  }

  #resume(channel: Channel): void {
    if (channel.resuming) return;
    this.#subscribe(channel);
  }

  #subscribe(channel: Channel): void {
    channel.resuming = true;
    this.#send({ t: 'subscribe', subscriptions: [subscriptionOf(channel)] });
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #setLink(change: Partial<Link>): void {
    this.#link = { ...this.#link, ...change };
    this.#linkDirty = true;
    this.#schedule();
  }

  #changed(channel: Channel): void {
    this.#dirty.add(channel);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#framePending) return;
    this.#framePending = true;
    this.#env.frame(() => {
      this.#framePending = false;
      const dirty = [...this.#dirty];
      this.#dirty.clear();
      if (this.#linkDirty) {
        this.#linkDirty = false;
        for (const listener of this.#linkListeners) listener();
      }
      for (const channel of dirty) for (const listener of channel.listeners) listener();
    });
  }
}

function subscriptionOf(channel: Channel): Subscription {
  return channel.epoch === null || channel.state === undefined ? { channel: channel.name } : { channel: channel.name, epoch: channel.epoch, offset: channel.offset };
}

function reasonOf(code: number): CloseReason {
  const found = (Object.keys(CLOSE_CODES) as CloseReason[]).find((reason) => CLOSE_CODES[reason].code === code);
  return found ?? 'internal';
}
