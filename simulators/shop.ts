import type { EventEnvelope } from '../contract/index.ts';
import { NO_MEDIA, planDay, withMedia, type Media, type PlannedEvent } from './plan.ts';
import { shopDayAt, shopDaysUntil, type Hours, type ShopDay } from './schedule.ts';
import { tour } from './tour.ts';
import { plannedUlid } from './ulid.ts';

/** Sleeping longer than this would miss a change of the machine's clock. */
const LONGEST_WAIT_MS = 60_000;

/** An event with the device that sends it. */
export interface Deed { device: string; event: EventEnvelope }

export interface ShopOptions { seed: number; site: string; timezone: string; hours: Hours; speed: number; startedAt: number; /** Files that messages may come with. */ media?: Media }

/**
 * What happens in the shop, in order of time: `past` is the part of today that is over at the start, `next` walks on
 * from there without end. Pure apart from its own position.
 */
export class Shop {
  readonly #options: ShopOptions;
  readonly #ahead: { at: number; deed: Deed }[] = [];
  #day: ShopDay;
  #queue: { at: number; deed: Deed }[];
  readonly past: Deed[];

  constructor(options: ShopOptions) {
    this.#options = options;
    const { timezone, hours, startedAt } = options;
    const days = shopDaysUntil(timezone, hours, startedAt);
    this.#day = days.at(-1)!;
    const all = days.flatMap((day) => this.#deeds(day, false));
    this.past = all.filter(({ at }) => at <= startedAt).map(({ deed }) => deed);
    this.#queue = this.#deeds(this.#day, options.speed !== 1).filter(({ at }) => at > startedAt);
    this.#ahead.push(...this.#tour());
  }

  /** Everything due at real time `now`, each event with its moment; call it with growing times. */
  due(now: number): Deed[] {
    const shopNow = this.#shopTime(now);
    const deeds = take(this.#ahead, now);
    for (;;) {
      for (const deed of take(this.#queue, shopNow)) deeds.push(this.#options.speed === 1 ? deed : { ...deed, event: { ...deed.event, at: now } });
      if (this.#queue.length > 0 || shopNow < this.#day.end) return deeds;
      this.#day = shopDayAt(this.#options.timezone, this.#options.hours, this.#day.end);
      this.#queue = this.#deeds(this.#day, this.#options.speed !== 1);
    }
  }

  /** Ms from real time `now` until something can be due. */
  wait(now: number): number {
    const next = Math.min(this.#queue[0]?.at ?? this.#day.end, this.#day.end);
    const plan = (next - this.#shopTime(now)) / this.#options.speed;
    return Math.max(0, Math.min(LONGEST_WAIT_MS, Math.ceil(Math.min(plan, (this.#ahead[0]?.at ?? Infinity) - now))));
  }

  #shopTime(now: number): number {
    const { startedAt, speed } = this.#options;
    return startedAt + (now - startedAt) * speed;
  }

  /** A faster clock gives events other moments than the plan, so they need ids of their own. */
  #deeds(day: ShopDay, faster: boolean): { at: number; deed: Deed }[] {
    const { seed, site, hours, startedAt } = this.#options;
    const { events } = planDay(seed, day.key, hours.open, day.end - day.start);
    const offsets = new Map(events.map(({ key, offset }) => [key, offset]));
    const id = (key: string): string => plannedUlid(day.start + offsets.get(key)!, [seed, site, day.key, key, faster ? startedAt : ''].join('/'));
    return events.map(({ key, offset, device, type, body, about, attach }: PlannedEvent) => {
      const at = day.start + offset;
      return { at, deed: { device, event: { id: id(key), type, site, at, body: withMedia(about === undefined ? body : { ...body, rating: id(about) }, attach, this.#options.media ?? NO_MEDIA) } } };
    });
  }

  #tour(): { at: number; deed: Deed }[] {
    const { startedAt, site, media = NO_MEDIA } = this.#options;
    return tour(startedAt, media).map(({ at, device, id, type, body }) => ({ at, deed: { device, event: { id, type, site, at, body } } }));
  }
}

function take(queue: { at: number; deed: Deed }[], until: number): Deed[] {
  const end = queue.findIndex(({ at }) => at > until);
  return queue.splice(0, end < 0 ? queue.length : end).map(({ deed }) => deed);
}
