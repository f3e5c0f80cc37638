import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs';
import { describe, expect, it } from 'vitest';
import { i420Bytes } from '../measure/picture.ts';
import { encodeVp8 } from '../testing/encode.ts';
import { copyI420, evenSize } from './pixels.ts';

/** Slopes in each plane, as the library lays out pictures: it rounds halves of odd sizes down. */
const sizes = (width: number, height: number) => [[width, height], [width >> 1, height >> 1], [width >> 1, height >> 1]] as const;
const slope = (plane: number, x: number, y: number, w: number, h: number): number => Math.round([40 + 150 * y / h, 60 + 100 * x / w, 60 + 120 * y / h][plane]!);

async function decoded(width: number, height: number): Promise<VideoFrame> {
  const data = Uint8Array.from(sizes(width, height).flatMap(([w, h], plane) => Array.from({ length: w * h }, (_, i) => slope(plane, i % w, Math.floor(i / w), w, h))));
  const [chunk] = await encodeVp8([data], width, height, 1);
  return new Promise((resolve, reject) => {
    const decoder = new VideoDecoder({ output: resolve, error: reject });
    decoder.configure({ codec: 'vp8' });
    decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: chunk!.data }));
    decoder.flush().catch(reject);
  });
}

describe('pixels of a picture', () => {
  it.each([[64, 48], [240, 135], [241, 136], [321, 241]])('of %d×%d come whole, in brightness and colour, but for an odd last line', async (width, height) => {
    const picture = await decoded(width, height);
    const even = evenSize(picture);
    expect([even, picture.codedWidth, picture.codedHeight]).toEqual([{ width: width - width % 2, height: height - height % 2 }, width, height]);
    const bytes = new Uint8Array(i420Bytes(even.width, even.height) + 1).fill(1);
    await copyI420(picture, bytes);
    picture.close();
    let offset = 0;
    let furthest = 0;
    for (const [plane, [w, h]] of sizes(even.width, even.height).entries()) {
      const [fullWidth, fullHeight] = sizes(width, height)[plane]!;
      for (let i = 0; i < w * h; i++) furthest = Math.max(furthest, Math.abs(bytes[offset + i]! - slope(plane, i % w, Math.floor(i / w), fullWidth, fullHeight)));
      offset += w * h;
    }
    // What the encoder costs; a shifted plane would be off by a hundred.
    expect(furthest).toBeLessThan(10);
    expect(bytes[offset]).toBe(1);
  });
});
