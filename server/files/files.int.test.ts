import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogStore } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { createFiles, filesFolder, type Files } from './files.ts';
import { folderShelf, hashOf, PART_BYTES, pathOf, tableShelf } from './shelf.ts';
import { filePartsTable, filesTable } from './tables.ts';

const DAY = 24 * 3600_000;
const START = 1_790_000_000_000;

describe.each(['folder', 'table'] as const)('files in a %s', (kind) => {
  let store: LogStore;
  let dispose: () => Promise<void>;
  let dataDir: string;
  let now: number;
  let files: Files;
  const failures: unknown[] = [];
  beforeEach(async () => {
    ({ store, dispose } = await temporaryStore());
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-files-'));
    now = START;
    files = another();
  });
  afterEach(async () => {
    await dispose();
    fs.rmSync(dataDir, { recursive: true, force: true });
    expect(failures.splice(0)).toEqual([]);
  });

  const another = (): Files => createFiles({ store, clock: () => now, dataDir, days: 30, onError: (error) => failures.push(error), shelf: kind === 'folder' ? folderShelf(store, filesFolder(dataDir)) : tableShelf(store) });
  /** Hashes of the bytes that are really there. */
  async function kept(): Promise<string[]> {
    if (kind === 'table') return [...new Set((await store.read((db) => db.select({ hash: store.use(filePartsTable).hash }).from(store.use(filePartsTable)))).map(({ hash }) => hash))];
    return fs.existsSync(filesFolder(dataDir)) ? fs.readdirSync(filesFolder(dataDir), { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 2).map((name) => path.basename(name)) : [];
  }
  const rows = async () => (await store.read((db) => db.select().from(store.use(filesTable)))).map(({ site, usedBy, createdAt }) => `${site} ${usedBy} ${(createdAt - START) / DAY}`).sort();
  const bytesOf = (length: number, seed = 1): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed) & 255));

  it('come back as they were, whatever their size', async () => {
    for (const length of [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * 1024 * 1024]) {
      const bytes = bytesOf(length);
      const hash = await files.put('one', bytes, 'audio/wav', 'message', 'device-1');
      expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
      const found = await another().get('one', hash);
      expect(found).toMatchObject({ type: 'audio/wav', usedBy: 'message' });
      expect(found!.bytes.equals(bytes)).toBe(true);
    }
  });

  it('belong to the site that they were sent to: their hash opens nothing elsewhere', async () => {
    const hash = await files.put('one', bytesOf(10), 'image/webp', 'message', null);
    expect(await files.get('two', hash)).toBeUndefined();
    expect(await files.get('one', hashOf(bytesOf(11)))).toBeUndefined();
    await files.put('two', bytesOf(10), 'image/webp', 'message', null);
    expect(await files.get('two', hash)).toBeDefined();
    expect(await kept()).toEqual([hash]);
  });

  it('stay while another site has them', async () => {
    const hash = await files.put('one', bytesOf(10), 'image/webp', 'plan', null);
    await files.put('two', bytesOf(10), 'image/webp', 'plan', null);
    await files.remove('one', hash);
    expect(await files.get('one', hash)).toBeUndefined();
    expect(await files.get('two', hash)).toBeDefined();
    await files.remove('two', hash);
    expect(await kept()).toEqual([]);
  });

  it('sent many times at once are kept once, and are there for everybody who was told so', async () => {
    const bytes = bytesOf(400_000);
    const hashes = await Promise.all(Array.from({ length: 8 }, (_, i) => files.put(`site-${i % 3}`, bytes, 'audio/ogg', 'message', null)));
    expect(new Set(hashes).size).toBe(1);
    expect(await kept()).toEqual([hashes[0]]);
    for (const site of ['site-0', 'site-1', 'site-2']) expect(await files.get(site, hashes[0]!)).toBeDefined();
  });

  it('sent while the same are removed are there', async () => {
    for (let i = 0; i < 15; i++) {
      const bytes = bytesOf(50, i);
      const hash = await files.put('one', bytes, 'audio/ogg', 'message', null);
      await Promise.all([files.remove('one', hash), files.put('two', bytes, 'audio/ogg', 'message', null)]);
      expect(await files.get('two', hash)).toBeDefined();
    }
  });

  it('of messages go after so many days, those of plans and those sent again do not', async () => {
    const old = await files.put('one', bytesOf(10, 1), 'audio/wav', 'message', null);
    const again = await files.put('one', bytesOf(10, 2), 'audio/wav', 'message', null);
    const plan = await files.put('one', bytesOf(10, 3), 'image/webp', 'plan', null);
    now += 20 * DAY;
    await files.put('one', bytesOf(10, 2), 'audio/wav', 'message', null);
    now = START + 30 * DAY;
    expect(await files.sweep()).toBe(0);
    now += 1;
    expect(await files.sweep()).toBe(1);
    expect(await files.get('one', old)).toBeUndefined();
    expect((await kept()).sort()).toEqual([again, plan].sort());
    expect(await rows()).toEqual(['one message 20', 'one plan 0']);
  });

  it('of a plan stay a plan\'s when a device sends the same picture', async () => {
    const hash = await files.put('one', bytesOf(10), 'image/webp', 'plan', null);
    await files.put('one', bytesOf(10), 'image/webp', 'message', 'device-1');
    now += 100 * DAY;
    await files.sweep();
    expect((await files.get('one', hash))?.usedBy).toBe('plan');
  });

  it('that are old go at the start, without anybody asking', async () => {
    await files.put('one', bytesOf(10), 'audio/wav', 'message', null);
    now += 31 * DAY;
    const next = another();
    next.start();
    await next.stop();
    expect(await kept()).toEqual([]);
  });
});

