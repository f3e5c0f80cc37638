import type { EventType } from '../contract/index.ts';
import { TILLS, type Till } from './place.ts';
import { seeded, type Random } from './random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Something that happens in a shop day. */
export interface PlannedEvent {
  /** Ms since opening. */
  offset: number;
  /** Unique within the day; ids are made from it. */
  key: string;
  /** Key of the sending device. */
  device: string;
  type: EventType;
  body: Record<string, unknown>;
  /** Key of the press that a message or a reason belongs to. */
  about?: string;
  /** Which of the files that were sent beforehand go with it. */
  attach?: Attachment;
}
interface Attachment { voice?: number; photo?: number }

/** Files that the hub has already. */
export interface Media { voices: { file: string; seconds: number }[]; photos: { file: string }[] }
export const NO_MEDIA: Media = { voices: [], photos: [] };

/** A message's body with its files; without those that there are not. */
export function withMedia(body: Record<string, unknown>, attach: Attachment | undefined, media: Media): Record<string, unknown> {
  const voice = attach?.voice === undefined ? undefined : media.voices[attach.voice];
  const photo = attach?.photo === undefined ? undefined : media.photos[attach.photo];
  return { ...body, ...(voice && { voice }), ...(photo && { photo }) };
}

/** A stretch of the day in which one till goes wrong. */
export interface BadSpell { till: Till; from: number; to: number }
/** A stretch of time, ms since opening. */
export interface Stretch { from: number; to: number }
export interface DayPlan {
  events: PlannedEvent[];
  spells: BadSpell[];
  /** When nobody is talked to. */
  idle: Stretch[];
  /** When a coach stops at the door, and how many come with it. */
  crowds: { from: number; people: number }[];
}

/** Visitors an hour, by hour of the shop's clock; outside the list it is quiet. */
const VISITORS_PER_HOUR: Record<number, number> = {
  7: 40, 8: 90, 9: 150, 10: 210, 11: 220, 12: 180, 13: 140, 14: 150, 15: 170, 16: 190, 17: 230, 18: 240, 19: 190, 20: 120, 21: 60, 22: 30,
};
const QUIET_PER_HOUR = 15;

/** Rate of arrivals in an hour of the day. */
export const visitorsPerHour = (hour: number): number => VISITORS_PER_HOUR[((hour % 24) + 24) % 24] ?? QUIET_PER_HOUR;
const MOST_PER_HOUR = Math.max(...Object.values(VISITORS_PER_HOUR));

/** Shares: of visitors who buy, of buyers who press at the till, of visitors who press at a terminal. */
export const SHARES = { buys: 0.6, presses: 0.08, reception: 0.02, hall: 0.025, negative: 0.12, negativeInSpell: 0.65, pressesInSpell: 0.16 } as const;

/** Ratings on the scale of four faces that the kiosk has. */
const SCALE = 4;
const FACTORS = ['Долго ждать', 'Обслуживание', 'Цена', 'Другое'];
const MESSAGES = [
  'Стою уже двадцать минут, работает одна касса.', 'Не объяснили, куда идти с направлением.', 'В зале душно, попить нечего.',
  'Приём задержали на полчаса.', 'Терминал не принял карту со второго раза.', 'Цена в чеке не та, что на сайте.',
];
const PHOTO_MESSAGES = ['У кулера лужа, можно упасть.', 'Пол мокрый, таблички не видно.'];
/** Numbers and addresses that nobody has. */
const CONTACTS = ['+7 900 000-00-00', '+7 900 000-00-01', 'posetitel@example.org'];
const LOST_REASONS = ['Долго ждать', 'Нет нужного врача', 'Дорого', 'Зашёл узнать'];

/**
 * The plan of one shop day: a pure function of its arguments. Visitors come as a Poisson process whose rate follows the
 * hour of day, by thinning (Lewis and Shedler, 1979). `openHour` is the shop's clock at opening, `lengthMs` how long it is
 * open. Events are sorted by time.
 */
