import { setTimeout as delay } from 'node:timers/promises';
import { call, type Called } from './calls.ts';

export interface RetryingSenderOptions {
  origin: string;
  token: string;
  /** Events a second that it has to tell. */
  perSecond: number;
  make(): { id: string };
  /** Most events in one request. */
  batch?: number;
}

const TICK_MS = 20;
const RETRY_MS = 150;

/** A device as it should be: keeps what it has to tell until the hub accounts for it, and sends it again after any other answer. */
export class RetryingSender {
  /** Ids that the hub answered for with 200. */
  readonly acknowledged = new Set<string>();
  /** Answers by status and code, e.g. `503 store_unreachable`; `no answer` when the request failed. */
  readonly answers = new Map<string, number>();
  /** When each 200 came, by `performance.now()`. */
  readonly acceptedAt: number[] = [];
  /** Answers of 503 that did not say when to come again. */
  withoutRetryAfter = 0;
  /** Events that the hub refused one by one. */
  refused = 0;
  duplicates = 0;
  #options: RetryingSenderOptions;
  #outbox: { id: string }[] = [];
  #producing = true;
  #stopped = false;
  #done: Promise<void>;

  constructor(options: RetryingSenderOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  get waiting(): number {
    return this.#outbox.length;
  }

  /** Nothing more happens that it would have to tell of; what waits is still sent. */
  fallSilent(): void {
    this.#producing = false;
  }

  /** Has nothing more to tell; resolves when everything was delivered. @throws when that takes longer than `ms` */
  async finish(ms: number): Promise<void> {
    this.fallSilent();
    const late = new AbortController();
    try {
      await Promise.race([this.#done, delay(ms, undefined, { signal: late.signal }).then(() => { throw new Error(`${this.waiting} events are still waiting after ${ms} ms; answers: ${JSON.stringify([...this.answers])}`); })]);
    } finally {
      late.abort();
      this.#stopped = true;
    }
  }

  /** Ends it with whatever it still holds. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    const { perSecond, make, batch = 100 } = this.#options;
    const started = performance.now();
    let made = 0;
    while (!this.#stopped && (this.#producing || this.#outbox.length > 0)) {
      const due = Math.floor((performance.now() - started) / 1000 * perSecond);
      for (; this.#producing && made < due; made++) this.#outbox.push(make());
      if (this.#outbox.length === 0) await delay(TICK_MS);
      else if (!await this.#send(this.#outbox.slice(0, batch))) await delay(RETRY_MS);
      else if (this.#outbox.length < batch) await delay(TICK_MS);
    }
  }

  /** Whether these events need not be sent again. */
  async #send(events: { id: string }[]): Promise<boolean> {
    const { origin, token } = this.#options;
    const answer = await call(origin, 'POST', '/api/v1/events', { token, body: { events } }).catch(() => undefined);
    this.#count(answer);
    if (answer?.status !== 200) return false;
    const { duplicates, rejected } = answer.body as { duplicates: number; rejected: unknown[] };
    this.acceptedAt.push(performance.now());
    this.duplicates += duplicates;
    this.refused += rejected.length;
    for (const { id } of events) this.acknowledged.add(id);
    this.#outbox.splice(0, events.length);
    return true;
  }

  #count(answer: Called | undefined): void {
    const name = answer ? `${answer.status} ${answer.code}`.trim() : 'no answer';
    this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
    if (answer?.status === 503 && answer.retryAfter === null) this.withoutRetryAfter += 1;
  }
}

/** The counts of several senders together. */
export function together(senders: readonly RetryingSender[]): { acknowledged: Set<string>; answers: Map<string, number>; withoutRetryAfter: number; refused: number; duplicates: number } {
  const answers = new Map<string, number>();
  for (const sender of senders) for (const [name, n] of sender.answers) answers.set(name, (answers.get(name) ?? 0) + n);
  const sum = (of: (sender: RetryingSender) => number): number => senders.reduce((total, sender) => total + of(sender), 0);
  return {
    acknowledged: new Set(senders.flatMap((sender) => [...sender.acknowledged])), answers,
    withoutRetryAfter: sum((one) => one.withoutRetryAfter), refused: sum((one) => one.refused), duplicates: sum((one) => one.duplicates),
  };
}

export const listOf = (answers: ReadonlyMap<string, number>): string => [...answers].sort().map(([name, n]) => `${name}: ${n}`).join(', ');
