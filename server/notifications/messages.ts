import type { Alert, AlertKind, Locale, PushPayload } from '../../contract/index.ts';
import { quoteOf } from './rules.ts';
import { kindTitle, TEXTS, type Reason } from './texts.ts';

/** What is said to a person, ready for any channel: plain text, one line each. */
export interface Message {
  title: string;
  body: string;
  /** Path in the console, with a slash at the beginning. */
  path: string;
  severity: string;
  /** Notices with the same tag replace each other on a screen. */
  tag: string;
  alert: string | null;
  /** Whether somebody can take it by a button. */
  claimable: boolean;
}

const TITLE_MOST = 120;
const BODY_MOST = 400;

/** On one line, without control characters, at most so many characters. */
function oneLine(text: string, most: number): string {
  const characters = [...text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}

const minutesSince = (since: number, now: number): number => Math.max(0, Math.floor((now - since) / 60_000));

interface Place { name: string | null; site: string }

/** What an alert says to somebody who does not look at it: what and where, then why, in words and numbers, and since when. */
export function alertMessage(alert: Alert, place: Place, reason: Reason, locale: Locale, now: number): Message {
  const texts = TEXTS[locale];
  const quote = quoteOf(alert.message?.text);
  const facts = alert.facts && texts.facts[alert.kind as AlertKind]?.(Object.fromEntries(Object.entries(alert.facts).filter(([, value]) => value !== null)));
  const parts = [
    reason === 'opened' ? null : texts.reasons[reason],
    facts ?? (alert.rating ? texts.rating(alert.rating.value, alert.rating.scale) : null),
    quoteOf(alert.rating?.factor),
    quote === null ? null : texts.quote(quote),
    alert.message?.voice ? texts.voice : null,
    alert.message?.photo ? texts.photo : null,
    alert.count > 1 ? texts.times(alert.count) : null,
    texts.age(minutesSince(alert.since, now)),
    place.name === null ? null : place.site,
  ].filter((part) => part !== null);
  const body = oneLine(parts.join(' · '), BODY_MOST);
  return {
    title: oneLine(`${kindTitle(locale, alert.kind)}: ${place.name ?? place.site}`, TITLE_MOST), body: body.charAt(0).toLocaleUpperCase(locale) + body.slice(1),
    path: `/floor?site=${encodeURIComponent(alert.site)}&alert=${encodeURIComponent(alert.id)}`, severity: alert.severity, tag: alert.id, alert: alert.id, claimable: true,
  };
}

/** Several alerts that were held back, in one notice. */
export function summaryMessage(count: number, site: { id: string; name: string }, locale: Locale): Message {
  const { title, body } = TEXTS[locale].more(count, site.name);
  return { title: oneLine(title, TITLE_MOST), body: oneLine(body, BODY_MOST), path: `/floor?site=${encodeURIComponent(site.id)}`, severity: 'medium', tag: `floor-${site.id}`, alert: null, claimable: false };
}

export function testMessage(locale: Locale): Message {
  return { ...TEXTS[locale].test, path: '/floor', severity: 'low', tag: 'test', alert: null, claimable: false };
}

/** What the service worker is given. */
export function pushPayload(message: Message, receipt: string, locale: Locale): PushPayload {
  const { title, body, path: url, severity, tag, alert, claimable } = message;
  const texts = TEXTS[locale];
  const open = { action: 'open' as const, title: texts.open };
  return { receipt, tag, title, body, url, severity, alert, actions: claimable ? [{ action: 'claim', title: texts.claim }, open] : [open] };
}

/** The address of a page for a mail or a message; none where nobody said how people reach the hub. */
export const linkOf = (publicUrl: string | null, message: Message): string | null => publicUrl && publicUrl + message.path;

/** The text of a messenger's message. */
export const plainText = (message: Message, link: string | null): string => [message.title, message.body, link].filter((line) => line !== null && line !== '').join('\n');

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character]!);

/** A mail in both forms; whatever people wrote stands in it as text. */
export function mailOf(message: Message, link: string | null, locale: Locale): { subject: string; text: string; html: string } {
  const { open, why } = TEXTS[locale];
  const button = link === null ? '' : `<p><a href="${escapeHtml(link)}">${escapeHtml(open)}</a></p>`;
  return {
    subject: message.title,
    text: `${message.title}\n\n${message.body}\n${link === null ? '' : `\n${link}\n`}\n${why}\n`,
    html: `<!doctype html><html lang="${locale}"><body><h2>${escapeHtml(message.title)}</h2><p>${escapeHtml(message.body)}</p>${button}<p><small>${escapeHtml(why)}</small></p></body></html>`,
  };
}

/** What programs are told of an alert: nothing that leads to the visitor, and at most a quote of their words. */
export function webhookBody(input: { delivery: string; event: string; at: number; alert: Alert; place: Place; quiet: boolean; publicUrl: string | null }): string {
  const { delivery, event, at, alert, place, quiet, publicUrl } = input;
  const { id, site, kind, severity, state, rule, touchpoint, zone, device, since, openedAt, count, rating, facts, tone, actBy, owner, step, resolvedAt, cause, outcome } = alert;
  return JSON.stringify({
    delivery, event, at, quiet, site: { id: site, name: place.site },
    alert: {
      id, kind, severity, state, tone, rule, place: place.name, touchpoint, zone, device, since, openedAt, actBy, count, step,
      rating: rating && { value: rating.value, scale: rating.scale, factor: quoteOf(rating.factor) }, facts, quote: quoteOf(alert.message?.text), voice: alert.message?.voice !== null && alert.message?.voice !== undefined,
      owner: owner?.name ?? null, resolvedAt, cause, outcome,
    },
    url: publicUrl && `${publicUrl}/floor?site=${encodeURIComponent(site)}&alert=${encodeURIComponent(id)}`,
  });
}
