import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createStoredRate } from './shared-rate.ts';

let opened: Awaited<ReturnType<typeof temporaryStore>>;
beforeAll(async () => { opened = await temporaryStore(); });
afterAll(() => opened.dispose());

it('lets no more than the burst through on four hubs together, and all of it but what is too little for a request', async () => {
  const hubs = Array.from({ length: 4 }, () => createStoredRate(opened.store, () => 1_790_000_000_000, 1, 1_000));
  const answers = await Promise.all(Array.from({ length: 600 }, async (_, i) => hubs[i % 4]!.take('button', 5, 0)));
  const allowed = answers.filter((wait) => wait === 0).length;
  expect(allowed).toBeLessThanOrEqual(200);
  // Each hub may be left with four tokens, and so may the bucket.
  expect(allowed).toBeGreaterThanOrEqual((1_000 - 5 * 4) / 5);
  for (const hub of hubs) expect(await hub.take('another button', 5, 0)).toBe(0);
});

it('fills by the clock that hubs share', async () => {
  let now = 1_790_000_000_000;
  const hubs = Array.from({ length: 2 }, () => createStoredRate(opened.store, () => now, 10, 100));
  for (const hub of hubs) expect(await hub.take('till', 50, 0)).toBe(0);
  expect(await hubs[0]!.take('till', 50, 0)).toBe(5);
  now += 5_000;
  expect(await hubs[0]!.take('till', 50, 5_000)).toBe(0);
  expect(await hubs[1]!.take('till', 1, 5_000)).toBe(1);
});

it('does not ask the store for an ordinary request', async () => {
  const rate = createStoredRate(opened.store, systemClock, 200, 5_000);
  expect(await rate.take('phone', 1, 0)).toBe(0);
  let asked = 0;
  const watched = createStoredRate({ ...opened.store, use: opened.store.use.bind(opened.store), shared: true, transaction: (work, scope) => { asked += 1; return opened.store.transaction(work, scope); } }, systemClock, 200, 5_000);
  for (let i = 0; i < 1_000; i++) expect(await watched.take('phone 2', 1, i)).toBe(0);
  expect(asked).toBe(1);
});
