/** One measured number and, where there is one, the figure it is held against. */
export interface Row {
  suite: string;
  what: string;
  value: number;
  unit: string;
  /** The other side of a comparison in the same run. */
  peer?: string;
  ratio?: number;
  target?: string;
  met?: boolean;
}

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2));

/** A table for the terminal. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.suite, row.what, `${round(row.value)} ${row.unit}`, row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} × ${row.peer ?? ''}`, row.target ?? '', row.met === undefined ? '' : row.met ? 'met' : 'NOT MET']);
  const all = [['suite', 'what', 'measured', 'ratio', 'figure to reach', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  return all.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()).join('\n');
}

/** A number with an upper bound. */
export const atMost = (suite: string, what: string, value: number, unit: string, most: number): Row => ({ suite, what, value, unit, target: `≤ ${most} ${unit}`, met: value <= most });
