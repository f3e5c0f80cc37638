import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNul } from './text.ts';

describe('findNul', () => {
  it('finds the character in any text and any name, and nothing else', () => {
    fc.assert(fc.property(fc.jsonValue({ stringUnit: fc.constantFrom('a', '\0', '\\', 'u0000') }), (value) => {
      expect(findNul(value) !== undefined).toBe(JSON.stringify(value).replaceAll('\\\\', '').includes('\\u0000'));
    }));
    expect(findNul({ a: [1, { b: 'x\0y' }] })).toBe('/a/1/b');
    expect(findNul({ 'x\0': 1 })).toBe('/x');
    expect(findNul('\0')).toBe('/');
    for (const harmless of [undefined, null, 0, '', '\\u0000', { a: '\u0001' }]) expect(findNul(harmless)).toBeUndefined();
  });

  it('walks what is nested deeper than the stack', () => {
    const depth = 100_000;
    expect(findNul(JSON.parse('['.repeat(depth) + '"\\u0000"' + ']'.repeat(depth)))).toMatch(/^\/0\/0/);
  });
});
