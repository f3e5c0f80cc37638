import { describe, expect, it } from 'vitest';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { TABLES } from '../schema.ts';
import { compareKeys, keyOrder, shapesOf, type Row } from './shapes.ts';

const shapes = shapesOf(TABLES);
const shape = (name: string) => shapes.find((one) => one.name === name)!;

describe('shapes', () => {
  it('are read from the declarations, in the order of names', () => {
    expect(shapes.map(({ name }) => name)).toEqual([...shapes.map(({ name }) => name)].sort());
    expect(shapes.length).toBe(Object.keys(TABLES).length);
    expect(shape('rate_limits')).toEqual({ name: 'rate_limits', key: [0], columns: [{ name: 'key', kind: 'text', nullable: false }, { name: 'value', kind: 'real', nullable: false }, { name: 'at', kind: 'int', nullable: false }] });
    expect(shape('events').key.map((place) => shape('events').columns[place]!.name)).toEqual(['site', 'offset']);
    expect(shape('events').columns.filter(({ nullable }) => nullable).map(({ name }) => name)).toEqual(['touchpoint']);
    for (const { columns, key } of shapes) { expect(key.length).toBeGreaterThan(0); for (const { kind } of columns) expect(kind).toBeTruthy(); }
  });

  it('order keys by bytes in PostgreSQL too', () => {
    expect(keyOrder(shape('events'), 'sqlite')).toBe('"site", "offset"');
    expect(keyOrder(shape('events'), 'postgres')).toBe('"site" COLLATE "C", "offset"');
  });

  it('compare keys as bytes of UTF-8, whatever JavaScript thinks of it', () => {
    const random = seededRandom(testSeed('order of keys'));
    const letters = ['a', 'B', '_', '-', 'é', 'я', '\ue000', '\u{1f600}', 'a\u0301', '\uffee'];
    const word = (): string => Array.from({ length: random.below(4) }, () => letters[random.below(letters.length)]).join('');
    const row = (): Row => { const made: Row = shape('events').columns.map(() => null); made[shape('events').key[0]!] = word(); made[shape('events').key[1]!] = random.below(3); return made; };
    for (let i = 0; i < 2_000; i++) {
      const [a, b] = [row(), row()];
      const [site, offset] = shape('events').key as [number, number];
      const expected = Math.sign(Buffer.compare(Buffer.from(a[site] as string), Buffer.from(b[site] as string))) || Math.sign((a[offset] as number) - (b[offset] as number));
      expect(Math.sign(compareKeys(shape('events'), a, b))).toBe(expected);
    }
    expect('\ue000' < '\u{1f600}').toBe(false);
    expect(compareKeys(shape('sites'), ['\ue000', '', '', 0], ['\u{1f600}', '', '', 0])).toBeLessThan(0);
  });
});
