import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freeId, slug } from './rules.ts';

it('makes readable identifiers of Russian and Latin names', () => {
  expect(['Касса №3', 'Щёлковская площадь', 'Café  Größe', '  --Till 1--', '☕', '李'].map((name) => slug(name, 'place'))).toEqual(['kassa-3', 'shchelkovskaia-ploshchad', 'cafe-gro-e', 'till-1', 'place', 'place']);
});

it('makes an identifier of any name', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => { expect(slug(name, 'place')).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/); }), { seed: 551 });
});

it('numbers what is taken', () => {
  expect(freeId('till', new Set())).toBe('till');
  expect(freeId('till', new Set(['till', 'till-2']))).toBe('till-3');
});
