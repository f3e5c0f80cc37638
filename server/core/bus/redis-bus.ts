import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { EmotionSample } from '../../../contract/index.ts';
import { createListeners, type Bus, type Notice } from './bus.ts';
import { keepConnected, within, type RedisClient } from './redis-link.ts';
import { packMessages, unpackMessage } from './wire.ts';

export interface RedisBusOptions {
  url: string;
  /** Begins every key, so that installations can share a server. */
  prefix: string;
  /** This hub's name among the others: its own messages are not taken in again. */
  hub: string;
  onError(error: unknown, where: string): void;
}

/** Entries kept in each stream: what a hub may miss before it reads the log. 2,000 × 64 KiB bound the memory. */
const KEPT = { events: 2_000, notices: 1_000 } as const;
type Stream = keyof typeof KEPT;
const STREAMS = Object.keys(KEPT) as Stream[];

const BLOCK_MS = 1_000;
const READ_MS = BLOCK_MS + 2_000;
const READ_COUNT = 200;
const PING_EVERY_MS = 1_000;
const PING_MS = 2_000;
/** Characters on their way to the server above which nothing more is sent: other hubs read the log. */
const UNSENT_MOST = 16 * 1024 * 1024;

const isSamples = Compile(Type.Array(EmotionSample, { maxItems: 1_000 }));
const isNotice = Compile(Type.Union([
  Type.Object({ topic: Type.Literal('revoked'), subject: Type.Union([Type.Literal('session'), Type.Literal('user'), Type.Literal('wall'), Type.Literal('device')]), id: Type.String({ maxLength: 200 }) }),
  Type.Object({ topic: Type.Literal('site'), site: Type.String({ maxLength: 64 }) }),
]));

/**
 * The bus over Redis Streams: one stream each for events and notices, read by every hub from where it stood. Samples go
 * by a channel for each site (PUBLISH), to the hubs that watch it: they are many, and worth nothing a moment later. It
 * starts also while the server is away, not live, and becomes live by itself.
 */
