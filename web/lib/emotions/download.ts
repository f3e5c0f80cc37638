import type { Attention, DayHours, Estimate, Journey, Portrait, Together } from '../../../contract/portraits.ts';
import { roleWord } from '../cameras/words.ts';
import { formatMoment } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { csvText } from '../report/csv.ts';
import { columnsOf } from './portrait-columns.ts';
import { rowName, WITH_WORDS } from './words.ts';

/** Reports as tables for spreadsheets, in the words of the page. Shares are 0..1, moods −1..1; what is not known is empty. */

type Cell = string | number | null;
const DIGITS = 4;
const three = (what: string): string[] => [what, m.emo_low({ what }), m.emo_high({ what })];
const values = ({ value, low, high }: Estimate): Cell[] => [value, low, high];

export function portraitTable(portrait: Portrait, locale: string): Cell[][] {
  const columns = columnsOf(portrait, locale);
  return [
    [m.emo_name(), m.emo_people_title(), m.emo_minutes(), ...columns.flatMap(({ title }) => three(title)), m.emo_samples(), m.emo_utilisation()],
    ...[...portrait.rows.map((row) => ({ row, name: rowName(row) })), { row: portrait.total, name: m.emo_total() }].map(({ row, name }): Cell[] => [name, row.people, row.minutes, ...columns.flatMap(({ of }) => values(of(row))), row.samples, row.utilisation]),
  ];
}
export const journeyTable = ({ hours, difference }: Journey, timezone: string, locale: string): Cell[][] => [
  [m.emo_hour(), m.emo_entrance(), m.emo_people_title(), m.emo_exit(), m.emo_people_title(), ...three(m.emo_difference())],
  ...hours.map((one): Cell[] => [formatMoment(one.hour, timezone, locale), one.entrance.value, one.entrancePeople, one.exit.value, one.exitPeople, one.difference]),
  [m.emo_total(), null, null, null, null, ...values(difference)],
];
export const attentionTable = ({ rows }: Attention): Cell[][] => [
  [m.emo_attention_place(), m.cam_area_role(), m.emo_people_title(), ...three(m.emo_attention_turned()), ...three(m.emo_attention_seconds())],
  ...rows.map((row): Cell[] => [row.name, row.role && roleWord(row.role), row.people, ...values(row.turned), ...values(row.seconds)]),
];
export const togetherTable = ({ rows }: Together): Cell[][] => [
  [m.emo_with(), m.emo_with_n(), ...three(m.emo_with_same()), ...three(m.emo_with_later())],
  ...rows.map((row): Cell[] => [WITH_WORDS[row.with](), row.n, ...values(row.same), ...values(row.later)]),
];
export const hoursTable = ({ hours }: DayHours): Cell[][] => [
  [m.emo_hour(), m.emo_people_title(), ...three(m.emo_mood()), ...three(m.emo_smile()), ...three(m.emo_negative())],
  ...hours.map((one): Cell[] => [`${one.hour}:00`, one.people, ...values(one.mood), ...values(one.smile), ...values(one.negative)]),
];

/** Hands a table to the person as a file. */
export function download(name: string, table: readonly Cell[][], from: number, locale: string): void {
  const text = (cell: Cell): string => {
    if (typeof cell !== 'number') return cell ?? '';
    const number = String(Math.round(cell * 10 ** DIGITS) / 10 ** DIGITS);
    return locale === 'ru' ? number.replace('.', ',') : number;
  };
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csvText(table.map((cells) => cells.map(text)), locale === 'ru' ? ';' : ',')], { type: 'text/csv;charset=utf-8' }));
  link.download = `${m.emo_file()}-${name}-${new Date(from).toISOString().slice(0, 10)}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
