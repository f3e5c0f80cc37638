import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs';
import type { EncodedFrame } from '../rtp/assembler.ts';
import type { VideoCodec } from './intake.ts';
import { PresentationTimes } from './times.ts';

export interface DecoderEvents {
  /** The receiver owns the frame and must close it. `capturedAt` is what was given with its encoded frame, never decreasing. */
  frame(frame: VideoFrame, capturedAt: number): void;
  /** The decoder lost its state; nothing comes out before a keyframe. */
  keyframeNeeded(reason: string): void;
}

/** Frames in the decoder at most; more means that the machine cannot keep up. */
const MAX_QUEUE = 12;
const US_PER_MS = 1000;
/** The decoder takes any profile that the stream itself names, and Annex B when it is given no description. */
const CODEC_STRINGS: Record<VideoCodec, string> = { vp8: 'vp8', h264: 'avc1.42e01f' };

/**
 * VP8 or H.264 to pictures. VP8 comes out at once (`optimizeForLatency`: otherwise the decoder keeps frames back); of
 * H.264 the library's decoder always keeps two pictures back, in case there are B-frames.
 * A broken stream closes the native decoder: it is replaced, and a keyframe asked for.
 */
export class FrameDecoder {
  readonly stats = { decoded: 0, errors: 0, overflows: 0 };
  readonly #codec: VideoCodec;
  readonly #events: DecoderEvents;
  readonly #times = new PresentationTimes();
  #decoder: VideoDecoder | undefined;
  #needKey = true;
  #closed = false;

  constructor(codec: VideoCodec, events: DecoderEvents) {
    this.#codec = codec;
    this.#events = events;
  }

  /** @param capturedAt epoch ms, whole. */
  decode(frame: EncodedFrame, capturedAt: number): void {
    if (this.#closed || (this.#needKey && !frame.key)) return;
    const decoder = this.#decoder ?? this.#open();
    if (decoder.decodeQueueSize >= MAX_QUEUE) {
      this.stats.overflows++;
      this.#fail('the decoder cannot keep up');
      return;
    }
    try {
      decoder.decode(new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp: capturedAt * US_PER_MS, data: frame.data }));
      this.#times.add(capturedAt);
      this.#needKey = false;
    } catch (error) {
      this.#fail(message(error));
    }
  }

  close(): void {
    this.#closed = true;
    this.#discard();
  }

  #open(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        // Frames of a replaced decoder may still come; nobody else would close them.
        if (this.#closed || decoder !== this.#decoder) { frame.close(); return; }
        this.stats.decoded++;
        this.#events.frame(frame, this.#times.take() ?? Math.round(frame.timestamp / US_PER_MS));
      },
      error: (error) => { if (decoder === this.#decoder) this.#fail(message(error)); },
    });
    decoder.configure({ codec: CODEC_STRINGS[this.#codec], optimizeForLatency: true });
    this.#decoder = decoder;
    this.#needKey = true;
    return decoder;
  }

  #fail(reason: string): void {
    this.stats.errors++;
    this.#discard();
    if (!this.#closed) this.#events.keyframeNeeded(reason);
  }

  #discard(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#needKey = true;
    this.#times.clear();
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
