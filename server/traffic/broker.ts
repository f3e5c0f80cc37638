import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { BrokerStatus } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log/log.ts';
import { StoreUnavailable, type Store } from '../core/store/store.ts';
import type { NamedDevice } from '../devices/index.ts';
import { counterOf, eventOf } from './intake.ts';
import { createLease, LEASE_MS } from './lease.ts';
import { readMessage, TOPICS } from './message.ts';

export interface BrokerDeps {
  /** Null: there is no broker. */
  url: string | null;
  store: Store; log: Log; clock: Clock; hub: string; logger: Pick<FastifyBaseLogger, 'warn' | 'info'>;
  find(device: string): Promise<NamedDevice | null>;
  /** The device spoke. */
  touch(device: string): void;
  /** How often the lease is looked after, ms. */
  tickMs?: number;
}

export type Broker = ReturnType<typeof createBroker>;

const TICK_MS = LEASE_MS / 3;
const STORE_RETRY_MS = 1_000;
const TELL_MS = 60_000;
const RECONNECT_LEAST_MS = 1_000;
const RECONNECT_MOST_MS = 60_000;
const CONNECT_MS = 10_000;

/** The hub ends, or another one listens: what is not committed is not acknowledged either, so the broker sends it again. */
class Stopped extends Error {}

/**
 * Listens to counters at an MQTT broker: one hub of the installation at a time, under one name with a session that the
 * broker keeps. A message is acknowledged (QoS 1) when it is on disk, or when it can never be counted.
 */
export function createBroker({ url, store, log, clock, hub, logger, find, touch, tickMs = TICK_MS }: BrokerDeps) {
  const lease = createLease({ store, clock, hub, name: 'mqtt' });
  const counts = { taken: 0, repeated: 0, refused: 0 };
  const trouble = { since: 0, count: 0, last: null as string | null };
  const stopping = new AbortController();
  let client: MqttClient | undefined;
  let connecting: AbortController | undefined;
  let elsewhere = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  /** Rubbish may come as fast as the network lets it: it is told once a minute. */
  function refuse(topic: string, message: string): void {
    counts.refused += 1;
    trouble.count += 1;
    trouble.last = message;
    const now = performance.now();
    if (trouble.since !== 0 && now - trouble.since < TELL_MS) return;
    logger.warn({ topic: topic.slice(0, 120), refused: trouble.count }, `a counter's message is not counted: ${message}`);
    trouble.since = now;
    trouble.count = 0;
  }

  async function take(packet: IPublishPacket, signal: AbortSignal): Promise<void> {
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const read = readMessage({ topic: packet.topic, payload, retain: packet.retain, messageId: packet.messageId }, clock());
    if (typeof read === 'string') return refuse(packet.topic, read);
    for (;;) {
      try {
        const device = await find(topicDevice(packet.topic));
        const sender = counterOf(device);
        if (typeof sender === 'string') return refuse(packet.topic, sender);
        touch(sender.id);
        if (read === null) return;
        const event = eventOf(read.counted, sender, clock(), false);
        if (typeof event === 'string') return refuse(packet.topic, event);
        const [offset] = await log.append([event]);
        counts[offset === 0 ? 'repeated' : 'taken'] += 1;
        return;
      } catch (error) {
        if (signal.aborted) throw new Stopped('the hub stopped listening');
        if (!(error instanceof StoreUnavailable)) throw error;
        await delay(STORE_RETRY_MS, undefined, { signal }).catch(() => { throw new Stopped('the hub stopped listening'); });
      }
    }
  }

  async function connect(address: string, clientId: string): Promise<void> {
    // Loaded only where there is a broker.
    const { connect: open } = await import('mqtt');
    const own = new AbortController();
    connecting = own;
    const made = open(address, { clientId, clean: false, protocolVersion: 4, reconnectPeriod: RECONNECT_LEAST_MS, connectTimeout: CONNECT_MS, resubscribe: true, queueQoSZero: false });
    client = made;
    made.handleMessage = (packet, done) => {
      take(packet, own.signal).then(() => done(), (error: unknown) => {
        if (!(error instanceof Stopped)) logger.warn({ err: error }, 'a counter\'s message could not be taken; the broker will send it again');
        done(error instanceof Error ? error : new Error(String(error)));
      });
    };
    made.on('connect', () => {
      made.options.reconnectPeriod = RECONNECT_LEAST_MS;
      logger.info('counters are heard at the MQTT broker');
      made.subscribe([...TOPICS], { qos: 1 }, (error) => { if (error) refuse('subscribe', `the broker refused to be listened to: ${error.message}`); });
    });
    made.on('close', () => { made.options.reconnectPeriod = Math.min(RECONNECT_MOST_MS, 2 * (made.options.reconnectPeriod ?? RECONNECT_LEAST_MS)); });
    made.on('error', (error) => refuse('broker', `the MQTT broker is not reached: ${withoutSecrets(error.message)}`));
  }

  async function disconnect(): Promise<void> {
    connecting?.abort();
    const old = client;
    client = undefined;
    if (old) await old.endAsync(true);
  }

  async function tick(): Promise<void> {
    if (url === null || stopping.signal.aborted) return;
    const name = await lease.take().catch((error: unknown) => {
      // Without the store nothing can be taken in either; the lease of this hub stands until it is over.
      if (error instanceof StoreUnavailable) return client ? client.options.clientId ?? null : null;
      throw error;
    });
    elsewhere = name === null;
    if (name === null) await disconnect();
    else if (!client) await connect(url, name);
  }

  const run = (): Promise<void> => (running = running.then(tick).catch((error: unknown) => logger.warn({ err: error }, 'the MQTT broker of counters could not be looked after')));

  return {
    start(): void {
      if (url === null || timer) return;
      timer = setInterval(() => { void run(); }, tickMs);
      timer.unref();
      void run();
    },
    /** Stops listening; what was not taken in stays with the broker. */
    async stop(): Promise<void> {
      stopping.abort();
      clearInterval(timer);
      await running;
      await disconnect();
      if (url !== null && !elsewhere) await lease.release().catch((error: unknown) => { if (!(error instanceof StoreUnavailable)) throw error; });
    },
    status(): BrokerStatus {
      const state = url === null ? 'off' : elsewhere ? 'elsewhere' : client?.connected ? 'connected' : 'connecting';
      return { state, ...counts, lastProblem: trouble.last };
    },
  };
}

const topicDevice = (topic: string): string => topic.split('/')[1] ?? '';
/** What libraries say of an address may hold its user and password. */
const withoutSecrets = (message: string): string => message.replaceAll(/\/\/[^@/\s]*@/g, '//').slice(0, 300);
