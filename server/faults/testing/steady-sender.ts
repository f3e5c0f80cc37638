import { setTimeout as delay } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import type { EventsReply } from '../../../contract/index.ts';
import type { seededRandom } from '../../core/testing/random.ts';

export interface SteadySenderOptions {
  /** Hubs that it may send to, `http://…`; it begins with the one at `home` and goes on to the next when one fails. */
  origins: readonly string[];
  home: number;
  token: string;
  site: string;
  perSecond: number;
  /** Share of presses on the worst face, 0..1: each of them calls for an alert. */
  worst: number;
  random: ReturnType<typeof seededRandom>;
}

export interface Press { id: string; at: number; worst: boolean }
type Wire = { id: string; type: 'feedback.rated'; site: string; at: number; body: { value: number; scale: number } };

const TICK_MS = 40;
const BATCH_MOST = 200;
const ANSWER_MS = 3_000;
const RETRY_MS = 100;

const nextUlid = monotonicFactory();

/**
 * A device that presses at a steady rate and keeps every press in its outbox until a hub has acknowledged it: what has
 * no answer is sent again, to the next hub (rule E1 of contract/PROTOCOL.md).
 */
export class SteadySender {
  readonly site: string;
  /** Every press made, by its id. */
  readonly made = new Map<string, Press>();
  readonly acknowledged = new Set<string>();
  /** Presses that a hub had already when they were sent again. */
  duplicates = 0;
  /** Requests that failed or got no 200. */
  failures = 0;
  /** What a hub refused for good: there should be none. */
  readonly refused: string[] = [];
  #options: SteadySenderOptions;
  #outbox: Wire[] = [];
  #at: number;
  #making = false;
  #running: Promise<void> = Promise.resolve();
  #giveUpAt = Number.POSITIVE_INFINITY;

  constructor(options: SteadySenderOptions) {
    this.site = options.site;
    this.#options = options;
    this.#at = options.home;
  }

  start(): void {
    this.#making = true;
    this.#running = this.#run();
  }

  /** Makes no more presses; resolves when all of them are acknowledged. @throws when they are not within `ms` */
  async finish(ms: number): Promise<void> {
    this.#making = false;
    this.#giveUpAt = performance.now() + ms;
    await this.#running;
    if (this.#outbox.length > 0) throw new Error(`${this.#outbox.length} presses of ${this.site} are not acknowledged after ${ms} ms; refused: ${this.refused.slice(0, 3).join('; ')}`);
  }

  async #run(): Promise<void> {
    const started = performance.now();
    while (this.#making || (this.#outbox.length > 0 && performance.now() < this.#giveUpAt)) {
      if (this.#making) this.#press((performance.now() - started) / 1000 * this.#options.perSecond);
      if (this.#outbox.length > 0 && !await this.#send()) {
        this.failures += 1;
        this.#at = (this.#at + 1) % this.#options.origins.length;
        await delay(this.#options.random.below(RETRY_MS));
      } else {
        await delay(TICK_MS);
      }
    }
  }

  /** Makes presses until there are as many as there should be by now. */
  #press(due: number): void {
    const { site, random, worst } = this.#options;
    const at = Date.now();
    while (this.made.size < due) {
      const value = random.chance(worst) ? 1 : 2 + random.below(3);
      const press: Wire = { id: nextUlid(), type: 'feedback.rated', site, at, body: { value, scale: 4 } };
      this.made.set(press.id, { id: press.id, at, worst: value === 1 });
      this.#outbox.push(press);
    }
  }

  /** Sends the oldest presses; whether they were acknowledged. */
  async #send(): Promise<boolean> {
    const events = this.#outbox.slice(0, BATCH_MOST);
    const reply = await this.#post(events);
    if (!reply) return false;
    this.duplicates += reply.duplicates;
    for (const { id, code, message } of reply.rejected) this.refused.push(`${id} ${code}: ${message}`);
    const refused = new Set(reply.rejected.map(({ index }) => index));
    events.forEach(({ id }, index) => { if (!refused.has(index)) this.acknowledged.add(id); });
    this.#outbox.splice(0, events.length);
    return true;
  }

  async #post(events: readonly Wire[]): Promise<EventsReply | undefined> {
    try {
      const response = await fetch(`${this.#options.origins[this.#at]}/api/v1/events`, {
        method: 'POST', signal: AbortSignal.timeout(ANSWER_MS), body: JSON.stringify({ events }),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#options.token}` },
      });
      const text = await response.text();
      if (response.ok) return JSON.parse(text) as EventsReply;
      if (response.status < 500 && response.status !== 429) this.refused.push(`${response.status} ${text.slice(0, 200)}`);
      return undefined;
    } catch (error) {
      // No answer: nobody knows whether the events were taken. An answer that was cut off while it was read too.
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
}
