import { ulid } from 'ulid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkpointsTable } from '../log/tables.ts';
import { temporarySqliteStore } from '../testing/store.ts';
import { sql } from './drizzle.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { StoreUnavailable, type NewEvent, type Transaction } from './store.ts';

let store: SqliteStore;
let dispose: () => Promise<void>;
beforeEach(async () => { ({ store, dispose } = await temporarySqliteStore()); });
afterEach(() => dispose());

const press = (text = ''): NewEvent => ({ id: ulid(), type: 'feedback.messaged', site: 'one', at: 1_000, device: 'button', touchpoint: null, skew: 0, body: JSON.stringify({ text }) });
/** More than the database may still hold. */
const tooMuch = (): NewEvent => press('x'.repeat(600_000));

/** Gives the database no page more than it has, as a full disk does, or as many as it likes. */
const setRoom = (room: 'none' | 'any'): Promise<void> => store.transaction(async ({ db }) => {
  const [pages] = await db.all<[number]>(sql`PRAGMA page_count`);
  await db.all(sql.raw(`PRAGMA max_page_count = ${room === 'none' ? pages![0] : 1_000_000}`));
});

const asRefusal = (error: unknown): StoreUnavailable | undefined => [error, (error as Error).cause].find((one) => one instanceof StoreUnavailable);

it('refuses what has no room with storage_full, and takes it later at the same offset', async () => {
  expect(await store.append([press()])).toEqual([1]);
  await setRoom('none');
  const events = [press(), tooMuch()];
  expect(asRefusal(await store.append(events).catch((error: unknown) => error))?.code).toBe('storage_full');
  await setRoom('any');
  expect(await store.append(events)).toEqual([2, 3]);
});

it.each([
  ['rows', (tx: Transaction) => tx.db.insert(store.use(checkpointsTable)).values({ reactor: 'after', site: 'one', epoch: 'e', offset: 1 })],
  ['events', (tx: Transaction) => tx.append([press()])],
])('commits nothing of a transaction that had no room, whatever it goes on to write: %s', async (_, goOn) => {
  await store.append([press()]);
  await setRoom('none');
  const seen: unknown[] = [];
  const outcome = store.transaction(async (tx) => {
    await tx.db.insert(store.use(checkpointsTable)).values({ reactor: 'before', site: 'one', epoch: 'e', offset: 1 });
    // The database undoes all of it here, not this statement alone.
    await tx.append([tooMuch()]).catch((error: unknown) => { seen.push(asRefusal(error)?.code); });
    await goOn(tx);
  });
  await expect(outcome).rejects.toThrow();
  expect(seen).toEqual(['storage_full']);
  await setRoom('any');
  expect(await store.read((db) => db.select().from(store.use(checkpointsTable)))).toEqual([]);
  expect(await store.append([press()])).toEqual([2]);
});
