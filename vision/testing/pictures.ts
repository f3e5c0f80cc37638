import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { i420Bytes } from '../measure/picture.ts';

/** Where set-up put things; tests need it and say so. */
interface SetupResult { models: { dir: string }; samples: { dir: string }; workerBin: string }

/** @throws Error when set-up has not run. */
export function setupResult(): SetupResult {
  const file = fileURLToPath(new URL('../../.otklik/setup.json', import.meta.url));
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run setup" before these tests`);
  return JSON.parse(readFileSync(file, 'utf8')) as SetupResult;
}

/** An RGB picture, three bytes a pixel. */
export interface Rgb { data: Uint8Array; width: number; height: number }

/** A sample photograph, resized to cover `width` × `height` when given. */
export async function samplePicture(name: string, size?: { width: number; height: number }): Promise<Rgb> {
  let image = sharp(join(setupResult().samples.dir, name)).toColourspace('srgb').removeAlpha();
  if (size) image = image.resize(size.width, size.height, { fit: 'cover' });
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

/** Cuts a part out of a picture. */
export function cut({ data, width }: Rgb, x: number, y: number, w: number, h: number): Rgb {
  const out = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) out.set(data.subarray(((y + row) * width + x) * 3, ((y + row) * width + x + w) * 3), row * w * 3);
  return { data: out, width: w, height: h };
}

/** The picture `times` times beside and below itself. */
export function tiled({ data, width, height }: Rgb, times: number): Rgb {
  const out = new Uint8Array(data.length * times * times);
  const row = 3 * width;
  for (let y = 0; y < height * times; y++) for (let i = 0; i < times; i++) out.set(data.subarray((y % height) * row, (y % height + 1) * row), (y * times + i) * row);
  return { data: out, width: width * times, height: height * times };
}

/** RGB to packed I420, limited-range BT.601 (ITU-R BT.601-7 §2.5.1), chroma as the mean of four pixels. */
export function toI420({ data, width, height }: Rgb): Uint8Array {
  const out = new Uint8Array(i420Bytes(width, height));
  for (let i = 0; i < width * height; i++) out[i] = Math.round(16 + luma(data, 3 * i) * 219 / 255);
  const cw = (width + 1) >> 1;
  const ch = (height + 1) >> 1;
  for (let y = 0; y < ch; y++) for (let x = 0; x < cw; x++) chroma({ data, width, height }, out, x, y, cw, ch);
  return out;
}

const luma = (data: Uint8Array, i: number): number => 0.299 * data[i]! + 0.587 * data[i + 1]! + 0.114 * data[i + 2]!;

function chroma({ data, width, height }: Rgb, out: Uint8Array, x: number, y: number, cw: number, ch: number): void {
  let red = 0, blue = 0, gray = 0;
  for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1]] as const) {
    const i = (Math.min(height - 1, 2 * y + dy) * width + Math.min(width - 1, 2 * x + dx)) * 3;
    red += data[i]! / 4;
    blue += data[i + 2]! / 4;
    gray += luma(data, i) / 4;
  }
  out[width * height + y * cw + x] = Math.round(128 + (blue - gray) / 1.772 * 224 / 255);
  out[width * height + cw * ch + y * cw + x] = Math.round(128 + (red - gray) / 1.402 * 224 / 255);
}