export function planDay(seed: number, dayKey: string, openHour: number, lengthMs: number): DayPlan {
  const spells = planSpells(seeded(seed, dayKey, 'spells'), lengthMs);
  const idle = planStretches(seeded(seed, dayKey, 'idle'), lengthMs, 15, 30);
  const crowds = planStretches(seeded(seed, dayKey, 'crowds'), lengthMs, 4, 6).map(({ from, to }) => ({ from, to, people: 45 }));
  const arrivals = planArrivals(seeded(seed, dayKey, 'arrivals'), openHour, lengthMs);
  const events: PlannedEvent[] = [];
  const departures: number[] = [];
  arrivals.forEach((arrival, index) => {
    const visit = planVisit(seeded(seed, dayKey, 'visit', index), `v${index}`, arrival, spells);
    events.push(...visit.events);
    departures.push(visit.leaves);
  });
  for (const [n, crowd] of crowds.entries()) {
    const random = seeded(seed, dayKey, 'crowd', n);
    for (let i = 0; i < crowd.people; i++) {
      const arrival = random.whole(crowd.from, crowd.to);
      arrivals.push(arrival);
      departures.push(arrival + random.whole(10, 20) * MINUTE);
    }
  }
  events.push(...countTraffic(arrivals, departures, lengthMs), ...praise(seeded(seed, dayKey, 'praise'), lengthMs));
  const kept = events.filter(({ offset, type }) => offset < lengthMs && !(type === 'consultation.counted' && idle.some(({ from, to }) => offset >= from && offset < to)));
  return { events: kept.sort((a, b) => a.offset - b.offset || (a.key < b.key ? -1 : 1)), spells, idle, crowds };
}

/** One stretch in the first half of the day and one in the second. */
function planStretches(random: Random, lengthMs: number, leastMinutes: number, mostMinutes: number): Stretch[] {
  return [0.08, 0.55].map((share) => {
    const from = Math.round(lengthMs * (share + random.unit() * 0.3));
    return { from, to: Math.min(lengthMs, from + random.whole(leastMinutes, mostMinutes) * MINUTE) };
  });
}

/** Once a day everybody is pleased with the reception within a few minutes. */
function praise(random: Random, lengthMs: number): PlannedEvent[] {
  const from = Math.round(lengthMs * (0.2 + random.unit() * 0.6));
  return Array.from({ length: 10 }, (_, i) => ({ offset: from + i * random.whole(30, 70) * 1_000, key: `b${i}`, device: 'reception-terminal', type: 'feedback.rated', body: { value: SCALE, scale: SCALE } }));
}

/** One spell in the first half of the day and one in the second, 20 to 40 minutes long. */
function planSpells(random: Random, lengthMs: number): BadSpell[] {
  return [0.1, 0.55].map((share) => {
    const from = Math.round(lengthMs * (share + random.unit() * 0.3));
    return { till: random.pick(TILLS), from, to: Math.min(lengthMs, from + random.whole(20, 40) * MINUTE) };
  });
}

function planArrivals(random: Random, openHour: number, lengthMs: number): number[] {
  const arrivals: number[] = [];
  for (let at = 0; ;) {
    at += (random.exponential() / MOST_PER_HOUR) * HOUR;
    if (at >= lengthMs) return arrivals;
    if (random.unit() * MOST_PER_HOUR < visitorsPerHour(Math.floor(openHour + at / HOUR))) arrivals.push(Math.round(at));
  }
}

function planVisit(random: Random, key: string, arrival: number, spells: readonly BadSpell[]): { events: PlannedEvent[]; leaves: number } {
  const events: PlannedEvent[] = [];
  const stay = Math.round(Math.exp(Math.log(14) + 0.5 * random.normal()) * MINUTE);
  const leaves = arrival + Math.min(90 * MINUTE, Math.max(MINUTE, stay));
  if (random.chance(SHARES.reception)) events.push(...press(random, `${key}r`, arrival + random.whole(1, 4) * MINUTE, 'reception-terminal', SHARES.negative));
  if (random.chance(SHARES.hall)) events.push(...press(random, `${key}h`, arrival + Math.round((leaves - arrival) * 0.6), 'hall-terminal', SHARES.negative));
  if (random.chance(0.12)) events.push({ offset: arrival + 2 * MINUTE, key: `${key}c`, device: 'desk-phone', type: 'consultation.counted', body: {} });
  if (random.chance(SHARES.buys)) events.push(...purchase(random, key, leaves, spells));
  else if (random.chance(0.06)) events.push({ offset: leaves, key: `${key}l`, device: 'desk-phone', type: 'visit.lost', body: { reason: random.pick(LOST_REASONS) } });
  return { events, leaves };
}

