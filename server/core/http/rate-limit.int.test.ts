import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryStore } from '../testing/store.ts';
import { rateLimit } from './rate-limit.ts';
import { rateLimitsTable } from './tables.ts';

const MINUTE = 60_000;
let opened: Awaited<ReturnType<typeof temporaryStore>>;
beforeAll(async () => { opened = await temporaryStore(); });
afterAll(() => opened.dispose());

let names = 0;
const newName = (): string => `limit-${names++}`;

it('allows so many calls a key in each window, and says how long to wait', async () => {
  let now = 1_790_000_000_000;
  const limit = rateLimit(opened.store, newName(), 2, MINUTE, () => now);
  const take = async (...keys: string[]): Promise<number[]> => {
    const answers = [];
    for (const key of keys) answers.push(await limit.take(key));
    return answers;
  };
  expect(await take('a', 'a', 'a', 'b')).toEqual([0, 0, 60, 0]);
  now += 59_500;
  expect(await take('a')).toEqual([1]);
  now += 500;
  expect(await take('a', 'a', 'a')).toEqual([0, 0, 60]);
});

it('counts the calls of all hubs together, also when they come at once', async () => {
  const name = newName();
  const hubs = Array.from({ length: 4 }, () => rateLimit(opened.store, name, 10, MINUTE, () => 5_000));
  const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => hubs[i % hubs.length]!.take('one address')));
  expect(answers.filter((wait) => wait === 0)).toHaveLength(10);
  expect(new Set(answers.filter((wait) => wait > 0))).toEqual(new Set([60]));
});

it('keeps limits of different names apart', async () => {
  const [one, two] = [newName(), newName()].map((name) => rateLimit(opened.store, name, 1, MINUTE, () => 0));
  expect([await one!.take('a'), await two!.take('a'), await one!.take('a')]).toEqual([0, 0, 60]);
});

it('keeps no address in clear and writes nothing for calls that it refuses', async () => {
  const limit = rateLimit(opened.store, newName(), 1, MINUTE, () => 0);
  await limit.take('203.0.113.77');
  const rows = () => opened.store.read((db) => db.select().from(opened.store.use(rateLimitsTable)));
  const before = await rows();
  expect(JSON.stringify(before)).not.toContain('203.0.113.77');
  for (let i = 0; i < 5; i++) await limit.take('203.0.113.77');
  expect(await rows()).toEqual(before);
});

it('does not wait for a time that a wrong clock wrote', async () => {
  const name = newName();
  await rateLimit(opened.store, name, 1, MINUTE, () => 4_000_000_000_000).take('a');
  expect(await rateLimit(opened.store, name, 1, MINUTE, () => 1_790_000_000_000).take('a')).toBe(0);
});

it('forgets rows that limit nobody any more', async () => {
  let now = 1_790_000_000_000;
  const limit = rateLimit(opened.store, newName(), 1, MINUTE, () => now);
  const count = async (): Promise<number> => (await opened.store.read((db) => db.select().from(opened.store.use(rateLimitsTable)))).length;
  const before = await count();
  for (let i = 0; i < 5; i++) await limit.take(`address ${i}`);
  expect(await count()).toBe(before + 5);
  now += 25 * 3600_000;
  await limit.take('another');
  expect(await count()).toBeLessThan(before + 5);
  expect(await limit.take('another')).toBeGreaterThan(0);
});
