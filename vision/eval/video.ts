import { EncodedVideoChunk, VideoDecoder, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import type { Prepared } from './pictures.ts';

export type Codec = 'vp8' | 'h264';
export const CODECS: readonly Codec[] = ['vp8', 'h264'];

/** Baseline, as browsers and IP cameras send it. */
const CODEC_STRINGS: Record<Codec, string> = { vp8: 'vp8', h264: 'avc1.42e01f' };
/** A camera page's usual bitrate for 640×480 at 15 frames/s; other sizes get their share. */
const BITS_PER_PIXEL = 1_000_000 / (640 * 480 * 15);
const FRAME_RATE = 15;
/** Each picture is shown for so many frames, and the last is measured: nobody stands before a camera for one keyframe. */
const SHOWN = 3;
/** Two thirds of a second: by then the coder has given small faces their detail, as of people who stand in a queue. */
export const SHOWN_LONG = 10;
const FRAME_US = 1_000_000 / FRAME_RATE;

/**
 * Pictures as they come out of a camera's video: encoded in real time at about 1 Mbit/s for 640×480 and decoded. Each
 * begins with a keyframe.
 * @param pictures of one size. @param shown frames for which each is shown.
 * @throws Error when the codec fails or frames are lost.
 */
export async function throughVideo(pictures: readonly Prepared[], codec: Codec, shown = SHOWN): Promise<Prepared[]> {
  const [first] = pictures;
  if (!first) return [];
  const chunks = await encode(pictures, codec, first, shown);
  const frames = await decode(chunks, codec);
  if (frames.length !== pictures.length * shown) throw new Error(`${codec}: ${frames.length} of ${pictures.length * shown} frames came out of the video`);
  return pictures.map((picture, i) => ({ ...picture, data: frames[i * shown + shown - 1]! }));
}

async function encode(pictures: readonly Prepared[], codec: Codec, { width, height }: Prepared, shown: number): Promise<EncodedVideoChunk[]> {
  const chunks: EncodedVideoChunk[] = [];
  const failed: Error[] = [];
  const encoder = new VideoEncoder({ output: (chunk) => { chunks.push(chunk); }, error: (error) => { failed.push(error); } });
  encoder.configure({
    codec: CODEC_STRINGS[codec], width, height, framerate: FRAME_RATE, latencyMode: 'realtime',
    bitrate: Math.round(BITS_PER_PIXEL * width * height * FRAME_RATE), ...(codec === 'h264' ? { avc: { format: 'annexb' as const } } : {}),
  });
  pictures.forEach(({ data }, i) => {
    for (let at = 0; at < shown; at++) {
      const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: Math.round((i * shown + at) * FRAME_US) });
      encoder.encode(frame, { keyFrame: at === 0 });
      frame.close();
    }
  });
  await encoder.flush();
  encoder.close();
  if (failed[0]) throw failed[0];
  return chunks;
}

async function decode(chunks: readonly EncodedVideoChunk[], codec: Codec): Promise<Uint8Array[]> {
  const copies: Promise<Uint8Array>[] = [];
  const failed: Error[] = [];
  const decoder = new VideoDecoder({ output: (frame) => { copies.push(pixelsOf(frame)); }, error: (error) => { failed.push(error); } });
  decoder.configure({ codec: CODEC_STRINGS[codec], optimizeForLatency: true });
  for (const chunk of chunks) decoder.decode(chunk);
  await decoder.flush();
  decoder.close();
  if (failed[0]) throw failed[0];
  return Promise.all(copies);
}

async function pixelsOf(frame: VideoFrame): Promise<Uint8Array> {
  try {
    const data = new Uint8Array(frame.allocationSize({ format: 'I420' }));
    await frame.copyTo(data, { format: 'I420' });
    return data;
  } finally {
    frame.close();
  }
}