describe('the folder', () => {
  let dataDir: string;
  let store: LogStore;
  let dispose: () => Promise<void>;
  const hash = hashOf(Buffer.from('x'));
  beforeEach(async () => {
    ({ store, dispose } = await temporaryStore());
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-files-'));
  });
  afterEach(async () => {
    await dispose();
    fs.rmSync(dataDir, { recursive: true, force: true });
  });
  const make = (): Files => createFiles({ store, clock: () => START, dataDir, days: 30, onError: (error) => { throw error; }, shelf: folderShelf(store, filesFolder(dataDir)) });

  it('is left by no name', () => {
    for (const name of ['', '..', '../../etc/passwd', `../${hash}`, `${hash}/..`, hash.toUpperCase(), `${hash}\0`, hash.slice(1), '/etc/passwd']) expect(() => pathOf(dataDir, name)).toThrow(RangeError);
    expect(pathOf(dataDir, hash)).toBe(path.join(dataDir, hash.slice(0, 2), hash));
  });

  it('keeps files for their owner\'s eyes only', async () => {
    await make().put('one', Buffer.from('x'), 'audio/wav', 'message', null);
    const file = pathOf(filesFolder(dataDir), hash);
    expect(fs.statSync(file).mode & 0o077).toBe(0);
    expect(fs.statSync(path.dirname(file)).mode & 0o077).toBe(0);
  });

  it('says that a file is not there when the disk lost it or a part of it, and takes it again', async () => {
    const files = make();
    const bytes = Buffer.alloc(1_000, 5);
    const lost = await files.put('one', bytes, 'audio/wav', 'message', null);
    const file = pathOf(filesFolder(dataDir), lost);
    fs.truncateSync(file, 10);
    expect(await files.get('one', lost)).toBeUndefined();
    fs.rmSync(file);
    expect(await files.get('one', lost)).toBeUndefined();
    await files.put('one', bytes, 'audio/wav', 'message', null);
    expect((await files.get('one', lost))?.bytes.equals(bytes)).toBe(true);
  });

  it('loses what a killed hub had begun to write', async () => {
    if (store.shared) return expect(fs.existsSync(filesFolder(dataDir))).toBe(false);
    const folder = path.dirname(pathOf(filesFolder(dataDir), hash));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `${hash}.0123456789ab.part`), 'half');
    fs.writeFileSync(path.join(folder, hash), 'x');
    const files = make();
    files.start();
    await files.stop();
    expect(fs.readdirSync(folder)).toEqual([hash]);
  });
});
