import type { Percentiles, ResponseReport, ResponseRow, ShareWithInterval } from '../../contract/index.ts';
import { csvOf, type Cell } from '../core/csv.ts';

const COLUMNS = [
  'group', 'key', 'name', 'alerts', 'seen_n', 'seen_p50_s', 'seen_p90_s', 'claimed_n', 'claimed_p50_s', 'claimed_p90_s', 'resolved_n', 'resolved_p50_s', 'resolved_p90_s',
  'by_people', 'expired', 'cleared', 'k', 'n', 'share', 'low', 'high', 'noisy',
];
const TIMES = COLUMNS.indexOf('k');

const times = ({ n, p50, p90 }: Percentiles): Cell[] => [n, p50, p90];
const shares = ({ k, n, share, low, high }: ShareWithInterval): Cell[] => [k, n, share, low, high];
const rowLine = (group: string, row: ResponseRow): Cell[] => [group, row.key, row.name, row.alerts, ...times(row.seen), ...times(row.claimed), ...times(row.resolved), row.byPeople, row.expired, row.cleared];
const shareLine = (group: string, key: string | null, name: string | null, share: ShareWithInterval, noisy: boolean | null = null): Cell[] =>
  [group, key, name, ...Array<Cell>(TIMES - 3).fill(null), ...shares(share), noisy];

/**
 * A report as one table: RFC 4180 (comma, CRLF, every record as long as its heading), UTF-8 without a byte order mark.
 * `group` says what a line is about; times are seconds, shares 0..1; what there is nothing to say of is empty.
 */
export function reportCsv(report: ResponseReport): string {
  return csvOf(COLUMNS, [
    rowLine('total', report.total),
    ...report.byShift.map((row) => rowLine('shift', row)), ...report.byZone.map((row) => rowLine('zone', row)),
    ...report.byKind.map((row) => rowLine('kind', row)), ...report.byPerson.map((row) => rowLine('person', row)),
    shareLine('caught', null, null, report.caught), shareLine('repeats', null, null, report.repeats),
    ...report.rules.map(({ rule, name, falseShare, noisy }) => shareLine('rule', rule, name, falseShare, noisy)),
  ]);
}
