import { EncodedVideoChunk, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import { drawView, viewAt, type Picture } from './picture.ts';

/** One encoded VP8 frame; every frame of a group needs the ones before it back to the keyframe. */
export interface EncodedFrame { key: boolean; data: Uint8Array }

/** A loop of video, encoded once and replayed for as long as the camera runs: that is nearly free. */
export interface Clip { frames: EncodedFrame[]; fps: number }

export interface ClipOptions { width: number; height: number; fps: number; seconds: number; bitrate: number; turn: number }
export const CLIP: ClipOptions = { width: 640, height: 480, fps: 12, seconds: 8, bitrate: 900_000, turn: 0 };

/** Frames handed to the encoder before it must catch up; it works on a thread of its own. */
const MOST_QUEUED = 4;

/**
 * Encodes a wandering view of the picture as VP8 with a keyframe every second, so that a viewer who asks for one gets
 * it at a place that is nearly where the camera is.
 * @throws when the encoder fails, or the signal is aborted.
 */
export async function encodeClip(picture: Picture, options: Partial<ClipOptions> = {}, signal?: AbortSignal): Promise<Clip> {
  const { width, height, fps, seconds, bitrate, turn } = { ...CLIP, ...options };
  const frames: EncodedFrame[] = [];
  let failure: Error | undefined;
  const encoder = new VideoEncoder({ output: (chunk) => frames.push(copy(chunk)), error: (error) => { failure = error; } });
  try {
    encoder.configure({ codec: 'vp8', width, height, bitrate, framerate: fps, latencyMode: 'realtime' });
    const count = Math.round(fps * seconds);
    for (let i = 0; i < count && !failure; i++) {
      signal?.throwIfAborted();
      const pixels = new Uint8Array(width * height * 4);
      drawView(picture, viewAt(picture, { width, height }, i / count, turn), width, height, pixels);
      const frame = new VideoFrame(pixels, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: Math.round((i * 1e6) / fps) });
      encoder.encode(frame, { keyFrame: i % fps === 0 });
      frame.close();
      do await new Promise((resolve) => setImmediate(resolve)); while (encoder.encodeQueueSize > MOST_QUEUED && !failure);
    }
    if (!failure) await encoder.flush();
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
  if (failure) throw failure;
  if (!frames[0]?.key) throw new Error('the encoder gave no keyframe at the start');
  return { frames, fps };
}

function copy(chunk: EncodedVideoChunk): EncodedFrame {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return { key: chunk.type === 'key', data };
}

/** Walks through clips without end. Jumps only to keyframes: elsewhere a decoder would show rubbish. */
export class Reel {
  readonly #clips: Clip[] = [];
  #clip = 0;
  #frame = -1;
  #wantKey = false;

  add(clip: Clip): void {
    this.#clips.push(clip);
  }

  /** The next frame is to be a keyframe (a viewer asked). */
  wantKey(): void {
    this.#wantKey = true;
  }

  /** @throws RangeError when no clip was added. */
  next(): EncodedFrame {
    if (this.#clips.length === 0) throw new RangeError('the reel has no clip');
    do this.#step(); while (this.#wantKey && !this.#current().key);
    const frame = this.#current();
    if (frame.key) this.#wantKey = false;
    return frame;
  }

  #current(): EncodedFrame {
    return this.#clips[this.#clip]!.frames[this.#frame]!;
  }

  #step(): void {
    if (++this.#frame < this.#clips[this.#clip]!.frames.length) return;
    this.#frame = 0;
    this.#clip = (this.#clip + 1) % this.#clips.length;
  }
}
