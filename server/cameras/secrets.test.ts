import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSealer, KEY_FILE, NoKey, SealBroken } from './secrets.ts';

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-key-')); });
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const KEY = 'k'.repeat(32);
const sealer = (key: string | null = KEY, shared = false, dataDir = folder) => createSealer({ key, dataDir, shared });

describe('a sealed secret', () => {
  it('opens with the same key for the same purpose, and is another text every time', () => {
    const one = sealer().seal('rtsp://u:пароль@h/', 'camera a');
    expect(one).not.toBe(sealer().seal('rtsp://u:пароль@h/', 'camera a'));
    expect(one).not.toContain('rtsp');
    expect(sealer().open(one, 'camera a')).toBe('rtsp://u:пароль@h/');
  });

  it('does not open for another purpose, with another key, changed or cut', () => {
    const sealed = sealer().seal('secret', 'camera a');
    expect(() => sealer().open(sealed, 'camera b')).toThrow(SealBroken);
    expect(() => sealer('x'.repeat(32)).open(sealed, 'camera a')).toThrow(/another key/);
    const [version, mark, body] = sealed.split('.') as [string, string, string];
    const bytes = Buffer.from(body, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      expect(() => sealer().open(`${version}.${mark}.${changed.toString('base64url')}`, 'camera a')).toThrow(SealBroken);
    }
    for (const rubbish of ['', 'v1', 'v1..', `v1.${mark}.`, `v1.${mark}.${body.slice(0, 10)}`, `v2.${mark}.${body}`, 'x']) expect(() => sealer().open(rubbish, 'camera a')).toThrow(SealBroken);
  });
});

describe('the key', () => {
  it('is made in the data folder for its owner alone, and found again', () => {
    const sealed = sealer(null).seal('secret', 'camera a');
    const file = path.join(folder, KEY_FILE);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(sealer(null).open(sealed, 'camera a')).toBe('secret');
    // What the file holds may be given as a setting, say when the data move to a shared database.
    expect(sealer(fs.readFileSync(file, 'utf8').trim(), true).open(sealed, 'camera a')).toBe('secret');
  });

  it('has to be given where hubs share a database', () => {
    const elsewhere = path.join(folder, 'elsewhere');
    expect(() => sealer(null, true, elsewhere).seal('secret', 'camera a')).toThrow(NoKey);
    expect(fs.existsSync(elsewhere)).toBe(false);
  });

  it('that is damaged is not used, and not replaced', () => {
    const damaged = fs.mkdtempSync(path.join(folder, 'damaged-'));
    fs.writeFileSync(path.join(damaged, KEY_FILE), 'short');
    expect(() => sealer(null, false, damaged).seal('secret', 'camera a')).toThrow(/damaged/);
    expect(fs.readFileSync(path.join(damaged, KEY_FILE), 'utf8')).toBe('short');
  });
});
