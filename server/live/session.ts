import { Compile } from 'typebox/compile';
import { ClientMessage, LIMITS, parseChannel, PROTOCOL_VERSION, type ChannelKind, type CloseReason, type ErrorCode, type Permission, type Subscription } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Connection } from '../core/fanout/connection.ts';
import type { Fanout } from '../core/fanout/fanout.ts';

const checkMessage = Compile(ClientMessage);

/** Which permission a channel needs at its site. */
export const CHANNEL_PERMISSIONS: Record<ChannelKind, Permission> = {
  floor: 'floor.read', wall: 'wall.read', cameras: 'cameras.read', devices: 'devices.read',
};

export interface SessionOptions {
  connection: Connection;
  fanout: Fanout;
  clock: Clock;
  hub: string;
  /** Whether this connection may watch the channel kind at the site. */
  may(permission: Permission, site: string): boolean;
  /** Whether there is such a site: nothing is made for one that is only named. */
  exists(site: string): Promise<boolean>;
  onError(error: unknown, where: string): void;
}

type State = 'awaiting-hello' | 'ready' | 'closed';

/** One client's conversation on `/ws`; the rules are those of contract/PROTOCOL.md. */
export class Session {
  #state: State = 'awaiting-hello';
  #options: SessionOptions;
  #helloTimer: NodeJS.Timeout;
  #window = { second: 0, messages: 0 };
  /** Subscriptions are carried out in the order they were asked for. */
  #tail: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#helloTimer = setTimeout(() => this.#close('helloTimeout'), LIMITS.wsHelloMs);
  }

  /** A whole message as it came; binary ones are no part of the protocol. */
  message(data: Buffer, binary: boolean): void {
    if (this.#state === 'closed') return;
    if (data.byteLength > LIMITS.wsClientFrameBytes) return this.#close('tooLarge');
    if (!this.#withinRate()) return this.#close('tooMany');
    const message = binary ? undefined : parse(data);
    if (!message) return this.#close('badFrame');
    switch (message.t) {
      case 'hello':
        if (this.#state === 'ready') return this.#close('secondHello');
        if (message.protocol !== PROTOCOL_VERSION) return this.#close('protocolVersion');
        clearTimeout(this.#helloTimer);
        this.#state = 'ready';
        this.#send({ t: 'welcome', protocol: PROTOCOL_VERSION, now: this.#options.clock(), beatMs: LIMITS.wsBeatMs, hub: this.#options.hub });
        return this.#subscribe(message.subscriptions);
      case 'subscribe':
        if (this.#state !== 'ready') return this.#close('badFrame');
        return this.#subscribe(message.subscriptions);
      case 'unsubscribe':
        if (this.#state !== 'ready') return this.#close('badFrame');
        this.#queue(async () => { for (const channel of message.channels) this.#options.fanout.unsubscribe(this.#options.connection, channel); });
    }
  }

  /** The socket is gone. */
  end(): void {
    this.#state = 'closed';
    clearTimeout(this.#helloTimer);
  }

  #subscribe(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.#queue(() => this.#subscribeOne(subscription));
  }

  async #subscribeOne({ channel, epoch, offset }: Subscription): Promise<void> {
    const { connection, fanout } = this.#options;
    if (connection.closed) return;
    const parsed = parseChannel(channel);
    if (!parsed) return this.#error('unknown_channel', 'there is no such channel', channel);
    if (!this.#options.may(CHANNEL_PERMISSIONS[parsed.kind], parsed.site)) return this.#error('forbidden_channel', 'you may not watch this channel', channel);
    if (!await this.#options.exists(parsed.site)) return this.#error('unknown_channel', 'there is no such site', channel);
    if (!connection.channels.has(channel) && connection.channels.size >= LIMITS.wsSubscriptions) return this.#error('too_many_subscriptions', `at most ${LIMITS.wsSubscriptions} channels`, channel);
    try {
      await fanout.subscribe(connection, channel, epoch, offset);
    } catch (error) {
      this.#options.onError(error, `subscription to ${channel}`);
      this.#error('unavailable', 'the channel cannot be read now, try again', channel);
    }
  }

  #queue(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(work).catch((error: unknown) => {
      this.#options.onError(error, 'live session');
      this.#close('internal');
    });
  }

  #withinRate(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (this.#window.second !== second) this.#window = { second, messages: 0 };
    this.#window.messages += 1;
    return this.#window.messages <= LIMITS.wsMessagesPerSecond;
  }

  #send(message: object): void {
    this.#options.connection.sendText(JSON.stringify(message));
  }

  #error(code: ErrorCode, message: string, channel: string): void {
    this.#send({ t: 'error', channel: channel.slice(0, 80), code, message });
  }

  #close(reason: CloseReason): void {
    this.end();
    this.#options.connection.close(reason);
  }
}

/** A message of the protocol, or undefined for anything else. Never throws. */
export function parse(data: Buffer): ClientMessage | undefined {
  try {
    const message: unknown = JSON.parse(data.toString('utf8'));
    return checkMessage.Check(message) ? message : undefined;
  } catch {
    return undefined;
  }
}
