import { backoffMs, PROTOCOL_VERSION, stepFor, type AnyEvent, type ChannelName, type ServerMessage, type SnapshotMessage } from '../../../contract/index.ts';
import { LiveClient } from '../../testing/whole-hub.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { when } from './log-account.ts';

/**
 * A console that is attached all the time: takes what comes by the protocol's rules, comes again when the hub closes the
 * line, and writes down whatever breaks the order.
 */
export class FollowingConsole {
  /** What it was told since the first snapshot, in the order of telling, and when (`performance.now()`). */
  readonly events: AnyEvent[] = [];
  readonly heardAt = new Map<string, number>();
  /** Holes, repeats, and snapshots that skip something on a line that was not broken: must stay empty. */
  readonly faults: string[] = [];
  /** Offset at which its first snapshot stood. */
  startedAt = -1;
  offset = -1;
  /** Attempts to connect: 1 while the line never broke. */
  connects = 0;
  /** The hub's clock minus this machine's, ms, for each beat. */
  readonly beatErrors: number[] = [];
  #epoch: string | undefined;
  #client: LiveClient | undefined;
  #closed = false;
  /** Nothing was heard on this line yet. */
  #fresh = true;
  readonly #origin: string;
  readonly #cookie: string;
  readonly #channel: ChannelName;

  private constructor(origin: string, cookie: string, channel: ChannelName) {
    this.#origin = origin;
    this.#cookie = cookie;
    this.#channel = channel;
  }

  /** Resolves when the first snapshot is there. */
  static async attach(origin: string, cookie: string, site: string): Promise<FollowingConsole> {
    const console = new FollowingConsole(origin, cookie, `floor:${site}`);
    await console.#connect();
    await when('the first snapshot', 10_000, () => console.startedAt >= 0);
    return console;
  }

  /** Resolves when it was told everything up to `offset`. */
  async reach(offset: number, ms: number): Promise<void> {
    await when(`the console at ${this.offset} hears of ${offset}`, ms, () => this.offset >= offset);
  }

  close(): void {
    this.#closed = true;
    this.#client?.socket.terminate();
  }

  async #connect(): Promise<void> {
    this.connects += 1;
    const client = await LiveClient.connect(this.#origin, this.#cookie);
    this.#client = client;
    this.#fresh = true;
    client.socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as ServerMessage));
    client.socket.on('close', () => { if (!this.#closed) void this.#comeAgain(); });
    client.say({ t: 'hello', protocol: PROTOCOL_VERSION, subscriptions: [{ channel: this.#channel, ...(this.#epoch === undefined ? {} : { epoch: this.#epoch, offset: this.offset }) }] });
  }

  async #comeAgain(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt++) {
      await delay(backoffMs(attempt, Math.random()));
      try {
        return await this.#connect();
      } catch (error) {
        if (attempt === 20) this.faults.push(`cannot come again: ${String(error)}`);
      }
    }
  }

  #take(message: ServerMessage): void {
    if (message.t === 'snapshot') this.#takeSnapshot(message);
    else if (message.t === 'delta') this.#takeEvents(message.from, message.offset, message.events);
    else if (message.t === 'events') this.#takeEvents(message.from, message.to, message.events);
    else if (message.t === 'beat') this.beatErrors.push(message.now - Date.now());
    else if (message.t === 'error') this.faults.push(`error ${message.code}`);
  }

  #takeSnapshot({ epoch, offset }: SnapshotMessage): void {
    if (this.startedAt < 0) this.startedAt = offset;
    // After a break too much may have happened for a delta.
    else if (!this.#fresh && (offset !== this.offset || epoch !== this.#epoch)) this.faults.push(`snapshot at ${offset} while at ${this.offset}`);
    this.#fresh = false;
    this.#epoch = epoch;
    this.offset = offset;
  }

  #takeEvents(from: number, to: number, events: readonly AnyEvent[]): void {
    this.#fresh = false;
    const step = stepFor(this.offset, from, to);
    if (step !== 'apply' || from < this.offset) this.faults.push(`${step} ${from}..${to} while at ${this.offset}`);
    if (step === 'drop') return;
    let last = this.offset;
    for (const event of events) {
      if (event.offset <= last || event.offset > to) this.faults.push(`event ${event.offset} after ${last} in ${from}..${to}`);
      last = event.offset;
      this.events.push(event);
      this.heardAt.set(event.id, performance.now());
    }
    this.offset = to;
  }
}
