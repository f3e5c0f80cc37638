import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toI420 } from '../testing/pictures.ts';
import { TensorWriter, tensorLength, type TensorFormat } from './channels.ts';
import { i420Bytes, pictureOf, Resampler, type Plane } from './picture.ts';

const SEED = 20_250_107;
const plane = (width: number, height: number, value: (x: number, y: number) => number): Plane => (
  { data: Uint8Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))), width, height, stride: width });
const whole = ({ width, height }: Plane) => ({ x: 0, y: 0, width, height });

describe('Resampler', () => {
  it('halves by the mean of four samples', () => {
    const source = plane(6, 4, (x, y) => 40 * x + 10 * y);
    const out = new Float32Array(6);
    new Resampler().resize(source, whole(source), 3, 2, out);
    expect([...out]).toEqual([25, 105, 185, 45, 125, 205]);
  });

  it('gives the same by whole steps as by weights', () => {
    const source = plane(24, 18, (x, y) => (x * 31 + y * 57) % 256);
    const exact = new Float32Array(48);
    const weighted = new Float32Array(48);
    for (const [x, width, height] of [[0, 24, 18], [4, 16, 12], [8, 8, 6]] as const) {
      new Resampler().resize(source, { x, y: 0, width, height }, 8, 6, exact);
      new Resampler().resize(source, { x: x + 1e-9, y: 0, width, height }, 8, 6, weighted);
      exact.forEach((value, i) => expect(Math.abs(value - weighted[i]!)).toBeLessThan(1e-3));
    }
  });

  it('leaves a picture of the same size as it is', () => {
    const source = plane(5, 3, (x, y) => 17 * x + 3 * y);
    const out = new Float32Array(15);
    new Resampler().resize(source, whole(source), 5, 3, out);
    expect([...out]).toEqual([...source.data]);
  });

  it('interpolates between samples when it enlarges', () => {
    const source = plane(2, 1, (x) => 100 * x);
    const out = new Float32Array(4);
    new Resampler().resize(source, whole(source), 4, 1, out);
    expect([...out]).toEqual([0, 25, 75, 100]);
  });

  it('repeats the edge outside of the picture', () => {
    const source = plane(4, 4, (x) => (x < 2 ? 10 : 200));
    const out = new Float32Array(16);
    new Resampler().resize(source, { x: -100, y: -50, width: 4, height: 4 }, 4, 4, out);
    expect([...out]).toEqual(Array(16).fill(10));
    new Resampler().resize(source, { x: 100, y: 100, width: 40, height: 40 }, 4, 4, out);
    expect([...out]).toEqual(Array(16).fill(200));
  });

  it(`keeps a flat picture flat and never leaves the range, for any region and size (seed ${SEED})`, () => {
    const region = fc.record({ x: fc.double({ min: -30, max: 30, noNaN: true }), y: fc.double({ min: -30, max: 30, noNaN: true }), width: fc.double({ min: 0.5, max: 60, noNaN: true }), height: fc.double({ min: 0.5, max: 60, noNaN: true }) });
    fc.assert(fc.property(region, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.boolean(), (area, width, height, flat) => {
      const source = plane(13, 9, (x, y) => (flat ? 90 : (x * 31 + y * 57) % 256));
      const out = new Float32Array(width * height);
      new Resampler().resize(source, area, width, height, out);
      const [low, high] = flat ? [89.99, 90.01] : [-0.01, 255.01];
      expect(out.every((value) => value > low && value < high)).toBe(true);
    }), { seed: SEED, numRuns: 500 });
  });
});

