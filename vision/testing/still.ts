import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { cut, samplePicture, setupResult, toI420, type Rgb } from './pictures.ts';
import type { Scene } from './pan.ts';

interface Recorded { faces: { x: number; y: number; width: number; height: number }[] }

const WIDTH = 640;
const HEIGHT = 480;
/** Side of the square cut around a face, as a share of the face's height, and what it becomes in the scene, px. */
const AROUND = 2;
const SIDE = 190;
/** How far the people sway, px. */
const SWAY = 7;

/** A room as a camera on a wall sees it, 640×480: shelves, boxes on them, a door. The same in every run. */
export function room(width = WIDTH, height = HEIGHT): Rgb {
  const data = new Uint8Array(width * height * 3);
  // A linear congruential generator: boxes of all sizes and greys, and always the same.
  let state = 20_250_111;
  const random = (): number => { state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; return (state >> 8) / 0x7fffff; };
  const fill = (left: number, top: number, right: number, bottom: number, [r, g, b]: readonly [number, number, number]): void => {
    for (let y = Math.max(0, Math.round(top * height)); y < Math.min(height, Math.round(bottom * height)); y++) {
      for (let x = Math.max(0, Math.round(left * width)); x < Math.min(width, Math.round(right * width)); x++) data.set([r, g, b], (y * width + x) * 3);
    }
  };
  fill(0, 0, 1, 1, [168, 164, 156]);
  fill(0, 0.82, 1, 1, [110, 100, 92]);
  for (let shelf = 0; shelf < 5; shelf++) {
    const top = 0.04 + shelf * 0.16;
    for (let x = 0.02; x < 0.8;) {
      const wide = 0.02 + 0.05 * random();
      const high = 0.05 + 0.07 * random();
      const grey = Math.round(50 + 160 * random());
      fill(x, top + 0.13 - high, x + wide, top + 0.13, [grey, Math.round(grey * 0.9), Math.round(60 + 120 * random())]);
      x += wide + 0.015 * random();
    }
    fill(0, top + 0.13, 0.82, top + 0.145, [72, 60, 50]);
  }
  fill(0.86, 0.2, 0.98, 0.85, [84, 92, 104]);
  fill(0.88, 0.25, 0.96, 0.5, [190, 200, 205]);
  return { data, width, height };
}

/** Puts a picture into another one, cut at its edges. */
export function paste(onto: Rgb, piece: Rgb, left: number, top: number): Rgb {
  const data = onto.data.slice();
  for (let y = Math.max(0, -top); y < Math.min(piece.height, onto.height - top); y++) {
    for (let x = Math.max(0, -left); x < Math.min(piece.width, onto.width - left); x++) {
      const from = (y * piece.width + x) * 3;
      data.set(piece.data.subarray(from, from + 3), ((y + top) * onto.width + x + left) * 3);
    }
  }
  return { ...onto, data };
}

export async function resized({ data, width, height }: Rgb, w: number, h: number): Promise<Rgb> {
  const raw = await sharp(data, { raw: { width, height, channels: 3 } }).resize(w, h, { fit: 'fill' }).raw().toBuffer();
  return { data: new Uint8Array(raw), width: w, height: h };
}

/** The people of a sample photograph, each a square of `side` pixels with the face in its middle. */
export async function people(sample: string, side = SIDE): Promise<Rgb[]> {
  const recorded = JSON.parse(readFileSync(new URL('./recorded/samples.json', import.meta.url), 'utf8')) as Record<string, Recorded>;
  const sum = createHash('sha256').update(readFileSync(join(setupResult().samples.dir, sample))).digest('hex');
  const photo = await samplePicture(sample);
  return Promise.all((recorded[sum]?.faces ?? []).map((face) => {
    const wide = Math.min(photo.width, photo.height, Math.round(face.height * AROUND));
    const x = Math.round(Math.max(0, Math.min(photo.width - wide, face.x + face.width / 2 - wide / 2)));
    const y = Math.round(Math.max(0, Math.min(photo.height - wide, face.y + face.height / 2 - wide / 2)));
    return resized(cut(photo, x, y, wide, wide), side, side);
  }));
}

/**
 * A camera that stands still before a room in which the people of a sample photograph sway: every frame differs, and
 * the scene stays.
 * @param steps pictures made beforehand; converting them while sending would cost the time that is measured.
 */
export async function stillScene(sample: string, width: number, height: number, steps = 12): Promise<Scene> {
  const crowd = (await people(sample)).slice(0, 3);
  const pictures: Uint8Array[] = [];
  for (let i = 0; i < steps; i++) {
    let picture = room();
    for (const [k, person] of crowd.entries()) {
      const phase = 2 * Math.PI * (i / steps + k / crowd.length);
      picture = paste(picture, person, Math.round(16 + k * (SIDE + 12) + SWAY * Math.sin(phase)), Math.round(150 + SWAY * Math.cos(phase)));
    }
    pictures.push(toI420(width === WIDTH && height === HEIGHT ? picture : await resized(picture, width, height)));
  }
  let turn = 0;
  return { next: () => ({ data: pictures[turn++ % steps]!, width, height }) };
}

/** The room without anybody. */
export function emptyScene(): Scene {
  const { data, width, height } = room();
  const picture = toI420({ data, width, height });
  return { next: () => ({ data: picture, width, height }) };
}
