import { VideoEncoder, VideoFrame, type EncodedVideoChunk } from '@napi-rs/webcodecs';
import type { Frames } from './stage.ts';

/** One encoded VP8 frame; every frame of a group needs the ones before it back to the keyframe. */
export interface EncodedFrame { key: boolean; data: Uint8Array }
/** One second of video: a keyframe and what follows it. */
export type Group = EncodedFrame[];

/** A loop of video, encoded once and replayed for as long as a camera runs; it may still be growing. */
export interface Clip { groups: Group[] }

export interface ClipOptions { width: number; height: number; fps: number; seconds: number; bitrate: number }
export const CLIP: ClipOptions = { width: 640, height: 480, fps: 10, seconds: 60, bitrate: 700_000 };

/**
 * Encodes the loop as VP8, one group a second, so that a viewer who asks for a keyframe gets it at a moment that is
 * nearly the present one.
 * @throws when the encoder fails.
 */
export async function* encodeGroups(frames: Frames, options: ClipOptions): AsyncGenerator<Group, void, void> {
  const { width, height, fps, seconds, bitrate } = options;
  const done: EncodedFrame[] = [];
  let failure: Error | undefined;
  const encoder = new VideoEncoder({ output: (chunk) => done.push(copy(chunk)), error: (error) => { failure = error; } });
  try {
    encoder.configure({ codec: 'vp8', width, height, bitrate, framerate: fps, latencyMode: 'realtime' });
    for (let second = 0; second < seconds; second++) {
      for (let i = 0; i < fps && !failure; i++) {
        const index = second * fps + i;
        const pixels = new Uint8Array(width * height * 4);
        frames.draw(index / fps, pixels);
        const frame = new VideoFrame(pixels, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: Math.round((index * 1e6) / fps) });
        encoder.encode(frame, { keyFrame: i === 0 });
        frame.close();
        // Drawing takes some milliseconds: cameras that play already must get their turn in between.
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (!failure) await encoder.flush();
      if (failure) throw failure;
      const group = done.splice(0);
      if (!group[0]?.key) throw new Error('the encoder gave no keyframe at the start of a group');
      yield group;
    }
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
}

function copy(chunk: EncodedVideoChunk): EncodedFrame {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return { key: chunk.type === 'key', data };
}

/** Walks through clips without end. Jumps only to keyframes: elsewhere a decoder would show rubbish. */
export class Reel {
  readonly #clips: readonly Clip[];
  #started = false;
  #clip = 0;
  #group = 0;
  #frame = 0;
  #wantKey = false;

  /** Clips without any group yet are passed over until they have one. */
  constructor(clips: readonly Clip[]) {
    this.#clips = clips;
  }

  /** The next frame is to be a keyframe (a viewer asked). */
  wantKey(): void {
    this.#wantKey = true;
  }

  /** @throws RangeError when no clip has a group. */
  next(): EncodedFrame {
    const within = this.#started && !this.#wantKey && this.#frame + 1 < (this.#current()?.length ?? 0);
    if (within) this.#frame++;
    else this.#nextGroup();
    const frame = this.#current()?.[this.#frame];
    if (!frame) throw new RangeError('the reel has no frames');
    this.#started = true;
    this.#wantKey = false;
    return frame;
  }

  #current(): Group | undefined {
    return this.#clips[this.#clip]?.groups[this.#group];
  }

  #nextGroup(): void {
    if (this.#started) this.#group++;
    this.#frame = 0;
    for (let tried = 0; tried < this.#clips.length && !this.#current(); tried++) {
      this.#group = 0;
      this.#clip = (this.#clip + 1) % this.#clips.length;
    }
  }
}
