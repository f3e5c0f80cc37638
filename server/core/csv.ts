export type Cell = string | number | boolean | null;

/** A cell that begins with one of these would be computed by a spreadsheet (CWE-1236); an apostrophe makes it text. */
const FORMULA = /^[=+\-@\t\r\n]/;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const plain = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** RFC 4180: comma, CRLF, every record as long as its heading. Null is an empty cell. */
export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((cells) => `${Array.from(columns, (_, i) => cellText(cells[i] ?? null)).join(',')}\r\n`).join('');
}
