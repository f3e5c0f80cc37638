import { describe, expect, test } from 'vitest';
import { attribute, bytesField, float, intField, model, tensor, valueInfo, varint } from './onnx-proto.mjs';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('varint', () => {
  test.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'], // the example of the protobuf documentation
    [2 ** 40, '808080808020'],
    [-1, 'ffffffffffffffffff01'],
  ])('writes %d', (value, expected) => {
    expect(hex(varint(value))).toBe(expected);
  });
});

test('a field is its number and wire type, then its value', () => {
  expect(hex(intField(1, 150))).toBe('089601');
  expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(intField(20, 7))).toBe('a00107');
});

describe('attribute', () => {
  const name = '0a0161'; // field 1, "a"
  test.each([
    ['a whole number', 3, '1803a00102'],
    ['a negative number', -1, '18ffffffffffffffffff01a00102'],
    ['a fraction', float(1), '150000803fa00101'],
    ['a text', 'SAME', '220453414d45a00103'],
    ['a list', [1, 2], '40014002a00107'],
  ])('carries %s with its type', (_, value, expected) => {
    expect(hex(attribute('a', value))).toBe(name + expected);
  });

  test('refuses a value without a type', () => {
    expect(() => attribute('a', 0.5)).toThrow('attribute a');
    expect(() => attribute('a', undefined)).toThrow('attribute a');
  });
});

describe('tensor', () => {
  test('stores sizes, element type, name and little-endian bytes', () => {
    expect(hex(tensor('t', [1, 2], Float32Array.of(1, -2)))).toBe('0801080210014201744a080000803f000000c0');
  });

  test('refuses a shape that does not fit', () => {
    expect(() => tensor('t', [2, 2], Float32Array.of(1))).toThrow('holds 4, not 1');
  });

  test('refuses an element type that it cannot name', () => {
    expect(() => tensor('t', [1], Float64Array.of(1))).toThrow('Float64Array');
  });
});

test('a free batch size is named, a fixed one counted', () => {
  expect(hex(valueInfo('x', [-1, 3]))).toBe('0a0178120f' + '0a0d' + '0801' + '1209' + '0a0312014e' + '0a020803');
});

test('a model starts with its version, and names producer, graph and operator set', () => {
  const bytes = model({ name: 'g', producer: 'p', opset: 17, nodes: [], constants: [], inputs: [], outputs: [] });
  expect(hex(bytes)).toBe('0808' + '120170' + '3a03120167' + '42040a001011');
});
