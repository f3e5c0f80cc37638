/**
 * Pairs rows with columns so that as many as possible are paired and, among those, the sum of costs is least: the
 * Hungarian method with potentials (Kuhn 1955; Munkres 1957), O(rows² · columns).
 * @param costs finite and ≥ 0, or Infinity where a pair is out of the question. All rows equally long.
 * @returns for each row its column, or −1.
 */
export function assign(costs: readonly (readonly number[])[]): number[] {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return costs.map(() => -1);
  if (rows > columns) return transposedAssignment(costs, rows, columns);
  const forbidden = forbiddenCost(costs);
  const rowOf = solve(rows, columns, (row, column) => Math.min(costs[row]![column]!, forbidden));
  const columnOf = new Array<number>(rows).fill(-1);
  rowOf.forEach((row, column) => { if (row >= 0 && costs[row]![column]! < Infinity) columnOf[row] = column; });
  return columnOf;
}

function transposedAssignment(costs: readonly (readonly number[])[], rows: number, columns: number): number[] {
  const turned = Array.from({ length: columns }, (_, column) => costs.map((row) => row[column]!));
  const columnOf = new Array<number>(rows).fill(-1);
  assign(turned).forEach((row, column) => { if (row >= 0) columnOf[row] = column; });
  return columnOf;
}

/** More than all allowed pairs together cost: one pair more is always better than cheaper ones. */
function forbiddenCost(costs: readonly (readonly number[])[]): number {
  let most = 0;
  for (const row of costs) for (const cost of row) if (cost < Infinity && cost > most) most = cost;
  return 1 + (most + 1) * (costs.length + 1);
}

/** For rows ≤ columns: the row of each column, −1 where none. Row and column 0 of the inner arrays are sentinels. */
function solve(rows: number, columns: number, cost: (row: number, column: number) => number): number[] {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const match = new Int32Array(columns + 1);
  const way = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    match[0] = row;
    const least = new Float64Array(columns + 1).fill(Infinity);
    const visited = new Uint8Array(columns + 1);
    let column = 0;
    do {
      visited[column] = 1;
      const current = match[column]!;
      let delta = Infinity;
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (visited[j]) continue;
        const reduced = cost(current - 1, j - 1) - rowPotential[current]! - columnPotential[j]!;
        if (reduced < least[j]!) { least[j] = reduced; way[j] = column; }
        if (least[j]! < delta) { delta = least[j]!; next = j; }
      }
      for (let j = 0; j <= columns; j++) {
        if (visited[j]) { rowPotential[match[j]!]! += delta; columnPotential[j]! -= delta; } else least[j]! -= delta;
      }
      column = next;
    } while (match[column] !== 0);
    for (; column !== 0; column = way[column]!) match[column] = match[way[column]!]!;
  }
  return Array.from({ length: columns }, (_, column) => match[column + 1]! - 1);
}
