/**
 * Pairs rows with columns at the least sum of costs (Hungarian method with potentials, shortest augmenting paths:
 * H. W. Kuhn 1955, R. Jonker and A. Volgenant 1987). Every row gets a column, so there must be as many columns as rows
 * at least. @returns each row's column.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (columns < rows) throw new RangeError(`${rows} rows do not fit into ${columns} columns`);
  const potentials: Potentials = { row: new Array<number>(rows + 1).fill(0), column: new Array<number>(columns + 1).fill(0) };
  /** The row (from 1 on) of each column; column 0 holds the row that is being placed. */
  const taken = new Array<number>(columns + 1).fill(0);
  for (let row = 1; row <= rows; row++) {
    taken[0] = row;
    augment(costs, potentials, taken);
  }
  const result = new Array<number>(rows).fill(-1);
  for (let column = 1; column <= columns; column++) if (taken[column]! > 0) result[taken[column]! - 1] = column - 1;
  return result;
}

interface Potentials { row: number[]; column: number[] }

/** Finds a place for the row in column 0, moving others where that is cheaper. */
function augment(costs: readonly (readonly number[])[], { row: u, column: v }: Potentials, taken: number[]): void {
  const columns = taken.length - 1;
  const least = new Array<number>(columns + 1).fill(Infinity);
  const from = new Array<number>(columns + 1).fill(0);
  const visited = new Array<boolean>(columns + 1).fill(false);
  let column = 0;
  do {
    visited[column] = true;
    const row = taken[column]!;
    let step = Infinity;
    let next = 0;
    for (let j = 1; j <= columns; j++) {
      if (visited[j]) continue;
      const reduced = costs[row - 1]![j - 1]! - u[row]! - v[j]!;
      if (reduced < least[j]!) { least[j] = reduced; from[j] = column; }
      if (least[j]! < step) { step = least[j]!; next = j; }
    }
    for (let j = 0; j <= columns; j++) {
      if (visited[j]) { u[taken[j]!] = u[taken[j]!]! + step; v[j] = v[j]! - step; } else least[j] = least[j]! - step;
    }
    column = next;
  } while (taken[column] !== 0);
  while (column !== 0) { taken[column] = taken[from[column]!]!; column = from[column]!; }
}