export function createRedisBus({ url, prefix, hub, onError }: RedisBusOptions): Bus {
  const listeners = createListeners();
  const stopping = new AbortController();
  const up = { writer: false, reader: false };
  let writer: RedisClient | undefined;
  let unsent = 0;
  let live = false;
  let told = false;

  /** Sites, and how many parts of this hub watch each. */
  const watched = new Map<string, number>();
  let subscriber: RedisClient | undefined;

  const keyOf = (stream: Stream): string => `${prefix}:${stream}`;
  const channelOf = (site: string): string => `${prefix}:samples:${site}`;

  function setUp(part: keyof typeof up, value: boolean): void {
    up[part] = value;
    const now = up.writer && up.reader;
    if (now === live) return;
    live = now;
    if (live) told = false;
    listeners.change(live);
  }

  function down(part: keyof typeof up, error: unknown): void {
    setUp(part, false);
    // Once an outage: the connection is tried twice a second.
    if (told || stopping.signal.aborted) return;
    told = true;
    onError(error, 'the connection to Redis: other hubs\' events are read from the log until it is back');
  }

  function send(text: string, how: (client: RedisClient) => Promise<unknown>): void {
    const client = writer;
    if (!client?.isReady || unsent + text.length > UNSENT_MOST) return;
    unsent += text.length;
    how(client)
      .catch((error: unknown) => down('writer', error))
      .finally(() => { unsent -= text.length; });
  }

  const append = (stream: Stream, text: string): void => send(text, (client) => client.xAdd(keyOf(stream), '*', { hub, text }, { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: KEPT[stream] } }));

  /** Asks again and again whether the server answers; ends by the failure when it does not. */
  async function write(client: RedisClient): Promise<void> {
    await within(PING_MS, client.ping());
    writer = client;
    setUp('writer', true);
    try {
      await whileAnswers(client);
    } finally {
      writer = undefined;
      setUp('writer', false);
    }
  }

  /** A connection that breaks is noticed at once, one that goes silent by the next question. @throws then */
  async function whileAnswers(client: RedisClient): Promise<never> {
    const broken = once(client, 'end', { signal: stopping.signal }).then(() => { throw new Error('the connection broke'); });
    for (;;) {
      await Promise.race([broken, delay(PING_EVERY_MS)]);
      await Promise.race([broken, within(PING_MS, client.ping())]);
    }
  }

  /** Keeps the channels of the watched sites open. Samples that are missed meanwhile are missed. */
  async function listen(client: RedisClient): Promise<void> {
    subscriber = client;
    try {
      for (const site of watched.keys()) subscribe(client, site);
      await whileAnswers(client);
    } finally {
      subscriber = undefined;
    }
  }

  function subscribe(client: RedisClient, site: string): void {
    client.subscribe(channelOf(site), takeSamples).catch((error: unknown) => { if (client.isReady) onError(error, `samples of ${site}`); });
  }

  function takeSamples(text: string): void {
    const from = text.indexOf(' ');
    if (text.slice(0, from) === hub) return;
    try {
      const data: unknown = JSON.parse(text.slice(from + 1));
      if (isSamples.Check(data)) listeners.samples(data);
    } catch (error) {
      onError(error, 'samples of another hub');
    }
  }

  /** The newest entry of a stream: a server that lost its data may count from elsewhere than before. */
  async function newestId(client: RedisClient, stream: Stream): Promise<string> {
    const entries = await within(PING_MS, client.xRevRange(keyOf(stream), '+', '-', { COUNT: 1 }));
    return entries?.[0]?.id ?? '0-0';
  }

  async function read(client: RedisClient): Promise<void> {
    const places = new Map<string, string>();
    for (const stream of STREAMS) places.set(keyOf(stream), await newestId(client, stream));
    setUp('reader', true);
    try {
      for (;;) {
        const reply = await within(READ_MS, client.xRead([...places].map(([key, id]) => ({ key, id })), { BLOCK: BLOCK_MS, COUNT: READ_COUNT }));
        for (const { name, messages } of reply ?? []) {
          for (const { id, message } of messages) {
            places.set(name, id);
            if (message['hub'] !== hub) take(name, message['text'] ?? '');
          }
        }
      }
    } finally {
      setUp('reader', false);
    }
  }

  function take(key: string, text: string): void {
    try {
      if (key === keyOf('events')) return listeners.events(unpackMessage(text), false);
      const data: unknown = JSON.parse(text);
      if (isNotice.Check(data)) listeners.notice(data as Notice);
    } catch (error) {
      // Another program's message, or a listener that failed: neither must end the reading.
      onError(error, `a message on ${key}`);
    }
  }

  const running = [keepConnected(url, stopping.signal, write, (error) => down('writer', error)), keepConnected(url, stopping.signal, read, (error) => down('reader', error)), keepConnected(url, stopping.signal, listen, () => undefined)];

  return {
    ...listeners.subscribe,
    get live() { return live; },
    publishEvents(events) {
      listeners.events(events, true);
      for (const message of packMessages(events)) append('events', message);
    },
    publishSamples(samples) {
      listeners.samples(samples);
      for (const [site, own] of Map.groupBy(samples, (sample) => sample.site)) {
        const text = `${hub} ${JSON.stringify(own)}`;
        send(text, (client) => client.publish(channelOf(site), text));
      }
    },
    publishNotice(notice) {
      listeners.notice(notice);
      append('notices', JSON.stringify(notice));
    },
    watch(site) {
      const watchers = watched.get(site) ?? 0;
      watched.set(site, watchers + 1);
      if (watchers === 0 && subscriber?.isReady) subscribe(subscriber, site);
    },
    unwatch(site) {
      const watchers = watched.get(site) ?? 0;
      if (watchers > 1) watched.set(site, watchers - 1);
      else watched.delete(site);
      if (watchers !== 1) return;
      if (subscriber?.isReady) subscriber.unsubscribe(channelOf(site)).catch((error: unknown) => onError(error, `samples of ${site}`));
    },
    async close() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
