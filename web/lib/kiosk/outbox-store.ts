import type { EventEnvelope } from '../../../contract/events.ts';

export interface OutboxEntry {
  event: EventEnvelope;
  /** Not to be sent before this moment (epoch ms), because the visitor may still name a factor; null: send. */
  holdUntil: number | null;
}
export interface RefusedEntry { event: EventEnvelope; code: string; at: number }

/** Where presses rest until the hub has them. Every method resolves only when its change would survive a crash. */
export interface OutboxStore {
  append(entry: OutboxEntry): Promise<void>;
  /** Lets a held event go, with another body if one is given. False when it is no longer there. */
  release(id: string, body: EventEnvelope['body'] | null): Promise<boolean>;
  /** The oldest entries in the order in which they were appended. */
  oldest(limit: number): Promise<OutboxEntry[]>;
  /** Takes events out, keeping the refused ones aside; all or nothing. */
  settle(delivered: readonly string[], refused: readonly { id: string; code: string }[], at: number): Promise<void>;
  counts(): Promise<{ waiting: number; refused: number }>;
  refused(limit: number): Promise<RefusedEntry[]>;
}

/** Keeps presses in memory only: for tests, and for a browser that refuses storage. */
export class MemoryOutboxStore implements OutboxStore {
  #entries: OutboxEntry[] = [];
  #refused: RefusedEntry[] = [];

  async append(entry: OutboxEntry): Promise<void> { this.#entries.push(structuredClone(entry)); }

  async release(id: string, body: EventEnvelope['body'] | null): Promise<boolean> {
    const entry = this.#entries.find((one) => one.event.id === id);
    if (!entry) return false;
    entry.holdUntil = null;
    if (body) entry.event.body = body;
    return true;
  }

  async oldest(limit: number): Promise<OutboxEntry[]> { return structuredClone(this.#entries.slice(0, limit)); }

  async settle(delivered: readonly string[], refused: readonly { id: string; code: string }[], at: number): Promise<void> {
    for (const { id, code } of refused) {
      const entry = this.#entries.find((one) => one.event.id === id);
      if (entry) this.#refused.push({ event: entry.event, code, at });
    }
    const gone = new Set([...delivered, ...refused.map((one) => one.id)]);
    this.#entries = this.#entries.filter((one) => !gone.has(one.event.id));
  }

  async counts(): Promise<{ waiting: number; refused: number }> { return { waiting: this.#entries.length, refused: this.#refused.length }; }
  async refused(limit: number): Promise<RefusedEntry[]> { return structuredClone(this.#refused.slice(0, limit)); }
}

/**
 * Writes to `durable`, and when that fails (storage full, taken away by the browser) to memory, so that the press
 * still arrives while the page lives. `onFailure` learns of it, for the maintenance screen.
 */
export class FallbackOutboxStore implements OutboxStore {
  readonly #durable: OutboxStore;
  readonly #memory = new MemoryOutboxStore();
  readonly #onFailure: (error: unknown) => void;

  constructor(durable: OutboxStore, onFailure: (error: unknown) => void) {
    this.#durable = durable;
    this.#onFailure = onFailure;
  }

  async append(entry: OutboxEntry): Promise<void> {
    await this.#try(() => this.#durable.append(entry), () => this.#memory.append(entry));
  }

  async release(id: string, body: EventEnvelope['body'] | null): Promise<boolean> {
    return await this.#memory.release(id, body) || this.#try(() => this.#durable.release(id, body), async () => false);
  }

  async oldest(limit: number): Promise<OutboxEntry[]> {
    const kept = await this.#try(() => this.#durable.oldest(limit), async () => []);
    return [...kept, ...await this.#memory.oldest(limit)].slice(0, limit);
  }

  async settle(delivered: readonly string[], refused: readonly { id: string; code: string }[], at: number): Promise<void> {
    await this.#memory.settle(delivered, refused, at);
    await this.#durable.settle(delivered, refused, at);
  }

  async counts(): Promise<{ waiting: number; refused: number }> {
    const kept = await this.#try(() => this.#durable.counts(), async () => ({ waiting: 0, refused: 0 }));
    const loose = await this.#memory.counts();
    return { waiting: kept.waiting + loose.waiting, refused: kept.refused + loose.refused };
  }

  async refused(limit: number): Promise<RefusedEntry[]> {
    const kept = await this.#try(() => this.#durable.refused(limit), async () => []);
    return [...kept, ...await this.#memory.refused(limit)].slice(0, limit);
  }

  async #try<T>(durable: () => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
    try {
      return await durable();
    } catch (error) {
      this.#onFailure(error);
      return otherwise();
    }
  }
}
