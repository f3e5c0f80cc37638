import type { VideoFrame } from '@napi-rs/webcodecs';

/** The part of a picture that is measured, px. */
export interface EvenSize { width: number; height: number }

/**
 * A picture's size without an odd last column or row: for those the library has half a pixel of colour too few, and gives
 * planes that are smaller than the format says (seen with 1.3: 48,480 bytes of I420 for 240×135, where 48,720 are needed).
 * A layer of a simulcast is odd wherever the whole does not halve twice.
 */
export const evenSize = ({ codedWidth, codedHeight }: VideoFrame): EvenSize => ({ width: codedWidth & ~1, height: codedHeight & ~1 });

/** Writes the even part of a picture into `bytes`, packed I420, as long as `i420Bytes` of its `evenSize`. */
export async function copyI420(picture: VideoFrame, bytes: Uint8Array): Promise<void> {
  await picture.copyTo(bytes, { format: 'I420', rect: { x: 0, y: 0, ...evenSize(picture) } });
}
