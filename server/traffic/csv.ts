import { localToUtc } from '../../contract/index.ts';

/** One row of an import that can be counted; `line` counts from 1. */
export interface CountedRow { line: number; device: string | null; touchpoint: string | null; at: number; in: number; out: number }
export interface RefusedRow { line: number; message: string }
export interface ReadRows { rows: CountedRow[]; refused: RefusedRow[] }

const COUNT_MOST = 100_000;
/** Columns that there are, in any order; one of the first two. */
const COLUMNS = ['device', 'touchpoint', 'time', 'in', 'out'] as const;
type Column = (typeof COLUMNS)[number];

/** The table cannot be read at all; the message says what to do. */
export class CsvError extends Error {}

/**
 * Reads counts as a table: a heading with device or touchpoint, time, in and out, then a row for each count. Separated
 * by commas or semicolons, quoted as in RFC 4180. `time` is ISO 8601 with its offset, or a local time of the site
 * (2026-05-04 09:30, seconds allowed).
 * @throws CsvError when there is no such heading.
 */
export function readCounts(text: string, timezone: string): ReadRows {
  const separator = text.slice(0, text.indexOf('\n') + 1 || text.length).includes(';') ? ';' : ',';
  const records = recordsOf(text.replace(/^\uFEFF/, ''), separator);
  const heading = (records.shift()?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const column = (name: Column): number => heading.indexOf(name);
  const unknown = heading.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const missing = (['time', 'in', 'out'] as const).filter((name) => column(name) < 0);
  if (missing.length > 0 || unknown.length > 0 || (column('device') < 0) === (column('touchpoint') < 0) || new Set(heading).size < heading.length) {
    throw new CsvError('the first line must name the columns: device or touchpoint, time, in, out');
  }
  const rows: CountedRow[] = [];
  const refused: RefusedRow[] = [];
  for (const { line, cells } of records) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    const read = cells.length > heading.length ? 'more cells than the heading names' : rowOf((name) => cells[column(name)]?.trim() ?? '', timezone);
    if (typeof read === 'string') refused.push({ line, message: read });
    else rows.push({ line, ...read });
  }
  return { rows, refused };
}

/** @returns what is wrong, when something is. */
function rowOf(cell: (name: Column) => string, timezone: string): Omit<CountedRow, 'line'> | string {
  const device = cell('device');
  const touchpoint = cell('touchpoint');
  if (device === '' && touchpoint === '') return 'name a device or a touchpoint';
  const at = timeOf(cell('time'), timezone);
  if (at === undefined) return `"${cell('time').slice(0, 40)}" is no time; write 2026-05-04T09:30:00Z, or 2026-05-04 09:30 by the site's clocks`;
  const counts = [cell('in'), cell('out')].map((text) => (/^\d{1,6}$/.test(text) ? Number(text) : Number.NaN));
  if (!counts.every((count) => count <= COUNT_MOST)) return `in and out must be whole numbers from 0 to ${COUNT_MOST}`;
  if (counts[0] === 0 && counts[1] === 0) return 'nobody was counted';
  return { device: device === '' ? null : device, touchpoint: touchpoint === '' ? null : touchpoint, at, in: counts[0]!, out: counts[1]! };
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Epoch ms; undefined for what is no time, or none that there is (31 February). */
export function timeOf(text: string, timezone: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(local);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = match[7];
  if (zone === undefined) return localToUtc(timezone, local);
  if (zone === 'Z') return local;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return hours > 14 || minutes > 59 ? undefined : local - (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Records with the line that each begins on; a quoted cell may hold separators, quotes and line breaks. */
function recordsOf(text: string, separator: string): { line: number; cells: string[] }[] {
  const records: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let began = 1;
  const end = (): void => { cells.push(cell); records.push({ line: began, cells }); cells = []; cell = ''; };
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === '\n') line += 1;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') { cell += '"'; i += 1; } else quoted = false;
    } else if (letter === '"' && cell === '') quoted = true;
    else if (letter === separator) { cells.push(cell); cell = ''; } else if (letter === '\n') { end(); began = line; } else if (letter !== '\r') cell += letter;
  }
  if (cell !== '' || cells.length > 0) end();
  return records;
}
