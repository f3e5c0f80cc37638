import { describe, expect, test } from 'vitest';
import { convolutionFilter, depthwiseFilter, halfPrecision, readWeights } from './weights.mjs';

const manifest = (...weights: object[]) => [{ weights }];

describe('readWeights', () => {
  test('reads tensors one after another, each in its own storage type', () => {
    const bytes = Buffer.alloc(4 + 2 + 4);
    bytes.writeFloatLE(1.5, 0);
    bytes.set([0, 255], 4);
    bytes.writeInt32LE(-7, 6);
    const weights = readWeights(
      manifest(
        { name: 'a', shape: [1], dtype: 'float32' },
        { name: 'b', shape: [1, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        { name: 'c', shape: [1], dtype: 'int32' },
      ),
      bytes,
    );
    expect(weights.get('a')).toEqual({ shape: [1], data: Float32Array.of(1.5) });
    expect(weights.get('b')).toEqual({ shape: [1, 2], data: Float32Array.of(-1, 126.5) });
    expect(weights.get('c')).toEqual({ shape: [1], data: Int32Array.of(-7) });
  });

  test('a scalar has no sizes and one number', () => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(2);
    expect(readWeights(manifest({ name: 's', shape: [], dtype: 'float32' }), bytes).get('s')).toEqual({ shape: [], data: Float32Array.of(2) });
  });

  test('half precision is read as it is', () => {
    expect([0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x3555, 0x7c00, 0xfc00, 0x7e00].map(halfPrecision))
      .toEqual([0, -0, 1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, 0.333251953125, Infinity, -Infinity, Number.NaN]);
    const half = { name: 'h', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } };
    expect(readWeights(manifest(half), Buffer.from([0x00, 0x3c, 0x00, 0xc0])).get('h')).toEqual({ shape: [2], data: Float32Array.of(1, -2) });
  });

  test('says when the file is cut off, too long, or of an unknown kind', () => {
    const one = { name: 'a', shape: [2], dtype: 'float32' };
    expect(() => readWeights(manifest(one), Buffer.alloc(7))).toThrow('too short');
    expect(() => readWeights(manifest(one), Buffer.alloc(9))).toThrow('1 bytes that no tensor owns');
    expect(() => readWeights(manifest({ ...one, quantization: { dtype: 'int4' } }), Buffer.alloc(4))).toThrow('int4');
  });
});

test('a convolution filter goes from height, width, in, out to out, in, height, width', () => {
  // Each number tells its own place: 1000·y + 100·x + 10·in + out.
  const data = Float32Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => 1000 * Math.floor(i / 12) + 100 * (Math.floor(i / 4) % 3) + 10 * (Math.floor(i / 2) % 2) + (i % 2));
  const moved = convolutionFilter({ shape: [2, 3, 2, 2], data });
  expect(moved.shape).toEqual([2, 2, 2, 3]);
  expect(Array.from(moved.data.slice(0, 6))).toEqual([0, 100, 200, 1000, 1100, 1200]); // out 0, in 0
  expect(Array.from(moved.data.slice(-6))).toEqual([11, 111, 211, 1011, 1111, 1211]); // out 1, in 1
});

test('a depthwise filter becomes one group a channel', () => {
  const data = Float32Array.from({ length: 2 * 1 * 3 * 1 }, (_, i) => 100 * Math.floor(i / 3) + (i % 3));
  const moved = depthwiseFilter({ shape: [2, 1, 3, 1], data });
  expect(moved.shape).toEqual([3, 1, 2, 1]);
  expect(Array.from(moved.data)).toEqual([0, 100, 1, 101, 2, 102]);
});
