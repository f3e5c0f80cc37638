import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign } from './assign.ts';

const SEED = 20_261_122;

/** Every way of pairing, tried. */
function best(costs: readonly (readonly number[])[], row = 0, taken: ReadonlySet<number> = new Set()): { pairs: number; cost: number } {
  if (row === costs.length) return { pairs: 0, cost: 0 };
  let found = best(costs, row + 1, taken);
  costs[row]!.forEach((cost, column) => {
    if (taken.has(column) || cost === Infinity) return;
    const rest = best(costs, row + 1, new Set([...taken, column]));
    if (rest.pairs + 1 > found.pairs || (rest.pairs + 1 === found.pairs && rest.cost + cost < found.cost)) found = { pairs: rest.pairs + 1, cost: rest.cost + cost };
  });
  return found;
}

describe('assign', () => {
  const cost = fc.oneof({ weight: 3, arbitrary: fc.double({ min: 0, max: 5, noNaN: true }) }, fc.constant(Infinity));
  const costsArb = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) => fc.array(fc.array(cost, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }));

  it(`pairs as many as can be, as cheaply as can be, each once (seed ${SEED})`, () => {
    fc.assert(fc.property(costsArb, (costs) => {
      const columns = assign(costs);
      const pairs = columns.flatMap((column, row) => (column < 0 ? [] : [{ column, cost: costs[row]![column]! }]));
      expect(new Set(pairs.map(({ column }) => column)).size).toBe(pairs.length);
      const wanted = best(costs);
      expect(pairs.length).toBe(wanted.pairs);
      expect(pairs.reduce((sum, pair) => sum + pair.cost, 0)).toBeCloseTo(wanted.cost, 8);
    }), { seed: SEED, numRuns: 500 });
  });

  it('pairs nobody with nobody', () => {
    expect(assign([])).toEqual([]);
    expect(assign([[], []])).toEqual([-1, -1]);
  });
});
