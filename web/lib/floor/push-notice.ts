import type { PushPayload } from '../../../contract/notify.ts';

/** What the service worker shows for a push message, in plain data. No catalogue: it must stand on its own. */
export interface Notice {
  title: string;
  options: NotificationOptions & { renotify?: boolean; vibrate?: number[]; actions?: { action: string; title: string }[]; data: NoticeData };
}
/** What a shown notice remembers for when it is tapped. */
export interface NoticeData {
  receipt: string;
  url: string;
  alert: string | null;
  language: 'ru' | 'en';
}

const URGENT_BEAT = [400, 150, 400, 150, 400];
const BEAT = [180, 120, 180];
const MOST_ACTIONS = 2;

/** A push message that this program understands; null for anything else. Only paths of this site are ever opened. */
export function readPush(value: unknown): PushPayload | null {
  const payload = value as Partial<Record<keyof PushPayload, unknown>> | null;
  if (typeof payload !== 'object' || payload === null) return null;
  const { receipt, tag, title, body, url, severity, actions, alert } = payload;
  if (typeof receipt !== 'string' || typeof title !== 'string' || typeof body !== 'string') return null;
  return {
    receipt, title: title.slice(0, 200), body: body.slice(0, 500), tag: typeof tag === 'string' ? tag : receipt, url: pathOf(url), severity: typeof severity === 'string' ? severity : 'medium',
    actions: Array.isArray(actions) ? actions.filter(isAction).slice(0, MOST_ACTIONS) : [], alert: typeof alert === 'string' && alert !== '' ? alert : null,
  };
}

function isAction(value: unknown): value is PushPayload['actions'][number] {
  const action = value as Partial<PushPayload['actions'][number]> | null;
  return (action?.action === 'claim' || action?.action === 'open') && typeof action.title === 'string';
}

function pathOf(url: unknown): string {
  return typeof url === 'string' && /^\/(?![/\\])/.test(url) ? url : '/floor';
}

/** The hub writes to a person in their language; the worker answers in the same. */
export function languageOf(payload: PushPayload): 'ru' | 'en' {
  return /[а-яё]/i.test([payload.title, payload.body, ...payload.actions.map((one) => one.title)].join('')) ? 'ru' : 'en';
}

/** A notice for a push message. Urgent ones stay until somebody does something about them. */
export function noticeOf(payload: PushPayload): Notice {
  const urgent = payload.severity === 'urgent';
  return {
    title: payload.title,
    options: {
      body: payload.body, tag: payload.tag, renotify: true, requireInteraction: urgent, vibrate: urgent ? URGENT_BEAT : BEAT, icon: '/icons/otklik-192.png', badge: '/icons/otklik-192.png',
      actions: payload.alert === null ? payload.actions.filter((one) => one.action === 'open') : payload.actions,
      data: { receipt: payload.receipt, url: payload.url, alert: payload.alert, language: languageOf(payload) },
    },
  };
}

/** One claim for one notice, however often it is tapped: the key is the receipt's. */
export function claimKey(receipt: string): string {
  return `push-${receipt.replaceAll(/[^A-Za-z0-9_-]/g, '').padEnd(3, '0').slice(0, 59)}`;
}

/** What became of a claim from a notice. */
export type ClaimAnswer = { status: number; body: unknown } | 'offline';

/** What to say when a claim from a notice came to nothing; null when it worked. */
export function claimTrouble(answer: ClaimAnswer, language: 'ru' | 'en', clock: (at: number) => string): string | null {
  const words = WORDS[language];
  if (answer === 'offline') return words.offline;
  if (answer.status >= 200 && answer.status < 300) return null;
  if (answer.status === 401 || answer.status === 403) return words.signIn;
  if (answer.status !== 409) return words.failed;
  const { owner, state, claimedAt, resolvedAt } = (answer.body ?? {}) as { owner?: { name?: unknown } | null; state?: unknown; claimedAt?: unknown; resolvedAt?: unknown };
  const name = typeof owner?.name === 'string' ? owner.name : null;
  if (state === 'cleared' || state === 'expired') return words.over;
  if (state === 'resolved' || state === 'unreachable' || state === 'false') return name === null ? words.over : words.ended(name, typeof resolvedAt === 'number' ? clock(resolvedAt) : null);
  return name === null ? words.failed : words.taken(name, typeof claimedAt === 'number' ? clock(claimedAt) : null);
}

const WORDS = {
  ru: {
    offline: 'Нет связи: не взято. Откройте зал.', signIn: 'Сначала войдите. Пока не взято.', failed: 'Не получилось взять. Откройте зал.', over: 'Уже не нужно: закончилось само.',
    taken: (name: string, time: string | null) => (time === null ? `Уже занимается ${name}` : `Взято в ${time} · ${name}`),
    ended: (name: string, time: string | null) => (time === null ? `Уже закончено · ${name}` : `Закончено в ${time} · ${name}`),
  },
  en: {
    offline: 'No connection: not taken. Open the floor.', signIn: 'Sign in first. Not taken yet.', failed: 'It could not be taken. Open the floor.', over: 'No longer needed: it is over.',
    taken: (name: string, time: string | null) => (time === null ? `${name} is on it already` : `${name} took it at ${time}`),
    ended: (name: string, time: string | null) => (time === null ? `${name} has finished it already` : `${name} finished it at ${time}`),
  },
};
