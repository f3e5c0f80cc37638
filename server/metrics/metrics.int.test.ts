import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AnyEvent } from '../../contract/index.ts';
import type { LogStore } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createMetrics } from './metrics.ts';
import { DAY, HOUR, hourOf, marksOf, MARKS_MOST } from './rules.ts';
import { measureMinutesTable } from './tables.ts';

const AT = Date.parse('2026-11-02T12:30:00Z');
let store: LogStore;
let dispose: () => Promise<void>;
beforeAll(async () => { ({ store, dispose } = await temporaryStore()); });
afterAll(() => dispose());

const event = (type: string, at: number, body: object, touchpoint: string | null): AnyEvent => ({ offset: 1, id: '01', type, site: 'shop', at, received: at, device: 'd', touchpoint, body }) as AnyEvent;
const rated = (at: number, value: number, touchpoint: string | null = 'till') => event('feedback.rated', at, { value, scale: 5 }, touchpoint);

it('adds pages up, one row for each touchpoint and hour, and keeps no more marks than it should', async () => {
  const metrics = createMetrics(store);
  await store.transaction((tx) => metrics.record(tx, 'adds', Array.from({ length: 3_000 }, (_, i) => rated(AT + i, 1 + (i % 5)))));
  await store.transaction((tx) => metrics.record(tx, 'adds', [...Array.from({ length: 1_000 }, () => rated(AT, 1)), rated(AT, 5, null)]));
  const rows = await store.read((db) => metrics.ratings(db, 'adds', hourOf(AT), hourOf(AT) + 1));
  expect(rows.map(({ touchpoint, lowest, negative, neutral, positive }) => [touchpoint, lowest, negative, neutral, positive])).toEqual([['', 0, 0, 0, 1], ['till', 1_600, 600, 600, 1_200]]);
  expect(marksOf(hourOf(AT), rows[1]!.marks)).toHaveLength(MARKS_MOST);
  expect(await store.read((db) => metrics.ratings(db, 'adds', hourOf(AT) + 1, hourOf(AT) + 2))).toEqual([]);
});

it('counts nothing of a transaction that is rolled back', async () => {
  const metrics = createMetrics(store);
  await expect(store.transaction(async (tx) => { await metrics.record(tx, 'undone', [rated(AT, 1)]); throw new Error('no'); })).rejects.toThrow('no');
  expect(await store.read((db) => metrics.ratings(db, 'undone', 0, hourOf(AT) + 1))).toEqual([]);
});

it('knows what is usual at this hour: the same local hour of 28 days and nothing else', async () => {
  const metrics = createMetrics(store);
  const events = Array.from({ length: 40 }, (_, day) => [rated(AT - day * DAY, 1), rated(AT - day * DAY, 2), rated(AT - day * DAY, 5), rated(AT - day * DAY - HOUR, 1)]).flat();
  // What is usual leaves the hour that is being judged out, and what is older than 28 days.
  await store.transaction((tx) => metrics.record(tx, 'usual', events));
  expect(await store.read((db) => metrics.baseline(db, 'usual', 'till', 'UTC', AT))).toEqual({ n: 84, k: 56 });
  expect(await store.read((db) => metrics.baseline(db, 'usual', 'other', 'UTC', AT))).toEqual({ n: 0, k: 0 });
});

it('keeps measures by the minute and the usual mood of an hour', async () => {
  const metrics = createMetrics(store);
  const windowed = (at: number, faces: number, mood: number) => event('emotion.windowed', at, { camera: 'c', from: at, to: at + 10_000, faces, mood }, 'till');
  await store.transaction((tx) => metrics.record(tx, 'moods', [windowed(AT - DAY, 30, 0.5), windowed(AT - 2 * DAY, 10, -0.5), windowed(AT, 50, -1), event('traffic.counted', AT, { in: 3, out: 1 }, null)]));
  expect((await store.read((db) => metrics.usualMoods(db, 'moods', 'UTC', AT))).get('till')).toEqual({ faces: 40, mood: 0.25 });
  expect(await store.read((db) => metrics.measures(db, 'moods', AT / 60_000, AT / 60_000 + 1))).toMatchObject([{ touchpoint: '', in: 3, out: 1 }, { touchpoint: 'till', faces: 50, mood: -50_000 }]);
});

it('counts people whose time in view ended, and knows minutes in which nobody did', async () => {
  const metrics = createMetrics(store);
  const table = store.use(measureMinutesTable);
  const minute = AT / 60_000;
  // As it was kept before people were counted here.
  await store.transaction(async (tx) => { for (const at of [minute, minute + 1]) await tx.db.insert(table).values({ site: 'people', touchpoint: 'till', minute: at, in: 0, out: 0, receipts: 0, consultations: 0, lost: 0, faces: 9, mood: 900 }); });
  const windowed = (at: number, faces: number, n: number) => event('emotion.windowed', at, { camera: 'c', from: at, to: at + 10_000, faces, mood: faces === 0 ? null : 0.5, visits: { n } }, 'till');
  await store.transaction((tx) => metrics.record(tx, 'people', [windowed(AT, 10, 1), windowed(AT + 10_000, 0, 2), windowed(AT + 120_000, 4, 0)]));
  expect((await store.read((db) => metrics.measures(db, 'people', minute, minute + 3))).map(({ faces, people }) => [faces, people])).toEqual([[19, 3], [9, null], [4, 0]]);
});