describe('TensorWriter', () => {
  const rgb: TensorFormat = { width: 4, height: 4, layout: 'NCHW', colour: 'rgb', mean: [0, 0, 0], scale: [1, 1, 1] };
  const filled = (r: number, g: number, b: number) => pictureOf(toI420({ data: Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => [r, g, b][i % 3]!), width: 8, height: 8 }), 8, 8);
  const area = { x: 0, y: 0, width: 8, height: 8 };
  const write = (picture: ReturnType<typeof filled>, format: TensorFormat): number[] => {
    const out = new Float32Array(tensorLength(format));
    new TensorWriter().write(picture, area, format, out);
    return [...out];
  };

  it.each([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [120, 60, 200]])('gives colour %i,%i,%i back as it was', (r, g, b) => {
    const out = write(filled(r, g, b), rgb);
    [r, g, b].forEach((value, channel) => expect(Math.abs(out[channel * 16]! - value)).toBeLessThan(2.5));
  });

  it('gives .299R+.587G+.114B as gray', () => {
    expect(write(filled(120, 60, 200), { ...rgb, colour: 'gray', mean: [0], scale: [1] })[5]).toBeCloseTo(0.299 * 120 + 0.587 * 60 + 0.114 * 200, -0.2);
  });

  it('writes channels in the order, layout and scale that the model takes', () => {
    const picture = filled(200, 100, 50);
    const planar = write(picture, { ...rgb, mean: [100, 50, 20], scale: [10, 10, 10] });
    expect([planar[0], planar[16], planar[32]].map((value) => Math.round(value!))).toEqual([10, 5, 3]);
    const interleaved = write(picture, { ...rgb, layout: 'NHWC' });
    expect(interleaved.slice(0, 3).map((value) => Math.round(value / 10))).toEqual([20, 10, 5]);
    const bgr = write(picture, { ...rgb, layout: 'NHWC', colour: 'bgr', mean: [30, 0, 0] });
    expect(bgr.slice(0, 3).map((value) => Math.round(value / 10))).toEqual([2, 10, 20]);
  });

  it.each(['rgb', 'bgr'] as const)('gives the same in one pass over a picture twice as large as step by step (%s)', (colour) => {
    const format: TensorFormat = { width: 8, height: 6, layout: 'NCHW', colour, mean: [127, 120, 110], scale: [128, 60, 90] };
    // Every kind of value, those beyond 16..235 included.
    const picture = pictureOf(Uint8Array.from({ length: i420Bytes(24, 18) }, (_, i) => (i * 97 + (i >> 4) * 31) % 256), 24, 18);
    for (const [x, y] of [[0, 0], [4, 2], [8, 6]] as const) {
      const quick = new Float32Array(tensorLength(format) + 5);
      const slow = new Float32Array(tensorLength(format) + 5);
      new TensorWriter().write(picture, { x, y, width: 16, height: 12 }, format, quick, 5);
      new TensorWriter().write(picture, { x: x + 1e-9, y, width: 16, height: 12 }, format, slow, 5);
      quick.forEach((value, i) => expect(Math.abs(value - slow[i]!), `${i}`).toBeLessThan(0.3 / 60));
    }
  });

  it.each([[360, 280], [600, 400], [240, 180]])('of a scene of %i×%i is close to the mean over each area, in one pass', (width, height) => {
    const format: TensorFormat = { width: 240, height: 180, layout: 'NCHW', colour: 'rgb', mean: [0, 0, 0], scale: [1, 1, 1] };
    // Slopes of luma and chroma, as a camera's picture has them but at edges.
    const slope = (length: number, width: number, base: number) => Array.from({ length }, (_, i) => base + (((i % width) + Math.floor(i / width)) * 640) / (8 * width));
    const slopes = Uint8Array.from([...slope(640 * 440, 640, 40), ...slope(320 * 220, 320, 80), ...slope(320 * 220, 320, 100)]);
    const picture = pictureOf(slopes, 640, 440);
    const quick = new Float32Array(tensorLength(format));
    const slow = new Float32Array(tensorLength(format));
    new TensorWriter().write(picture, { x: 20, y: 16, width, height }, format, quick);
    new TensorWriter().write(picture, { x: 20 + 1e-9, y: 16, width, height }, format, slow);
    const apart = quick.map((value, i) => Math.abs(value - slow[i]!));
    expect(apart.some((value) => value > 0)).toBe(true);
    expect(apart.reduce((sum, value) => sum + value, 0) / apart.length).toBeLessThan(0.7);
    expect(apart.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(6);
  });

  it('refuses a buffer that is too short for its size', () => {
    expect(() => pictureOf(new Uint8Array(i420Bytes(5, 5) - 1), 5, 5)).toThrow(RangeError);
    expect(pictureOf(new Uint8Array(i420Bytes(5, 5)), 5, 5).v).toMatchObject({ width: 3, height: 3 });
  });
});
