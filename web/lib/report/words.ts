import type { Percentiles, ResponseReport, ResponseRow } from '../../../contract/reports.ts';
import { formatAge, formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { kindWord } from '../words.ts';
import type { CsvWords } from './csv.ts';

/** Below this a share or a ninetieth percentile says nothing. */
export const FEW = 5;
export type Share = ResponseReport['caught'];

/** Seconds as `m:ss`; a dash where there is nothing. */
export const secondsInWords = (seconds: number | null): string => (seconds === null ? '–' : formatAge(seconds * 1000));

/** `0:41 / 1:58`; only the median while there are few. */
export function percentilesInWords({ n, p50, p90 }: Percentiles): string {
  if (n === 0 || p50 === null) return '–';
  return n < FEW ? secondsInWords(p50) : `${secondsInWords(p50)} / ${secondsInWords(p90)}`;
}

/** The share's number, or that there is not enough data for one. */
export function shareInWords({ n, share }: Share, locale: string): string {
  return n < FEW || share === null ? m.report_few() : formatShare(share, locale);
}

/** What stands under a share: `7 of 9 · 45% to 94%`. */
export function shareDetail({ k, n, low, high }: Share, locale: string): string {
  const counted = m.report_k_of_n({ k, n });
  return n < FEW || low === null || high === null ? counted : `${counted} · ${m.report_interval({ low: formatShare(low, locale), high: formatShare(high, locale) })}`;
}

export type Section = 'shift' | 'zone' | 'kind' | 'person';
export const SECTION_WORDS: Record<Section, { title: () => string; column: () => string; none: () => string }> = {
  shift: { title: m.report_by_shift, column: m.report_col_shift, none: m.report_no_shift },
  zone: { title: m.report_by_zone, column: m.report_col_zone, none: m.report_no_zone },
  kind: { title: m.report_by_kind, column: m.report_col_kind, none: m.kind_unknown },
  person: { title: m.report_by_person, column: m.report_col_person, none: m.report_nobody },
};

/** What a row is about: a kind has its word, a zone the site's name for it, people and shifts their own. */
export function rowName(section: Section, { key, name }: ResponseRow, zones: ReadonlyMap<string, string>): string {
  const words = SECTION_WORDS[section];
  if (key === null) return words.none();
  if (section === 'kind') return kindWord(key);
  return name ?? zones.get(key) ?? words.none();
}

export function csvWords(): CsvWords {
  return {
    section: m.report_section(), name: m.report_name(), alerts: m.report_col_alerts(), byPeople: m.report_col_people(), expired: m.report_col_expired(), cleared: m.report_col_cleared(),
    seen: m.report_col_seen(), claimed: m.report_col_claimed(), resolved: m.report_col_resolved(),
    p50: (name) => m.report_csv_p50({ name }), p90: (name) => m.report_csv_p90({ name }), n: (name) => m.report_csv_n({ name }),
    caught: m.report_caught(), repeats: m.report_repeats(), falseShare: m.report_col_false(), share: m.report_csv_share(), low: m.report_csv_low(), high: m.report_csv_high(),
  };
}
