import { Compile } from 'typebox/compile';
import type { Logger } from 'pino';
import { backoffMs, EventsReply, SENT_AT_HEADER } from '../../contract/index.ts';
import type { Outbox, Waiting } from './outbox.ts';

export interface SenderOptions {
  /** Origin of the hub, e.g. http://127.0.0.1:8400. */
  hubUrl: string;
  token: string;
  outbox: Outbox;
  log: Logger;
  /** Events in one request. */
  batch?: number;
  /** 0..1, for the jitter of the pauses. */
  random?: () => number;
}

const TIMEOUT_MS = 15_000;
const validateReply = Compile(EventsReply);
/** Refusals that say "not now": the event itself may be taken later. */
const TEMPORARY: readonly string[] = ['rate_limited', 'unavailable', 'internal', 'storage_full', 'store_busy', 'store_unreachable'];

/** What became of one request. */
type Result = { kind: 'done'; drop: number[] } | { kind: 'again'; why: string };

/**
 * Brings the outbox's events to the hub, at least once and in order. The hub knows repeats by their id. After a
 * failure it waits with full jitter; a refusal that will not change drops the event, one of the token keeps it.
 */
export class OutboxSender {
  /** Events that the hub refused for good, by code. */
  readonly refused = new Map<string, number>();
  readonly #options: SenderOptions;
  readonly #stop = new AbortController();
  #attempt = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Says that there may be something to send. While a pause after a failure lasts, it is waited out. */
  wake(): void {
    if (this.#timer === undefined && !this.#stop.signal.aborted) this.#start();
  }

  /** Resolves when the outbox is empty or the first attempt has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#start();
  }

  /** Cuts a request off; its events stay in the outbox. */
  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(): Promise<void> {
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
      // Something may have been added after the last look.
      if (this.#timer === undefined && this.#options.outbox.size > 0 && !this.#stop.signal.aborted) this.#start();
    });
    return this.#sending;
  }

  async #drain(): Promise<void> {
    const { outbox, batch = 200 } = this.#options;
    while (!this.#stop.signal.aborted) {
      const waiting = outbox.next(batch);
      if (waiting.length === 0) return;
      const result = await this.#send(waiting);
      if (this.#stop.signal.aborted) return;
      if (result.kind === 'done') outbox.remove(result.drop);
      if (result.kind === 'again' || result.drop.length === 0) {
        this.#pause(result.kind === 'again' ? result.why : 'the hub took none of them for now');
        return;
      }
      this.#attempt = 0;
    }
  }

  #pause(why: string): void {
    const { log, outbox, random = Math.random } = this.#options;
    const waitMs = backoffMs(this.#attempt++, random());
    log.warn({ why, waitMs, waiting: outbox.size }, 'the hub does not take events; they are kept');
    this.#timer = setTimeout(() => { this.#timer = undefined; void this.#start(); }, waitMs);
  }

  async #send(waiting: readonly Waiting[]): Promise<Result> {
    const { hubUrl, token } = this.#options;
    try {
      const response = await fetch(new URL('/api/v1/events', hubUrl), {
        method: 'POST', redirect: 'error',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', [SENT_AT_HEADER]: String(Date.now()) },
        body: JSON.stringify({ events: waiting.map(({ event }) => event) }),
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      return this.#judge(response.status, await response.json().catch(() => undefined), waiting);
    } catch (error) {
      return { kind: 'again', why: error instanceof Error ? error.message : String(error) };
    }
  }

  #judge(status: number, body: unknown, waiting: readonly Waiting[]): Result {
    if (status >= 200 && status < 300 && validateReply.Check(body)) return { kind: 'done', drop: this.#settled(body, waiting) };
    if (status === 401 || status === 403) return { kind: 'again', why: `the hub refuses this node's token (${status}); check OTKLIK_VISION_TOKEN` };
    if (status === 413 && waiting.length > 1) return { kind: 'again', why: 'the request was too large' };
    if ([400, 413, 422].includes(status)) {
      this.#refuse(codeOf(body) ?? String(status), waiting.length);
      return { kind: 'done', drop: waiting.map(({ position }) => position) };
    }
    return { kind: 'again', why: `the hub answered ${status}` };
  }

  /** All but those that may be taken later. */
  #settled(reply: EventsReply, waiting: readonly Waiting[]): number[] {
    const later = new Set<number>();
    for (const { index, code } of reply.rejected) {
      if (TEMPORARY.includes(code)) later.add(index);
      else this.#refuse(code, 1);
    }
    return waiting.filter((_, index) => !later.has(index)).map(({ position }) => position);
  }

  #refuse(code: string, count: number): void {
    const total = (this.refused.get(code) ?? 0) + count;
    this.refused.set(code, total);
    this.#options.log.warn({ code, count, total }, 'the hub refused events for good; they are dropped');
  }
}

function codeOf(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' ? body.code : undefined;
}
