import { eq } from './drizzle.ts';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogEvent } from '../log/event.ts';
import { checkpointsTable } from '../log/tables.ts';
import { temporaryStore } from '../testing/store.ts';
import type { LogStore, NewEvent } from './store.ts';

let store: LogStore;
let dispose: () => Promise<void>;
let committed: LogEvent[];
beforeEach(async () => {
  ({ store, dispose } = await temporaryStore());
  committed = [];
  store.onCommitted((events) => committed.push(...events));
});
afterEach(() => dispose());

const press = (site = 'one', id = ulid()): NewEvent => ({ id, type: 'feedback.rated', site, at: 1_000, device: 'button', touchpoint: null, skew: 0, body: '{"value":1,"scale":4}' });

describe('append', () => {
  it('gives offsets 1, 2, 3 … to each site on its own', async () => {
    expect(await store.append([press('one'), press('two'), press('one')])).toEqual([1, 1, 2]);
    expect(await store.append([press('two')])).toEqual([2]);
  });

  it('answers 0 for a duplicate, in the same batch and in a later one, and leaves no hole', async () => {
    const first = press();
    expect(await store.append([first, press(), first])).toEqual([1, 2, 0]);
    expect(await store.append([first, press()])).toEqual([0, 3]);
    expect(committed.map((event) => event.offset)).toEqual([1, 2, 3]);
  });

  it('keeps order and leaves no hole when hundreds of requests are under way at once', async () => {
    const answers = await Promise.all(Array.from({ length: 400 }, () => store.append([press(), press()])));
    expect(answers.flat()).toEqual(Array.from({ length: 800 }, (_, i) => i + 1));
    expect(committed.map((event) => event.offset)).toEqual(Array.from({ length: 800 }, (_, i) => i + 1));
  });

  it('hands listeners the wire form that parses back to the event', async () => {
    const event = { ...press(), touchpoint: 'till-3', at: 5 };
    await store.append([event]);
    expect(committed[0]!.event).toMatchObject({ offset: 1, id: event.id, type: 'feedback.rated', site: 'one', at: 5, device: 'button', touchpoint: 'till-3', body: { value: 1, scale: 4 } });
  });
});

describe('transaction', () => {
  it('commits rows and events together, and tells of the events only then', async () => {
    const checkpoints = store.use(checkpointsTable);
    await store.transaction(async (tx) => {
      expect(await tx.append([press()])).toEqual([1]);
      await tx.db.insert(checkpoints).values({ reactor: 'r', site: 'one', epoch: 'e', offset: 1 });
      expect(committed).toEqual([]);
    });
    expect(committed).toHaveLength(1);
    expect(await store.read((db) => db.select().from(checkpoints))).toEqual([{ reactor: 'r', site: 'one', epoch: 'e', offset: 1 }]);
  });

  it('leaves nothing when the work throws, and the next append takes the same offset', async () => {
    const checkpoints = store.use(checkpointsTable);
    await store.append([press()]);
    await expect(store.transaction(async (tx) => {
      await tx.append([press(), press('new-site')]);
      await tx.db.insert(checkpoints).values({ reactor: 'r', site: 'one', epoch: 'e', offset: 1 });
      throw new Error('changed my mind');
    })).rejects.toThrow('changed my mind');
    expect(committed).toHaveLength(1);
    expect(await store.read((db) => db.select().from(checkpoints).where(eq(checkpoints.site, 'one')))).toEqual([]);
    expect(await store.append([press(), press('new-site')])).toEqual([2, 1]);
  });

  it('is one unit: appends and other transactions wait for it', async () => {
    const order: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => { release = resolve; });
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => { begun = resolve; });
    const long = store.transaction(async (tx) => { await tx.append([press()]); begun(); await gate; order.push('long'); });
    await beginning;
    const other = store.transaction(async (tx) => { order.push('other'); return tx.append([press()]); });
    const append = store.append([press()]).then((offsets) => { order.push('append'); return offsets; });
    release();
    await long;
    expect([...await other, ...await append].sort()).toEqual([2, 3]);
    expect(order[0]).toBe('long');
  });

  it('survives a statement that fails', async () => {
    const checkpoints = store.use(checkpointsTable);
    const row = { reactor: 'r', site: 'one', epoch: 'e', offset: 1 };
    await expect(store.transaction(async (tx) => {
      await tx.db.insert(checkpoints).values(row);
      await tx.db.insert(checkpoints).values(row);
    })).rejects.toThrow();
    await store.transaction((tx) => tx.db.insert(checkpoints).values(row));
    expect(await store.read((db) => db.select().from(checkpoints))).toEqual([row]);
  });
});

describe('scopes', () => {
  /** Adds one to a number that is read before: what a lost update would show in. */
  async function count(scope?: string): Promise<void> {
    const checkpoints = store.use(checkpointsTable);
    await store.transaction(async ({ db }) => {
      const row = (await db.select().from(checkpoints).where(eq(checkpoints.reactor, 'count')))[0];
      const next = { reactor: 'count', site: 'one', epoch: 'e', offset: (row?.offset ?? 0) + 1 };
      await db.insert(checkpoints).values(next).onConflictDoUpdate({ target: [checkpoints.reactor, checkpoints.site], set: { offset: next.offset } });
    }, scope);
  }
  const counted = async (): Promise<number | undefined> => (await store.read((db) => db.select().from(store.use(checkpointsTable))))[0]?.offset;

  it('without one, a transaction is alone among all others', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, i) => count(i % 2 ? 'counting' : undefined)));
    expect(await counted()).toBe(60);
  });

  it('of the same name run one after another', async () => {
    await Promise.all(Array.from({ length: 60 }, () => count('counting')));
    expect(await counted()).toBe(60);
  });
});

describe('now', () => {
  it('is the time, in whole ms', async () => {
    const before = Date.now();
    const now = await store.now();
    expect(Number.isInteger(now)).toBe(true);
    expect(Math.abs(now - before)).toBeLessThan(5_000);
  });
});
