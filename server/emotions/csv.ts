import type { Attention, DayHours, Estimate, Journey, MoodNow, Portrait, PortraitRow, Together } from '../../contract/index.ts';
import { csvOf, type Cell } from '../core/csv.ts';

const three = (name: string): string[] => [name, `${name} low`, `${name} high`];
const cells = (estimate: Estimate | null): Cell[] => (estimate === null ? [null, null, null] : [estimate.value, estimate.low, estimate.high]);
/** Percent, to a tenth: what nobody would read further. */
const percents = (estimate: Estimate | null): Cell[] => cells(estimate).map((value) => (typeof value === 'number' ? Math.round(value * 1000) / 10 : value));
const AGES = ['<20', '20-30', '30-40', '40-50', '50+'];
const LEFT = ['Small', 'Blurred', 'Turned', 'Cut', 'Still'];

function portraitLine(kind: string, row: PortraitRow): Cell[] {
  const { left } = row;
  return [
    kind, row.id, row.name, row.staff === true, row.enough, row.people, row.minutes, ...cells(row.smile), ...percents(row.male), ...percents(row.female),
    ...(row.ages ?? Array.from(AGES, () => null)).flatMap((age) => percents(age)),
    ...[row.happy, row.surprise, row.angry, row.disgust, row.sad, row.neutral, row.negative, row.mood].flatMap(cells), row.samples, row.utilisation,
    ...(left ? [left.small, left.blurred, left.turned, left.cut, left.still] : LEFT.map(() => null)),
  ];
}

/** The portrait ME-1 under the names that the field gives its columns. `People` is the n of every estimate in its row; shares are 0..1, columns with % are percent. */
export function portraitCsv({ rows, total, smileAbove }: Portrait): string {
  const head = [
    'Row', 'Id', 'Name', 'Staff', 'Enough', 'People', 'Minutes', ...three(`Smile-Index [${smileAbove ?? 'varied'}]`), ...three('Male %'), ...three('Female %'), ...AGES.flatMap((age) => three(`${age} %`)),
    ...['Happiness', 'Surprise', 'Anger', 'Disgust', 'Sadness', 'Neutral', 'Negative', 'Mood'].flatMap(three), 'Samples', 'Utilisation', ...LEFT.map((name) => `Not read: ${name}`),
  ];
  return csvOf(head, [...rows.map((row) => portraitLine('stream', row)), portraitLine('total', total)]);
}

const time = (at: number): string => new Date(at).toISOString();

export function journeyCsv({ hours, difference, pairs }: Journey): string {
  return csvOf(['Row', 'Hour', 'Entrance people', ...three('Entrance mood'), 'Exit people', ...three('Exit mood'), ...three('Difference'), 'Pairs'], [
    ...hours.map((one) => ['hour', time(one.hour), one.entrancePeople, ...cells(one.entrance), one.exitPeople, ...cells(one.exit), one.difference, null, null, null]),
    ['mean', null, null, null, null, null, null, null, null, null, ...cells(difference), pairs],
  ]);
}
export const attentionCsv = ({ rows }: Attention): string =>
  csvOf(['Id', 'Name', 'Role', 'Enough', 'People', ...three('Turned'), ...three('Seconds')], rows.map((row) => [row.id, row.name, row.role, row.enough, row.people, ...cells(row.turned), ...cells(row.seconds)]));
export const togetherCsv = ({ rows }: Together): string =>
  csvOf(['With', 'Hours', ...three('Same hour'), ...three('An hour later')], rows.map((row) => [row.with, row.n, ...cells(row.same), ...cells(row.later)]));
export const dayHoursCsv = ({ hours, worst }: DayHours): string =>
  csvOf(['Hour', 'Enough', 'People', ...three('Mood'), ...three('Smile-Index'), ...three('Negative'), 'Worst'], hours.map((one) => [one.hour, one.enough, one.people, ...cells(one.mood), ...cells(one.smile), ...cells(one.negative), one.hour === worst]));
export const nowCsv = ({ at, whole, places }: MoodNow): string => csvOf(['Row', 'At', 'Touchpoint', 'Zone', 'Enough', 'People', ...three('Mood'), ...three('Smile-Index')], [
  ...places.map((place) => ['place', time(at), place.touchpoint, place.zone, place.enough, place.people, ...cells(place.mood), ...cells(place.smile)]),
  ['whole', time(at), null, null, whole.mood.value !== null, whole.people, ...cells(whole.mood), ...cells(whole.smile)],
]);
