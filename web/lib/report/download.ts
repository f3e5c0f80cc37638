import type { ResponseReport } from '../../../contract/reports.ts';
import { m } from '../paraglide/messages.js';
import { kindWord } from '../words.ts';
import { reportCsv, type NamedRows } from './csv.ts';
import { csvWords, rowName, SECTION_WORDS, type Section } from './words.ts';

/** Hands the report to the person as a file for spreadsheets. */
export function download(report: ResponseReport, zones: ReadonlyMap<string, string>, locale: string): void {
  const words = csvWords();
  const sections: NamedRows[] = ([['shift', report.byShift], ['zone', report.byZone], ['kind', report.byKind], ['person', report.byPerson]] as const)
    .map(([section, rows]: readonly [Section, ResponseReport['byKind']]) => ({ title: SECTION_WORDS[section].title(), rows: rows.map((row) => ({ name: rowName(section, row, zones), row })) }));
  const total: NamedRows = { title: m.report_total(), rows: [{ name: m.report_total(), row: report.total }] };
  const shares = [
    { title: words.caught, name: m.report_total(), value: report.caught },
    { title: words.repeats, name: m.report_total(), value: report.repeats },
    ...report.rules.map(({ name, kind, falseShare }) => ({ title: words.falseShare, name: name ?? kindWord(kind), value: falseShare })),
  ];
  const text = reportCsv([total, ...sections], shares, words, locale === 'ru' ? ';' : ',');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  link.download = `${m.report_file()}-${new Date(report.from).toISOString().slice(0, 10)}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
