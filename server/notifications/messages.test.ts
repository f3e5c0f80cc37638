import { describe, expect, it } from 'vitest';
import { ALERT_KINDS, KIND_DEFAULTS, type Alert, type AlertFacts, type AlertKind, type Locale } from '../../contract/index.ts';
import { alertMessage, mailOf, pushPayload, summaryMessage, webhookBody } from './messages.ts';
import { FAILURES, failureText, plural, TEXTS } from './texts.ts';

const NOW = 1_790_000_000_000;
const PLACE = { name: 'Касса 3', site: 'Магазин' };
const alertOf = (more: Partial<Alert> = {}): Alert => ({
  id: '01kaj5v5k0000000000000000a', site: 'shop', kind: 'feedback.negative', severity: 'high', state: 'open', rule: null, touchpoint: 'till-3', zone: null, device: null, since: NOW - 130_000, openedAt: NOW - 130_000,
  count: 1, rating: null, message: null, facts: null, tone: 'visitor', actBy: null, owner: null, claimedAt: null, departedAt: null, seenAt: null, step: 0, snoozedUntil: null, resolvedAt: null, cause: null, outcome: null, note: null, ...more,
});

describe('what an alert says', () => {
  const FACTS: Partial<Record<AlertKind, AlertFacts>> = {
    'feedback.rate': { n: 6, k: 4, baseline: 0.12 }, 'feedback.run': { k: 3, minutes: 12 }, 'feedback.praise': { n: 21 }, 'traffic.crowd': { people: 42 }, 'sales.conversion': { share: 0.18, plan: 0.25 },
    'staff.consultations': { share: 0.1, plan: 0.3 }, 'staff.idle': { minutes: 11.4, people: 5 }, 'device.battery': { percent: 9 },
  };
  const LINES: Record<Locale, Partial<Record<AlertKind, string>>> = {
    ru: {
      'feedback.rate': '4 из 6 плохие, обычно 12 %', 'feedback.run': '3 плохие оценки подряд за 12 мин', 'feedback.praise': '21 хорошая оценка', 'traffic.crowd': 'Внутри 42 человека', 'sales.conversion': 'Покупает 18 %, план 25 %',
      'staff.consultations': 'Консультаций 10 %, план 30 %', 'staff.idle': '11 мин без консультаций, внутри 5 человек', 'device.battery': 'Осталось 9 %',
    },
    en: {
      'feedback.rate': '4 of 6 bad, usually 12%', 'feedback.run': '3 bad ratings in a row within 12 min', 'feedback.praise': '21 good ratings', 'traffic.crowd': '42 people inside', 'sales.conversion': '18% buy, planned 25%',
      'staff.consultations': '10% consulted, planned 30%', 'staff.idle': 'No consultation for 11 min, 5 people inside', 'device.battery': '9% left',
    },
  };
  it.each(ALERT_KINDS)('of %s is what and where, then why, since when and at which site, in both languages', (kind) => {
    for (const locale of ['ru', 'en'] as const) {
      const message = alertMessage(alertOf({ kind, severity: KIND_DEFAULTS[kind].severity, facts: FACTS[kind] ?? null }), PLACE, 'opened', locale, NOW);
      expect(message.title).toBe(`${TEXTS[locale].kinds[kind]}: Касса 3`);
      const line = LINES[locale][kind];
      expect(message.body).toBe([line, locale === 'ru' ? '2 мин назад' : '2 min ago', 'Магазин'].filter(Boolean).join(' · '));
      expect(message.body).not.toMatch(/undefined|NaN|null/);
    }
  });

  it('fits a push message even when everything is as long as it may be', () => {
    const long = 'Ж'.repeat(2000);
    const message = alertMessage(alertOf({ rating: { value: 1, scale: 4, factor: 'Ф'.repeat(80) }, message: { text: long, contact: 'secret@example.org', voice: { file: 'a'.repeat(64), seconds: 9 }, photo: null }, count: 12 }), { name: 'М'.repeat(80), site: 'С'.repeat(80) }, 'escalated', 'ru', NOW);
    expect([...message.title].length).toBeLessThanOrEqual(120);
    expect(Buffer.byteLength(JSON.stringify(pushPayload(message, 'r'.repeat(43), 'ru')))).toBeLessThan(3_800);
    expect(message.body).toMatch(/^Никто не взял · оценка 1 из 4/);
    expect(message.body).toContain('есть голосовое сообщение');
    expect(message.body).toContain('12 раз');
    expect(message.body).not.toContain('secret@');
  });

  it('is one line of text, whatever people wrote', () => {
    const message = alertMessage(alertOf({ message: { text: 'a\r\nSubject: x\u0000\u2028b', contact: null, voice: null, photo: null } }), { name: 'Till\n3', site: 'Shop' }, 'opened', 'en', NOW);
    expect(message.title).toBe('Unhappy visitor: Till 3');
    expect(message.body).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    const { subject, html } = mailOf({ ...message, title: '<b>&"\'' }, 'https://x.example/?a=1&b="', 'en');
    expect(subject).toBe('<b>&"\'');
    expect(html).toContain('<h2>&lt;b&gt;&amp;&quot;&#39;</h2>');
    expect(html).toContain('href="https://x.example/?a=1&amp;b=&quot;"');
  });

  it('is told to programs without what leads to the visitor', () => {
    const text = `${'я'.repeat(60)} 8 921 555 44 33 ${'ю'.repeat(300)}`;
    const body = webhookBody({ delivery: 'd', event: 'alert.opened', at: NOW, quiet: false, publicUrl: null, place: PLACE, alert: alertOf({ message: { text, contact: '+7 999 000-11-22', voice: { file: 'f'.repeat(64), seconds: 3 }, photo: null }, owner: { id: 'u1', name: 'Anna' }, note: 'private note' }) });
    expect(body).not.toMatch(/8 921|000-11|ffff|private note|"u1"/);
    const { alert } = JSON.parse(body) as { alert: { quote: string; owner: string; voice: boolean } };
    expect([...alert.quote].length).toBeLessThanOrEqual(140);
    expect(alert).toMatchObject({ owner: 'Anna', voice: true });
  });
});

describe('words', () => {
  it.each([[1, 'раз'], [2, 'раза'], [5, 'раз'], [11, 'раз'], [21, 'раз'], [22, 'раза'], [112, 'раз'], [104, 'раза']])('after %i', (count, word) => expect(plural(count, 'раз', 'раза', 'раз')).toBe(word));
  it('count what is more', () => {
    expect(summaryMessage(12, { id: 'shop', name: 'Магазин' }, 'ru')).toMatchObject({ title: 'Ещё 12 событий в зале', tag: 'floor-shop', alert: null, claimable: false });
    expect(summaryMessage(1, { id: 'shop', name: 'Shop' }, 'en').title).toBe('1 more event on the floor');
  });
  it('say every failure, also one that this version does not know', () => {
    for (const locale of ['ru', 'en'] as const) {
      for (const failure of FAILURES) expect(failureText(locale, failure)).toBe(TEXTS[locale].failures[failure]);
      expect(failureText(locale, 'refused 403')).toBe(`${TEXTS[locale].failures.refused} (403)`);
      expect(failureText(locale, 'constructor')).toBe(TEXTS[locale].failures.failed);
      expect(failureText(locale, '')).toBe(TEXTS[locale].failures.failed);
    }
  });
});
