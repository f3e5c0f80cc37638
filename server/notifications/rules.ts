import { createHmac, timingSafeEqual } from 'node:crypto';
import { zoneOffsetMs, PERSON_CHANNELS, RECEIPT_MS, type NotifySettings, type Severity, type WeekTimes } from '../../contract/index.ts';

export type PersonChannel = (typeof PERSON_CHANNELS)[number];

/** Later than this nobody wants to hear of it any more, ms. */
export const TOO_OLD_MS = 10 * 60_000;
export const MOST_ATTEMPTS = 5;
/** Waits after the first, second … failed attempt, ms. */
const BACKOFF_MS = [5_000, 15_000, 45_000, 120_000] as const;
/** Waits are spread by this share either way, so that what failed together does not come back together. */
const JITTER = 0.2;

/** Ms until the next attempt after `attempts` failed ones, or null when there is none; `random` is of [0, 1). */
export function backoffMs(attempts: number, random: number, askedFor: number | null = null): number | null {
  if (attempts >= MOST_ATTEMPTS) return null;
  const base = BACKOFF_MS[Math.min(attempts, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
  return Math.round(Math.max(askedFor ?? 0, base * (1 + JITTER * (2 * random - 1))));
}

/** At most this many notices that are not urgent reach one person within `BURST_MS`, summaries included. */
export const BURST_MOST = 3;
export const BURST_MS = 5 * 60_000;
/** The last free notice of a burst waits this long for company, so that a storm ends in it. */
export const COLLECT_MS = 5_000;
const HOUR = 3_600_000;

/** When a person's next notice may go out, and whether what comes meanwhile is added to it. */
export interface Slot { at: number; collects: boolean }

/**
 * @param times when this person's notices of the last hour went out or are planned, in any order, epoch ms; urgent ones left out
 * @param hourlyCap most notices an hour
 */
export function nextSlot(times: readonly number[], hourlyCap: number, now: number): Slot {
  const sorted = [...times].sort((a, b) => a - b);
  const recent = sorted.filter((at) => at > now - BURST_MS);
  const roomAt = (all: number[], most: number, span: number): number => (all.length < most ? now : all[all.length - most]! + span);
  const at = Math.max(now, roomAt(recent, BURST_MOST, BURST_MS), roomAt(sorted.filter((time) => time > now - HOUR), hourlyCap, HOUR));
  if (at > now) return { at, collects: true };
  return recent.length === BURST_MOST - 1 ? { at: now + COLLECT_MS, collects: true } : { at: now, collects: false };
}

/** Channels of one person in order, of those that are there; the usual order without settings. */
export function channelsFor(order: NotifySettings['order'] | null, there: ReadonlySet<PersonChannel>): PersonChannel[] {
  return ((order ?? PERSON_CHANNELS) as readonly PersonChannel[]).filter((channel) => there.has(channel));
}

/** When the channel of this turn is due if those before it brought no receipt. */
export const dueAt = (from: number, turn: number): number => from + turn * RECEIPT_MS;

/** `urgent` is never held back. */
export const isHeldBack = (severity: Severity, quiet: boolean): boolean => quiet && severity !== 'urgent';

/** Whether the moment lies in these times of the week by the zone's clock. `to` not above `from` goes past midnight. */
export function withinWeek(times: WeekTimes | null, timezone: string, at: number): boolean {
  if (times === null) return false;
  const local = new Date(at + zoneOffsetMs(timezone, at));
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  const day = local.getUTCDay() || 7;
  const before = day === 1 ? 7 : day - 1;
  return times.some(({ days, from, to }) => (to > from
    ? days.includes(day) && minute >= from && minute < to
    : (days.includes(day) && minute >= from) || (days.includes(before) && minute < to)));
}

/** The header that lets a webhook's receiver see who sent a body and when: HMAC-SHA256 over `<t>.<body>`, in hexadecimal. */
export function signature(secret: string, body: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

/** Whether a signature header is right: the receiver's side, as the documentation tells it. `tolerance` in ms. */
export function signatureHolds(secret: string, body: string, header: string, now: number, tolerance = 300_000): boolean {
  const [, at, given] = /^t=(\d{1,15}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (at === undefined || given === undefined || Math.abs(now - Number(at)) > tolerance) return false;
  const expected = signature(secret, body, Number(at)).split('v1=')[1]!;
  return timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}

/** A quote of what a visitor wrote, at most this many characters. */
const QUOTE_MOST = 140;
const CONTACT = /[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+|(?:https?:\/\/|t\.me\/|@)\S+|\+?\d(?:[\s().–-]*\d){6,}/gu;

/** The beginning of a visitor's words, on one line, with what looks like a way to reach them left out. */
export function quoteOf(text: string | null | undefined): string | null {
  const plain = (text ?? '').replaceAll(CONTACT, '…').replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  if (plain === '') return null;
  const characters = [...plain];
  return characters.length <= QUOTE_MOST ? plain : `${characters.slice(0, QUOTE_MOST - 1).join('').trimEnd()}…`;
}

/** Browser and system, as far as a `User-Agent` tells, to tell one's devices apart. */
export function deviceLabel(userAgent: string | undefined): string {
  const agent = userAgent ?? '';
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['YaBrowser/', 'Yandex'], ['SamsungBrowser/', 'Samsung Internet'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => agent.includes(mark!))?.[1];
  const system = [['iPad', 'iPad'], ['iPhone', 'iPhone'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'Mac'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']].find(([mark]) => agent.includes(mark!))?.[1];
  return [browser, system].filter((word) => word !== undefined).join(', ') || 'Browser';
}
