import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';

export interface Encoded { type: 'key' | 'delta'; timestamp: number; data: Uint8Array }

const US_PER_FRAME = 66_667;

/** VP8 of pictures (I420) that are taken in turn; the first frame is the only keyframe. */
export async function encodeVp8(pictures: readonly Uint8Array[], width: number, height: number, count: number): Promise<Encoded[]> {
  const chunks: Encoded[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      chunks.push({ type: chunk.type, timestamp: chunk.timestamp, data });
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 1_500_000, framerate: 15, latencyMode: 'realtime' });
  for (let i = 0; i < count; i++) {
    const frame = new VideoFrame(pictures[i % pictures.length]!, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: i * US_PER_FRAME });
    encoder.encode(frame, { keyFrame: i === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  return chunks;
}
