import { wilson, type ShareInterval } from '../../contract/statistics.ts';
import { compareCrossings, totalAccuracy, type TimedCrossing } from './compare.ts';

/** What a person counted: every crossing with its time, or only how many. */
export type Truth = { kind: 'times'; crossings: readonly TimedCrossing[] } | { kind: 'totals'; in: number; out: number };
export interface Audited { frames: number; seconds: number; counted: readonly TimedCrossing[]; truth: Truth | null }

const WAYS = [['in', true], ['out', false]] as const;

/** The report of an audit, as lines for the terminal. */
export function auditLines({ frames, seconds, counted, truth }: Audited): string[] {
  const heading = `${clock(seconds)} of video, ${frames} pictures looked at, ${counted.length} crossings counted`;
  if (truth === null) return [heading, '', ...table([['', 'counted'], ...WAYS.map(([name, inward]) => [name, String(of(counted, inward).length)])]), '', 'To see how exact this is, count the same clip yourself: --truth crossings.csv, or --in and --out.'];
  return [heading, '', ...(truth.kind === 'times' ? timedLines(counted, truth.crossings) : totalLines(counted, truth))];
}

function timedLines(counted: readonly TimedCrossing[], truth: readonly TimedCrossing[]): string[] {
  const row = (name: string, told: readonly TimedCrossing[], real: readonly TimedCrossing[]): string[] => {
    const found = compareCrossings(real, told);
    return [name, String(told.length), String(real.length), String(found.found), String(real.length - found.found), String(told.length - found.found), interval(found.recall), interval(found.precision)];
  };
  const both = compareCrossings(truth, counted);
  const times = (list: readonly number[]): string => (list.length === 0 ? 'none' : `${list.slice(0, 50).map((at) => clock(at / 1000)).join(' ')}${list.length > 50 ? ' …' : ''}`);
  return [
    ...table([['', 'counted', 'true', 'found', 'missed', 'invented', 'recall (95 %)', 'precision (95 %)'], ...WAYS.map(([name, inward]) => row(name, of(counted, inward), of(truth, inward))), row('both', counted, truth)]),
    '', 'A crossing is found when one of the same direction was counted within 3 s of it.', `missed at:   ${times(both.missed)}`, `invented at: ${times(both.invented)}`,
  ];
}

function totalLines(counted: readonly TimedCrossing[], truth: { in: number; out: number }): string[] {
  const row = (name: string, told: number, real: number): string[] => {
    const accuracy = totalAccuracy(told, real);
    const most = Math.max(told, real);
    return [name, String(told), String(real), accuracy === null ? '–' : percent(accuracy), interval(most === 0 ? null : wilson(Math.min(told, real), most))];
  };
  const count = (inward: boolean): number => of(counted, inward).length;
  return [
    ...table([['', 'counted', 'true', 'accuracy', 'agreement at best (95 %)'], row('in', count(true), truth.in), row('out', count(false), truth.out), row('both', counted.length, truth.in + truth.out)]),
    '', 'Accuracy is 1 − |counted − true| / true. Without times, a missed and an invented crossing cancel: --truth shows both.',
  ];
}

const of = (crossings: readonly TimedCrossing[], inward: boolean): TimedCrossing[] => crossings.filter((one) => one.inward === inward);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const interval = (share: ShareInterval | null): string => (share === null ? '–' : `${percent(share.share)} (${(100 * share.low).toFixed(1)}–${(100 * share.high).toFixed(1)})`);

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('   '));
}
