import type { EventEnvelope } from '../../../contract/events.ts';
import { backoffMs } from '../../../contract/live.ts';
import type { Clock } from './clock.ts';
import { judge, type Verdict } from './delivery.ts';
import type { Answer } from './device-api.ts';
import type { OutboxEntry, OutboxStore } from './outbox-store.ts';

/** Runs `work` while nobody else in this browser does (another tab of the same device). */
export type Exclusive = (work: () => Promise<void>) => Promise<void>;

export interface OutboxStatus {
  /** Presses that the hub does not have yet, and those that it will never take. */
  waiting: number;
  refused: number;
  /** The last time the hub took something, epoch ms. */
  deliveredAt: number | null;
  /** Why sending does not get on: a reason code, null while it does. */
  trouble: string | null;
  /** The hub does not want this device (401, 403). */
  blocked: boolean;
}

export interface OutboxParts {
  store: OutboxStore;
  send: (events: EventEnvelope[]) => Promise<Answer>;
  clock: Clock;
  /** 0..1, for the jitter. */
  random: () => number;
  exclusive: Exclusive;
  onStatus?: (status: OutboxStatus) => void;
}

export const BATCH = 100;
/** How often a blocked device asks again, in case it was let in meanwhile. */
const BLOCKED_RETRY_MS = 60_000;
/** A hold longer than any page gives comes from a clock that was set back. */
const LONGEST_HOLD_MS = 60_000;

/**
 * Accepted here means that it arrives, once: a press is stored before it counts as taken, sent with the same id
 * until the hub accounts for it, and only then forgotten. One sender at a time, oldest first.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  #status: OutboxStatus = { waiting: 0, refused: 0, deliveredAt: null, trouble: null, blocked: false };
  #failures = 0;
  #limit = BATCH;
  #cancel: (() => void) | null = null;
  #notBefore = 0;
  #sending = false;
  #again = false;
  #stopped = false;

  constructor(parts: OutboxParts) { this.#parts = parts; }

  get status(): OutboxStatus { return this.#status; }

  /**
   * Takes an event in. Resolves when it is stored. With `holdMs` it is kept back that long unless `release` comes.
   * @throws whatever the store throws when it cannot keep the event.
   */
  async add(event: EventEnvelope, holdMs = 0): Promise<void> {
    await this.#parts.store.append({ event, holdUntil: holdMs > 0 ? this.#parts.clock.now() + holdMs : null });
    this.wake();
  }

  /** Lets a held event go, with `body` in place of the old one. False when it had gone already. */
  async release(id: string, body: EventEnvelope['body'] | null = null): Promise<boolean> {
    const found = await this.#parts.store.release(id, body);
    this.wake();
    return found;
  }

  /** Sends now what can be sent: at the start, after a press, when the network is back. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#sending) { this.#again = true; return; }
    const wait = this.#notBefore - this.#parts.clock.now();
    if (wait > 0) { this.#retryIn(wait); return; }
    void this.#run();
  }

  /** Forgets a refusal by 401 or 403, after the device got a new token. */
  unblock(): void {
    this.#notBefore = 0;
    this.#failures = 0;
    this.wake();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    this.#sending = true;
    this.#cancel?.();
    this.#cancel = null;
    try {
      do {
        this.#again = false;
        await this.#parts.exclusive(() => this.#sendAll());
      } while (this.#again && !this.#stopped && this.#notBefore <= this.#parts.clock.now());
    } catch (error) {
      this.#note({ trouble: error instanceof Error ? error.name : 'storage' });
      this.#backOff();
    } finally {
      this.#sending = false;
    }
    await this.#count();
  }

  async #sendAll(): Promise<void> {
    while (!this.#stopped) {
      const { due, nextHold } = await this.#due();
      if (due.length === 0) {
        this.#note({ trouble: null });
        if (nextHold !== null) this.#retryIn(nextHold - this.#parts.clock.now());
        return;
      }
      const events = due.map((entry) => this.#asSent(entry.event));
      const verdict = judge(await this.#parts.send(events), events);
      await this.#settle(verdict);
      if (!this.#goesOn(verdict, events.length)) return;
    }
  }

  async #due(): Promise<{ due: OutboxEntry[]; nextHold: number | null }> {
    const now = this.#parts.clock.now();
    const entries = await this.#parts.store.oldest(BATCH);
    const isHeld = (entry: OutboxEntry) => entry.holdUntil !== null && entry.holdUntil > now && entry.holdUntil <= now + LONGEST_HOLD_MS;
    const holds = entries.filter(isHeld).map((entry) => entry.holdUntil!);
    return { due: entries.filter((entry) => !isHeld(entry)).slice(0, this.#limit), nextHold: holds.length > 0 ? Math.min(...holds) : null };
  }

  /** A press cannot be later than its sending: a tablet that started with a wrong clock learns the time meanwhile. */
  #asSent(event: EventEnvelope): EventEnvelope {
    return { ...event, at: Math.min(event.at, this.#parts.clock.now()) };
  }

  async #settle(verdict: Verdict): Promise<void> {
    if (verdict.delivered.length === 0 && verdict.refused.length === 0) return;
    const now = this.#parts.clock.now();
    if (verdict.delivered.length > 0) this.#note({ deliveredAt: now });
    await this.#parts.store.settle(verdict.delivered, verdict.refused, now);
    await this.#count();
  }

  #goesOn({ then }: Verdict, sent: number): boolean {
    switch (then.go) {
      case 'on':
        this.#failures = 0;
        this.#limit = BATCH;
        this.#note({ trouble: null, blocked: false });
        return true;
      case 'smaller':
        this.#limit = Math.max(1, Math.floor(sent / 2));
        return true;
      case 'after':
        this.#note({ trouble: 'rate_limited', blocked: false });
        this.#pause(then.ms);
        return false;
      case 'blocked':
        this.#note({ trouble: then.code, blocked: true });
        this.#pause(BLOCKED_RETRY_MS);
        return false;
      case 'later':
        this.#note({ trouble: then.reason, blocked: false });
        this.#backOff();
        return false;
    }
  }

  #pause(ms: number): void {
    this.#notBefore = this.#parts.clock.now() + ms;
    this.#retryIn(ms);
  }

  #backOff(): void {
    this.#retryIn(backoffMs(this.#failures++, this.#parts.random()));
  }

  #retryIn(ms: number): void {
    this.#cancel?.();
    if (this.#stopped) return;
    this.#cancel = this.#parts.clock.after(Math.max(0, ms), () => {
      this.#cancel = null;
      // A pause is over when its timer says so, whatever the device's clock was set to meanwhile.
      this.#notBefore = 0;
      this.wake();
    });
  }

  async #count(): Promise<void> {
    this.#note(await this.#parts.store.counts());
  }

  #note(change: Partial<OutboxStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#parts.onStatus?.(this.#status);
  }
}
