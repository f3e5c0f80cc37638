import type { VideoFrame } from '@napi-rs/webcodecs';
import type { Logger } from 'pino';
import type { EmotionSample, EmotionWindow } from '../contract/index.ts';
import { FrameDecoder } from './frames/decoder.ts';
import { FrameScheduler, type Turn } from './frames/scheduler.ts';
import type { Measurement } from './measure/measurer.ts';
import type { MeasurePool } from './measure/pool.ts';
import { Vp8Assembler } from './rtp/assembler.ts';
import { CaptureClock } from './rtp/clock.ts';
import { LagMeter, RateMeter, sampleMood } from './samples.ts';
import { CameraWatch, type NewEvent } from './watch.ts';
import { WindowFold } from './windows.ts';

/** A decoded picture on its way to be measured; whoever holds it must close `picture`. */
interface Frame { camera: string; site: string; watch: CameraWatch; picture: VideoFrame; at: number }

export interface EngineOptions {
  fps: number;
  /** p(happy) above which a face counts as smiling, 0..1. */
  smileAbove: number;
  /** How long a picture must be the same to be reported as frozen, ms of capture time. */
  frozenMs: number;
  pool: MeasurePool;
  log: Logger;
  onSample(sample: EmotionSample): void;
  onWindows(site: string, windows: EmotionWindow[]): void;
  /** Episodes of visitors' moods, and cameras that freeze. */
  onEvent(event: NewEvent): void;
}

/** One camera's way from packets to frames. */
export interface Pipeline {
  packet(bytes: Uint8Array): void;
  close(): void;
}

/** Pictures larger than this are not measured: they would cost more memory than a camera may. */
const MAX_PIXELS = 3840 * 2160;
const TICK_MS = 50;
const WINDOWS_MS = 500;

