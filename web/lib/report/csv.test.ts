import { describe, expect, it } from 'vitest';
import type { ResponseRow } from '../../../contract/reports.ts';
import { reportCsv, type CsvWords } from './csv.ts';

const WORDS: CsvWords = {
  section: 'Section', name: 'Name', alerts: 'Alerts', byPeople: 'By people', expired: 'Ran out', cleared: 'By itself', seen: 'Seen', claimed: 'Taken', resolved: 'Resolved',
  p50: (what) => `${what} p50`, p90: (what) => `${what} p90`, n: (what) => `${what} n`, caught: 'Caught', repeats: 'Repeats', falseShare: 'False', share: 'share', low: 'low', high: 'high',
};
const row = (values: Partial<ResponseRow> = {}): ResponseRow => ({
  key: 'k', name: null, alerts: 14, seen: { n: 14, p50: 3.4, p90: 9.6 }, claimed: { n: 12, p50: 41, p90: 118 }, resolved: { n: 0, p50: null, p90: null }, byPeople: 9, expired: 2, cleared: 3, ...values,
});
const lines = (text: string) => text.replace(/^\uFEFF/, '').split('\r\n');

describe('the downloaded table', () => {
  it('carries every number with its n; what nobody did is empty, not zero', () => {
    const text = reportCsv([{ title: 'By zone', rows: [{ name: 'Hall', row: row() }] }], [{ title: 'Caught', name: 'Total', value: { k: 7, n: 9, share: 0.77777, low: 0.45, high: 0.937 } }], WORDS, ',');
    expect(text.startsWith('\uFEFF')).toBe(true);
    expect(lines(text)).toEqual([
      'Section,Name,Alerts,Seen p50,Seen p90,Seen n,Taken p50,Taken p90,Taken n,Resolved p50,Resolved p90,Resolved n,By people,Ran out,By itself',
      'By zone,Hall,14,3,10,14,41,118,12,,,0,9,2,3',
      '',
      'Section,Name,k,n,share,low,high',
      'Caught,Total,7,9,0.7778,0.45,0.937',
      '',
    ]);
  });

  it('is read by spreadsheets where the comma separates decimals', () => {
    const text = reportCsv([], [{ title: 'Caught', name: 'Total', value: { k: 1, n: 2, share: 0.5, low: 0.09, high: 0.91 } }], WORDS, ';');
    expect(lines(text).at(-2)).toBe('Caught;Total;1;2;0,5;0,09;0,91');
  });

  it('quotes names, and keeps them from being computed', () => {
    const named = (name: string) => lines(reportCsv([{ title: 'P', rows: [{ name, row: row() }] }], [], WORDS, ','))[1];
    expect(named('Till 3, left "wing"')).toContain('"Till 3, left ""wing""",14');
    expect(named('=HYPERLINK("http://x")')).toContain(`"'=HYPERLINK(""http://x"")",14`);
    for (const start of ['+', '-', '@', '\t']) expect(named(`${start}1`)).toContain(`'${start}1`);
  });
});
