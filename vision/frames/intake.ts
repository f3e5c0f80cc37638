import type { VideoFrame } from '@napi-rs/webcodecs';
import { FrameAssembler, type AssemblerStats } from '../rtp/assembler.ts';
import { CaptureClock } from '../rtp/clock.ts';
import { H264Format } from '../rtp/h264.ts';
import { vp8Format } from '../rtp/vp8.ts';
import { FrameDecoder } from './decoder.ts';

/** Codecs whose way from packets to pictures is tested here. */
export type VideoCodec = 'vp8' | 'h264';

export interface IntakeEvents {
  /** The receiver owns the picture and must close it. `at` is the capture time, epoch ms, never decreasing. */
  picture(picture: VideoFrame, at: number): void;
  /** Asks the camera for a keyframe; called at most twice a second. */
  requestKeyframe(): void;
  /** The decoder lost its state and was replaced. */
  trouble(reason: string): void;
}

/** One video stream's way from RTP packets to pictures. */
export class VideoIntake {
  readonly #assembler: FrameAssembler;
  readonly #decoder: FrameDecoder;
  #lines = 0;

  /** @param parameterSets H.264's, when they came with the session's description. */
  constructor(codec: VideoCodec, events: IntakeEvents, parameterSets: readonly Uint8Array[] = []) {
    const clock = new CaptureClock();
    this.#decoder = new FrameDecoder(codec, {
      frame: (picture, at) => {
        this.#lines = picture.codedHeight;
        events.picture(picture, at);
      },
      keyframeNeeded: (reason) => {
        events.trouble(reason);
        this.#assembler.requireKeyframe(performance.now());
      },
    });
    this.#assembler = new FrameAssembler(codec === 'vp8' ? vp8Format() : new H264Format(parameterSets), {
      frame: (frame) => this.#decoder.decode(frame, clock.capturedAt(frame.timestamp, Date.now())),
      keyframeNeeded: () => events.requestKeyframe(),
    });
  }

  get stats(): AssemblerStats & FrameDecoder['stats'] { return { ...this.#assembler.stats, ...this.#decoder.stats }; }

  /** Height of the last picture, pixels; 0 before the first. */
  get lines(): number { return this.#lines; }

  packet(bytes: Uint8Array): void { this.#assembler.push(bytes, performance.now()); }

  /** Gives up packets that were waited for too long; to be called several times a second. */
  tick(): void { this.#assembler.tick(performance.now()); }

  close(): void { this.#decoder.close(); }
}