/** A receipt, and sometimes a press at the button beside the till some seconds later. */
function purchase(random: Random, key: string, leaves: number, spells: readonly BadSpell[]): PlannedEvent[] {
  const till = random.pick(TILLS);
  const paid = leaves - MINUTE;
  const roubles = Math.round(Math.exp(Math.log(1_800) + 0.7 * random.normal()));
  const total = Math.min(60_000, Math.max(150, roubles)) * 100;
  const events: PlannedEvent[] = [{
    offset: paid, key: `${key}s`, device: till, type: 'sale.recorded', body: { receipt: key, total, currency: 'RUB', items: random.whole(1, 4) },
  }];
  const pressed = paid + random.whole(5, 30) * 1_000;
  const spell = spells.some((one) => one.till === till && pressed >= one.from && pressed < one.to);
  if (random.chance(spell ? SHARES.pressesInSpell : SHARES.presses)) {
    events.push(...press(random, `${key}p`, pressed, till.replace('till', 'button'), spell ? SHARES.negativeInSpell : SHARES.negative));
  }
  return events;
}

function press(random: Random, key: string, offset: number, device: string, negativeShare: number): PlannedEvent[] {
  const negative = random.chance(negativeShare);
  const value = negative ? random.pick([1, 1, 2, 2, 2]) : random.pick([3, 4, 4]);
  // The worst rating goes out at once, without waiting for a factor; its reason comes as a message.
  const factor = value > 1 && random.chance(negative ? 0.5 : 0.1) ? { factor: random.pick(FACTORS) } : {};
  const events: PlannedEvent[] = [{ offset, key, device, type: 'feedback.rated', body: { value, scale: SCALE, ...factor } }];
  if (negative && !('factor' in factor) && random.chance(0.5)) {
    events.push({ offset: offset + random.whole(3, 7) * 1_000, key: `${key}e`, device, type: 'feedback.explained', body: { factor: random.pick(FACTORS) }, about: key });
  }
  if (negative && random.chance(0.3)) events.push(message(random, `${key}m`, offset + random.whole(8, 25) * 1_000, device, key));
  return events;
}

/** Words, sometimes with a voice or a photo, sometimes with how to reach the visitor. */
function message(random: Random, key: string, offset: number, device: string, about: string): PlannedEvent {
  const contact = random.chance(0.3) ? { contact: random.pick(CONTACTS) } : {};
  const attach: Attachment = random.chance(0.25) ? { voice: random.whole(0, 1) } : random.chance(0.12) ? { photo: 0 } : {};
  return { offset, key, device, type: 'feedback.messaged', body: { text: random.pick(attach.photo === undefined ? MESSAGES : PHOTO_MESSAGES), ...contact }, about, attach };
}

/** What the counter at the door says at the end of every minute in which somebody passed. */
function countTraffic(arrivals: readonly number[], departures: readonly number[], lengthMs: number): PlannedEvent[] {
  const minutes = new Map<number, { in: number; out: number }>();
  const count = (at: number, way: 'in' | 'out'): void => {
    const minute = Math.floor(at / MINUTE);
    const entry = minutes.get(minute) ?? { in: 0, out: 0 };
    entry[way]++;
    minutes.set(minute, entry);
  };
  for (const at of arrivals) count(at, 'in');
  for (const at of departures) if (at < lengthMs) count(at, 'out');
  return [...minutes].map(([minute, counts]) => ({
    offset: (minute + 1) * MINUTE - 1, key: `t${minute}`, device: 'door-counter', type: 'traffic.counted', body: { ...counts, seconds: 60 },
  }));
}
