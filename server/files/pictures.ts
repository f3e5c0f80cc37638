import { ApiError } from '../core/http/index.ts';
import type { ImageType } from './rules.ts';

/** A picture without metadata, ready to be kept. Sizes in pixels. */
export interface Picture { bytes: Buffer; type: 'image/jpeg' | 'image/webp'; width: number; height: number }

/** More than any camera of a phone makes; a small file can unpack to far more. */
const MAX_PIXELS = 60_000_000;
const QUALITY = { 'image/jpeg': 82, 'image/webp': 80 } as const;
/** A kept side of a photo and of a plan, pixels. */
export const PHOTO_SIDE = 1600;
export const PLAN_SIDE = 2400;

export const unusable = (detail: string): ApiError => new ApiError('file_unusable', 422, detail);

/** Unpacked pictures are large: one is worked on at a time. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Draws a picture anew, upright and with no side over `side` pixels, so that nothing of the sent file is kept: no
 * place, no time, no name of a camera, and nothing that hid in it. @throws ApiError `file_unusable`
 */
export function redraw(bytes: Buffer, from: ImageType, to: Picture['type'], side: number): Promise<Picture> {
  const drawn = queue.then(() => draw(bytes, from, to, side));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function draw(bytes: Buffer, from: ImageType, to: Picture['type'], side: number): Promise<Picture> {
  // Loaded here: a hub that nobody sends a picture to needs none of it.
  const { default: sharp } = await import('sharp');
  try {
    const source = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 });
    const { format } = await source.metadata();
    if (`image/${format}` !== from) throw new Error(`it is ${format}`);
    const upright = source.rotate().resize(side, side, { fit: 'inside', withoutEnlargement: true });
    const { data, info } = await (to === 'image/jpeg' ? upright.jpeg({ quality: QUALITY[to], mozjpeg: true }) : upright.webp({ quality: QUALITY[to] })).toBuffer({ resolveWithObject: true });
    return { bytes: data, type: to, width: info.width, height: info.height };
  } catch (error) {
    const reason = error instanceof Error && /pixel limit/.test(error.message) ? 'it has too many pixels' : 'it is damaged or of another format';
    throw unusable(`The picture cannot be used: ${reason}. Save it as PNG, JPEG or WebP of at most 60 megapixels and send it again.`);
  }
}
