import { expect, it } from 'vitest';
import { QUARTER } from './blocks.ts';
import { readMaterial } from './material.ts';
import type { Cell, EmotionsRepository } from './repository.ts';
import { emptySums, packed, SUMS_WIDTH, unpacked } from './sums.ts';

const DAY = 24 * 3600_000;

it('serves others while a long report is read, also from a store that answers at once', async () => {
  const repository = { names: async () => new Map(), people: async () => [], cells: async () => [] as Cell[] } as unknown as EmotionsRepository;
  const store = { read: <T>(work: (db: never) => Promise<T>) => work(undefined as never) };
  let served = 0;
  let reading = true;
  const serve = (): void => { served += 1; if (reading) setImmediate(serve); };
  setImmediate(serve);
  await readMaterial(store as never, repository, 'shop', 0, 92 * DAY, 100 * DAY);
  reading = false;
  // Twice a day at least.
  expect(served).toBeGreaterThanOrEqual(2 * 92);
});

it('asks for every quarter of a period once', async () => {
  const asked: number[] = [];
  const cells = async (_db: unknown, _site: string, from: number, to: number): Promise<Cell[]> => { for (let quarter = from; quarter < to; quarter++) asked.push(quarter); return []; };
  const repository = { names: async () => new Map(), people: async () => [], cells } as unknown as EmotionsRepository;
  await readMaterial({ read: (work: (db: never) => unknown) => work(undefined as never) } as never, repository, 'shop', 5 * DAY + QUARTER, 9 * DAY - 1, 100 * DAY);
  expect(asked).toEqual(Array.from({ length: 4 * 96 - 1 }, (_, i) => 5 * 96 + 1 + i));
});

it('cells are stored and read back as they were; what was stored narrower is filled with zeros', () => {
  const sums = { ...emptySums(), values: Array.from({ length: SUMS_WIDTH }, (_, i) => i * 1e9), minutes: 0x7f, smileLow: 50_000, smileHigh: 60_000 };
  expect(unpacked(packed(sums))).toEqual(sums);
  expect(unpacked('[3,1,2,7]')).toEqual({ minutes: 3, smileLow: 1, smileHigh: 2, values: [7, ...new Array<number>(SUMS_WIDTH - 1).fill(0)] });
  expect(unpacked('[]')).toEqual(emptySums());
});
