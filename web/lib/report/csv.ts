import type { ResponseReport, ResponseRow } from '../../../contract/reports.ts';

/** Words of a report's table, which are the page's. `p50`, `p90` and `n` make a column's name from what is measured. */
export interface CsvWords {
  section: string; name: string; alerts: string; byPeople: string; expired: string; cleared: string;
  seen: string; claimed: string; resolved: string;
  p50(what: string): string; p90(what: string): string; n(what: string): string;
  caught: string; repeats: string; falseShare: string; share: string; low: string; high: string;
}
export interface NamedRows { title: string; rows: readonly { name: string; row: ResponseRow }[] }
export interface NamedShare { title: string; name: string; value: ResponseReport['caught'] }

const MEASURES = ['seen', 'claimed', 'resolved'] as const;
/** Tells spreadsheets that the file is UTF-8. */
const BOM = '\uFEFF';

/**
 * A report as a table for spreadsheets: RFC 4180 with a byte order mark; times in whole seconds, shares 0..1.
 * @param separator `;` where the comma separates decimals, else `,`.
 */
export function reportCsv(sections: readonly NamedRows[], shares: readonly NamedShare[], words: CsvWords, separator: ',' | ';'): string {
  const number = (value: number | null) => (value === null ? '' : separator === ';' ? String(value).replace('.', ',') : String(value));
  const head = [words.section, words.name, words.alerts, ...MEASURES.flatMap((what) => [words.p50(words[what]), words.p90(words[what]), words.n(words[what])]), words.byPeople, words.expired, words.cleared];
  const lines = sections.flatMap(({ title, rows }) => rows.map(({ name, row }) => [
    title, name, number(row.alerts), ...MEASURES.flatMap((what) => [seconds(row[what].p50), seconds(row[what].p90), number(row[what].n)]), number(row.byPeople), number(row.expired), number(row.cleared),
  ]));
  const shareLines = shares.map(({ title, name, value }) => [title, name, number(value.k), number(value.n), number(rounded(value.share)), number(rounded(value.low)), number(rounded(value.high))]);
  const table = [head, ...lines, [], [words.section, words.name, 'k', 'n', words.share, words.low, words.high], ...shareLines];
  return csvText(table, separator);
}

/** Cells as text that spreadsheets open: RFC 4180 with a byte order mark. */
export const csvText = (table: readonly (readonly string[])[], separator: ',' | ';'): string =>
  BOM + table.map((cells) => cells.map((cell) => quoted(cell, separator)).join(separator)).join('\r\n') + '\r\n';

const seconds = (value: number | null): string => (value === null ? '' : String(Math.round(value)));
const rounded = (share: number | null): number | null => (share === null ? null : Math.round(share * 10_000) / 10_000);

/** A name that begins like a formula would be computed by a spreadsheet (CWE-1236), so it gets an apostrophe. */
function quoted(cell: string, separator: string): string {
  const plain = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return plain.includes(separator) || /["\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
