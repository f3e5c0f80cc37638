import { cut, samplePicture, toI420 } from './pictures.ts';

/** I420 pictures for a camera, one after the other, for ever. */
export interface Scene { next(): { data: Uint8Array; width: number; height: number } }

/**
 * A sample photograph in front of a camera that pans over it and back, so that every frame differs.
 * @param steps pictures made beforehand; converting them while sending would cost the time that is measured.
 */
export async function panScene(sample: string, width: number, height: number, steps = 12): Promise<Scene> {
  const wide = await samplePicture(sample, { width: width + 4 * steps, height: height + 2 * steps });
  const pictures = Array.from({ length: steps }, (_, i) => toI420(cut(wide, 4 * i, 2 * i, width, height)));
  let turn = 0;
  return {
    next: () => {
      const place = turn++ % (2 * steps - 2);
      return { data: pictures[place < steps ? place : 2 * steps - 2 - place]!, width, height };
    },
  };
}

/** A picture without a face. */
export function grayScene(width: number, height: number): Scene {
  const data = toI420({ data: new Uint8Array(width * height * 3).fill(120), width, height });
  return { next: () => ({ data, width, height }) };
}
