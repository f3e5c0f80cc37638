import { LIMITS, backoffMs, type EventEnvelope, type EventsReply } from '../contract/index.ts';
import { problemText, type HubAnswer } from './hub-client.ts';

/** Events that a device keeps while the hub is away; beyond it the oldest go. */
const MOST_WAITING = 50_000;

export interface DeliveryDeps {
  post(path: string, body: unknown): Promise<HubAnswer>;
  /** Resolves after that many ms, or earlier when the delivery is closed. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
  random?(): number;
  report(line: string): void;
}

export interface DeliveryCounts { accepted: number; duplicates: number; rejected: number; dropped: number }

/**
 * Sends a device's events in order, at least once: an event leaves the queue only when the hub has judged it. Waits as
 * long as the hub asks (`Retry-After`), and with full jitter when the hub is away.
 */
export class Delivery {
  readonly counts: DeliveryCounts = { accepted: 0, duplicates: 0, rejected: 0, dropped: 0 };
  readonly #deps: DeliveryDeps;
  readonly #queue: EventEnvelope[] = [];
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #batch: number = LIMITS.eventsPerRequest;

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(events: readonly EventEnvelope[]): void {
    if (this.#abort.signal.aborted) return;
    for (const event of events) this.#queue.push(event);
    const over = this.#queue.length - MOST_WAITING;
    if (over > 0) {
      this.#queue.splice(0, over);
      this.counts.dropped += over;
    }
    this.#running ??= this.#run().finally(() => { this.#running = undefined; });
  }

  /** Resolves when nothing waits any more, or after `close`. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.settled();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#queue.length > 0 && !this.#abort.signal.aborted) {
      const batch = this.#queue.slice(0, this.#batch);
      const answer = await this.#deps.post('/api/v1/events', { events: batch });
      if (this.#settle(answer, batch)) { failures = 0; continue; }
      if (failures === 0) this.#deps.report(`sending waits: ${problemText(answer)}`);
      const { pause = sleep, random = Math.random } = this.#deps;
      await pause(answer.retryAfterMs ?? backoffMs(failures++, random()), this.#abort.signal);
    }
  }

  /** Whether the answer settles the batch (or shrinks it), so that sending may go on at once. */
  #settle(answer: HubAnswer, batch: readonly EventEnvelope[]): boolean {
    if (answer.status === 200) {
      const reply = answer.body as EventsReply;
      this.counts.accepted += reply.accepted;
      this.counts.duplicates += reply.duplicates;
      this.#refused(reply.rejected.length, reply.rejected[0]?.message);
      this.#queue.splice(0, batch.length);
      return true;
    }
    if (answer.status === 413 && batch.length > 1) {
      this.#batch = Math.ceil(batch.length / 2);
      return true;
    }
    if (answer.status === 401 || answer.status === 403 && (answer.body as { code?: unknown } | undefined)?.code === 'device_revoked') {
      this.#deps.report(`stopped: ${problemText(answer)}`);
      this.counts.dropped += this.#queue.length;
      this.#queue.length = 0;
      this.#abort.abort();
      return true;
    }
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      this.#refused(batch.length, problemText(answer));
      this.#queue.splice(0, batch.length);
      return true;
    }
    return false;
  }

  #refused(count: number, why: string | undefined): void {
    if (count === 0) return;
    this.counts.rejected += count;
    this.#deps.report(`${count} events were refused: ${why ?? 'no reason given'}`);
  }
}

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => { clearTimeout(timer); signal.removeEventListener('abort', end); resolve(); };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
