import { statSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { toI420 } from '../testing/pictures.ts';
import { EvalError } from './labels.ts';

/** A picture of even size as video has it, packed I420. `face`: where the face is, when that is known. */
export interface Prepared { data: Uint8Array; width: number; height: number; face: { x: number; y: number; width: number; height: number } | null }

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
/** Cut-out faces of public sets are small squares. */
const MAX_CROP = 96;
/** What a camera sends. */
export const FRAME = { width: 640, height: 480 };
/** A cut-out is shown at a size that a face has in front of a camera. */
const CROP_FRAME = { width: 320, height: 240, side: 144 };
const GREY = { r: 128, g: 128, b: 128 };

export type Kind = 'crops' | 'photos';

/**
 * Reads a picture file and puts it into a frame. A cut-out face goes into the middle of a small grey frame, its place is
 * known; a photograph fills as much of a frame as it can, and its faces are to be found.
 * @param kind cut-outs or photographs; undefined: small squares are cut-outs.
 * @throws EvalError when the file is no picture.
 */
export async function prepare(file: string, kind: Kind | undefined): Promise<Prepared> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new EvalError(`${file} does not exist`);
  if (found.size > MAX_BYTES) throw new EvalError(`${file} is larger than ${MAX_BYTES} bytes`);
  try {
    const image = sharp(file, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).rotate();
    const { width, height } = await image.metadata();
    const crop = kind === undefined ? width === height && width <= MAX_CROP : kind === 'crops';
    return crop ? await framedCrop(image) : await framedPhoto(image);
  } catch (error) {
    throw new EvalError(`${file} cannot be read as a picture (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}

async function framedCrop(image: Sharp): Promise<Prepared> {
  const { width, height, side } = CROP_FRAME;
  const x = (width - side) / 2;
  const y = (height - side) / 2;
  const face = await image.toColourspace('srgb').removeAlpha().resize(side, side, { fit: 'fill', kernel: 'cubic' })
    .extend({ top: y, bottom: y, left: x, right: x, background: GREY }).raw().toBuffer();
  return { data: toI420({ data: new Uint8Array(face), width, height }), width, height, face: { x, y, width: side, height: side } };
}

async function framedPhoto(image: Sharp): Promise<Prepared> {
  const { width, height } = FRAME;
  const rgb = await image.toColourspace('srgb').removeAlpha().resize(width, height, { fit: 'contain', background: GREY }).raw().toBuffer();
  return { data: toI420({ data: new Uint8Array(rgb), width, height }), width, height, face: null };
}