/** Decodes, schedules, measures, and folds into samples, windows and what cameras are watched for. Keeps no picture after it was measured. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #scheduler: FrameScheduler<Frame>;
  readonly #fold: WindowFold;
  readonly #lags = new LagMeter();
  readonly #rates = new Map<string, RateMeter>();
  readonly #total = new RateMeter(5_000);
  readonly #sites = new Map<string, string>();
  readonly #assemblers = new Set<Vp8Assembler>();
  readonly #timers: NodeJS.Timeout[];
  readonly #running = new Set<Promise<void>>();
  #buffers: ArrayBuffer[] = [];
  #dropped = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#fold = new WindowFold({ smileAbove: options.smileAbove });
    this.#scheduler = new FrameScheduler({ fps: options.fps, concurrency: options.pool.size }, (frame, why) => {
      frame.picture.close();
      if (why === 'dropped') this.#drop(frame);
    });
    this.#timers = [
      setInterval(() => { for (const assembler of this.#assemblers) assembler.tick(performance.now()); }, TICK_MS),
      setInterval(() => this.#finishWindows(this.#fold.finish(Date.now())), WINDOWS_MS),
    ];
  }

  /** @param requestKeyframe asks the camera for a keyframe; called at most twice a second. */
  open(camera: string, site: string, requestKeyframe: () => void): Pipeline {
    this.#sites.set(camera, site);
    const { frozenMs, onEvent } = this.#options;
    const watch = new CameraWatch(camera, site, { frozenMs, onEvent });
    const clock = new CaptureClock();
    const assembler: Vp8Assembler = new Vp8Assembler({
      frame: (frame) => decoder.decode(frame, clock.capturedAt(frame.timestamp, Date.now())),
      keyframeNeeded: requestKeyframe,
    });
    const decoder = new FrameDecoder({
      frame: (picture, at) => this.#offer({ camera, site, watch, picture, at }),
      keyframeNeeded: (reason) => {
        this.#options.log.warn({ camera, reason }, 'decoder replaced');
        assembler.requireKeyframe(performance.now());
      },
    });
    this.#assemblers.add(assembler);
    return {
      packet: (bytes) => assembler.push(bytes, performance.now()),
      close: () => {
        this.#assemblers.delete(assembler);
        decoder.close();
        this.#scheduler.remove(camera);
        this.#rates.delete(camera);
        watch.close();
      },
    };
  }

  /** Measured frames a second over all cameras, lag percentiles in ms, frames dropped since the start. */
  status(): { fps: number; lagP50Ms: number; lagP95Ms: number; dropped: number; late: number } {
    return { fps: this.#total.rate(Date.now()), lagP50Ms: this.#lags.percentile(0.5), lagP95Ms: this.#lags.percentile(0.95), dropped: this.#dropped, late: this.#fold.late };
  }

  /** Finishes what is being measured and sends the open windows. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
    this.#finishWindows(this.#fold.flush());
  }

  #offer(frame: Frame): void {
    if (frame.picture.codedWidth * frame.picture.codedHeight > MAX_PIXELS) {
      frame.picture.close();
      this.#drop(frame);
      return;
    }
    this.#scheduler.offer(frame.camera, frame, frame.at);
    this.#runWaiting();
  }

  #runWaiting(): void {
    for (let turn = this.#scheduler.take(); turn; turn = this.#scheduler.take()) {
      const run: Promise<void> = this.#run(turn).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async #run({ frame, finish }: Turn<Frame>): Promise<void> {
    const { picture } = frame;
    const size = { width: picture.codedWidth, height: picture.codedHeight };
    try {
      this.#publish(frame, size, await this.#measure(picture, size));
    } catch (error) {
      this.#options.log.warn({ camera: frame.camera, err: error }, 'a frame could not be measured');
      this.#drop(frame);
    } finally {
      picture.close();
      finish();
      this.#runWaiting();
    }
  }

  async #measure(picture: VideoFrame, { width, height }: { width: number; height: number }): Promise<Measurement> {
    const bytes = picture.allocationSize({ format: 'I420' });
    const buffer = this.#buffer(bytes);
    await picture.copyTo(new Uint8Array(buffer), { format: 'I420' });
    // The decoder's memory is needed for the next frames while this one is measured.
    picture.close();
    const { measurement, data } = await this.#options.pool.measure(buffer, width, height);
    if (this.#buffers.length < 2 * this.#options.pool.size) this.#buffers.push(data);
    return measurement;
  }

  #buffer(bytes: number): ArrayBuffer {
    const index = this.#buffers.findIndex((buffer) => buffer.byteLength === bytes);
    if (index >= 0) return this.#buffers.splice(index, 1)[0]!;
    // Sizes change when a camera changes its resolution; buffers of sizes gone by would fill the store for ever.
    this.#buffers = this.#buffers.slice(-this.#options.pool.size);
    return new ArrayBuffer(bytes);
  }

  #publish(frame: Frame, size: { width: number; height: number }, { faces, print }: Measurement): void {
    const now = Date.now();
    const shares = faces.map((face) => face.shares);
    const lagMs = Math.min(3_600_000, Math.max(0, now - frame.at));
    this.#fold.observe({ camera: frame.camera, at: frame.at, faces: shares });
    const mood = sampleMood(shares);
    frame.watch.observe({ at: frame.at, faces: faces.length, mood: mood.mood, print });
    this.#lags.add(lagMs);
    this.#total.add(now);
    const rate = this.#rates.get(frame.camera) ?? new RateMeter();
    this.#rates.set(frame.camera, rate);
    rate.add(now);
    this.#options.onSample({
      camera: frame.camera, site: frame.site, at: frame.at, faces: faces.length, ...mood, fps: rate.rate(now), lagMs, ...size,
    });
  }

  #drop(frame: Frame): void {
    this.#dropped++;
    this.#fold.drop(frame.camera, frame.at);
  }

  #finishWindows(windows: EmotionWindow[]): void {
    const bySite = Map.groupBy(windows, (window) => this.#sites.get(window.camera) ?? '');
    for (const [site, group] of bySite) this.#options.onWindows(site, group);
  }
}
