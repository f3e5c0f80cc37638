import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Polygon } from '../../contract/index.ts';
import { contains, GROW, MaskCache, masksAnything, paint, rasterise, type Spans } from './mask.ts';
import { i420Bytes, pictureOf } from './picture.ts';

const SEED = 20_260_111;
const BRIGHT = 235;
const square: Polygon = [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]];

function covered(spans: Spans, width: number, height: number): boolean[] {
  const out = Array<boolean>(width * height).fill(false);
  for (let i = 0; i < spans.length; i += 3) for (let x = spans[i + 1]!; x < spans[i + 2]!; x++) out[spans[i]! * width + x] = true;
  return out;
}

describe('masks', () => {
  it('cover a square and two pixels around it, and nothing else', () => {
    const pixels = covered(rasterise([square], 40, 20), 40, 20);
    for (let y = 0; y < 20; y++) {
      for (let x = 0; x < 40; x++) expect(pixels[y * 40 + x], `${x}, ${y}`).toBe(x >= 10 - GROW && x < 30 + GROW && y >= 5 - GROW && y < 15 + GROW);
    }
  });

  it(`cover every pixel whose middle lies inside, whatever the polygon, and stay in the picture (seed ${SEED})`, () => {
    const point = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(fc.property(fc.array(point, { minLength: 3, maxLength: 12 }), fc.integer({ min: 16, max: 70 }), fc.integer({ min: 16, max: 50 }), (polygon, width, height) => {
      const spans = rasterise([polygon], width, height);
      for (let i = 0; i < spans.length; i += 3) {
        expect(spans[i]!).toBeLessThan(height);
        expect(spans[i + 1]!).toBeGreaterThanOrEqual(0);
        expect(spans[i + 2]!).toBeLessThanOrEqual(width);
      }
      const pixels = covered(spans, width, height);
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (contains(polygon, (x + 0.5) / width, (y + 0.5) / height)) expect(pixels[y * width + x]).toBe(true);
    }), { seed: SEED, numRuns: 200 });
  });

  it('leave no hole where a polygon crosses over itself', () => {
    // A pentagram: by the even-odd rule its middle would be open.
    const star: Polygon = [0, 2, 4, 1, 3].map((i) => [0.5 + 0.4 * Math.sin(i * 2 * Math.PI / 5), 0.5 - 0.4 * Math.cos(i * 2 * Math.PI / 5)]);
    expect(contains(star, 0.5, 0.5)).toBe(true);
    expect(covered(rasterise([star], 100, 100), 100, 100)[50 * 100 + 50]).toBe(true);
  });

  it.each([[64, 48], [63, 47]])('leave nothing of what was there in any plane of a %d×%d picture', (width, height) => {
    const picture = pictureOf(new Uint8Array(i420Bytes(width, height)).fill(BRIGHT), width, height);
    paint(picture, rasterise([square], width, height));
    for (const [plane, scale] of [[picture.y, 1], [picture.u, 2], [picture.v, 2]] as const) {
      for (let y = 0; y < plane.height; y++) {
        for (let x = 0; x < plane.width; x++) {
          // A chroma sample colours four pixels: one of them behind the mask is enough.
          const inside = [0, scale - 1].some((dy) => [0, scale - 1].some((dx) => contains(square, (x * scale + dx + 0.5) / width, (y * scale + dy + 0.5) / height)));
          if (inside) expect(plane.data[y * plane.stride + x]).not.toBe(BRIGHT);
        }
      }
    }
    expect(picture.y.data[0]).toBe(BRIGHT);
    expect(picture.u.data[0]).toBe(BRIGHT);
    expect(picture.v.data.at(-1)).toBe(BRIGHT);
  });

  it('that are a line, a point or a figure without an inside mask nothing', () => {
    expect(masksAnything([])).toBe(false);
    expect(masksAnything([[[0, 0], [1, 1], [0.5, 0.5]]])).toBe(false);
    expect(masksAnything([[[0.3, 0.3], [0.3, 0.3], [0.3, 0.3]], [[0, 0.2], [1, 0.2], [1, 0.2001]]])).toBe(false);
    expect(masksAnything([[[0, 0], [1, 1], [0.5, 0.5]], square])).toBe(true);
  });

  it('are computed once for a set-up and a size', () => {
    const cache = new MaskCache();
    const first = cache.spans('cam', 1, [square], 64, 48);
    expect(cache.spans('cam', 1, [square], 64, 48)).toBe(first);
    expect(cache.spans('cam', 1, [square], 32, 24)).not.toEqual(first);
    expect(cache.spans('cam', 2, [[[0, 0], [0.1, 0], [0.1, 0.1]]], 32, 24)).toEqual(rasterise([[[0, 0], [0.1, 0], [0.1, 0.1]]], 32, 24));
    cache.forget('cam');
    expect(cache.spans('cam', 1, [square], 64, 48)).not.toBe(first);
  });
});
