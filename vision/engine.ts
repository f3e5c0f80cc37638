import type { VideoFrame } from '@napi-rs/webcodecs';
import type { Logger } from 'pino';
import type { CameraSetup, EmotionSample, EmotionWindow } from '../contract/index.ts';
import type { Standing } from './analysis.ts';
import { CameraDesk } from './desk.ts';
import { VideoIntake, type VideoCodec } from './frames/intake.ts';
import { copyI420, evenSize } from './frames/pixels.ts';
import { RateControl } from './frames/rate.ts';
import { FrameScheduler, type Turn } from './frames/scheduler.ts';
import { i420Bytes } from './measure/picture.ts';
import type { MeasurePool } from './measure/pool.ts';
import { LagMeter, RateMeter } from './samples.ts';
import type { NewEvent } from './watch.ts';
import { WindowFold } from './windows.ts';

/** A decoded picture on its way to be measured; whoever holds it must close `picture`. */
interface Frame { camera: string; picture: VideoFrame; at: number; offeredAt: number }

export interface EngineOptions {
  /** Frames a second in which faces are read, and in which people are looked for where they are counted. */
  fps: number;
  peopleFps?: number;
  /** p(happy) above which a face counts as smiling, 0..1. */
  smileAbove: number;
  /** How long a picture must be the same to be reported as frozen, ms of capture time. */
  frozenMs: number;
  pool: MeasurePool;
  log: Logger;
  onSample(sample: EmotionSample): void;
  onWindows(site: string, windows: EmotionWindow[]): void;
  /** Episodes of visitors' moods, cameras that freeze, people counted, and what is analysed. */
  onEvent(event: NewEvent): void;
  /** What the scene of this version of a set-up looks like: the hub keeps it. */
  onScene(camera: string, version: number, scene: string): void;
}

/** One camera's way from packets to frames. */
export interface Pipeline {
  packet(bytes: Uint8Array): void;
  /** Height of the last picture, pixels; 0 before the first. */
  lines(): number;
  close(): void;
}

export interface EngineStatus {
  /** Measured frames a second over all cameras. */
  fps: number;
  /** From capture to sample, ms. */
  lagP50Ms: number;
  lagP95Ms: number;
  /** Frames due and not measured, and measured too late for their window, since the start. */
  dropped: number;
  late: number;
  /** Streams that are decoded, one for each camera that sends. */
  pipelines: number;
  /** Share of the wanted frame rate at which cameras are measured now, 0..1. */
  rate: number;
}

/** Pictures larger than this are not measured, which is said (`too_large`): they would cost more memory than a camera may. */
const MAX_PIXELS = 3840 * 2160;
const TICK_MS = 50;
const WINDOWS_MS = 500;
const RATE_MS = 1_000;
const PEOPLE_FPS = 2;
/** Cameras that went are remembered up to this many: their set-up and their posters hold when they come back. */
const MAX_DESKS = 1_000;
const MAX_LAG_MS = 3_600_000;

/** Decodes, schedules, measures, and hands readings to each camera's desk. Keeps no picture after it was measured. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #scheduler: FrameScheduler<Frame>;
  readonly #rateControl: RateControl;
  readonly #fold: WindowFold;
  readonly #desks = new Map<string, CameraDesk>();
  readonly #lags = new LagMeter();
  readonly #total = new RateMeter(5_000);
  readonly #intakes = new Set<VideoIntake>();
  readonly #timers: NodeJS.Timeout[];
  readonly #running = new Set<Promise<void>>();
  #buffers: ArrayBuffer[] = [];
  #dropped = 0;
  #second = { measured: 0, dropped: 0, waits: new LagMeter() };

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#fold = new WindowFold({ smileAbove: options.smileAbove });
    this.#rateControl = new RateControl(options.fps);
    this.#scheduler = new FrameScheduler({ fps: options.fps, concurrency: options.pool.size }, (frame, why) => {
      frame.picture.close();
      if (why === 'dropped') this.#drop(frame);
    });
    this.#timers = [
      setInterval(() => { for (const intake of this.#intakes) intake.tick(); }, TICK_MS),
      setInterval(() => this.#finishWindows(this.#fold.finish(Date.now())), WINDOWS_MS),
      setInterval(() => this.#controlRate(), RATE_MS),
    ];
  }

  /**
   * A camera's set-up as it is from now on; the same one again changes nothing. Without one its picture is decoded and
   * nothing is looked for in it.
   */
  configure(setup: CameraSetup): void {
    this.#desk(setup.camera, setup.site).configure(setup, Date.now());
    this.#pace(setup.camera);
  }

  /**
   * @param requestKeyframe asks the camera for a keyframe; called at most twice a second.
   * @param parameterSets H.264's, when they came with the session's description.
   */
  open(camera: string, site: string, requestKeyframe: () => void, codec: VideoCodec = 'vp8', parameterSets: readonly Uint8Array[] = []): Pipeline {
    const desk = this.#desk(camera, site);
    desk.open();
    this.#pace(camera);
    const intake = new VideoIntake(codec, {
      picture: (picture, at) => this.#offer({ camera, picture, at, offeredAt: performance.now() }),
      requestKeyframe,
      trouble: (reason) => this.#options.log.warn({ camera, reason }, 'decoder replaced'),
    }, parameterSets);
    this.#intakes.add(intake);
    return {
      packet: (bytes) => intake.packet(bytes),
      lines: () => intake.lines,
      close: () => {
        this.#intakes.delete(intake);
        intake.close();
        this.#scheduler.remove(camera);
        desk.close(Date.now());
      },
    };
  }

  /** Whether the camera's picture is analysed, and why not; null while nothing is known of it. */
  standing(camera: string): Standing | null { return this.#desks.get(camera)?.standing ?? null; }

  /** Closer looks at each of the camera's frames of late, beyond those that any camera gets. */
  looks(camera: string): number { return this.#desks.get(camera)?.looks ?? 0; }

  /** Share of the picture's height that faces in view have had of late; null without faces. For choosing a simulcast layer. */
  faceShare(camera: string): number | null { return this.#desks.get(camera)?.faceShare(Date.now()) ?? null; }

  status(): EngineStatus {
    return {
      fps: this.#total.rate(Date.now()), lagP50Ms: this.#lags.percentile(0.5), lagP95Ms: this.#lags.percentile(0.95), dropped: this.#dropped, late: this.#fold.late,
      pipelines: this.#intakes.size, rate: this.#rateControl.share,
    };
  }

  /** Finishes what is being measured and sends the open windows. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
    for (const desk of this.#desks.values()) desk.close(Date.now());
    this.#finishWindows(this.#fold.flush());
  }

  #desk(camera: string, site: string): CameraDesk {
    const known = this.#desks.get(camera);
    if (known?.site === site) return known;
    known?.close(Date.now());
    this.#forgetDesks();
    const { frozenMs, peopleFps = PEOPLE_FPS, pool, onEvent, onScene } = this.#options;
    pool.forget(camera);
    const desk = new CameraDesk({ camera, site, fold: this.#fold, frozenMs, peopleFps, onEvent, onScene, onPlan: (plan) => pool.plan(plan) });
    this.#desks.set(camera, desk);
    return desk;
  }

  #forgetDesks(): void {
    for (const [camera, desk] of this.#desks) {
      if (this.#desks.size < MAX_DESKS) return;
      if (desk.connected) continue;
      this.#desks.delete(camera);
      this.#options.pool.forget(camera);
    }
  }

  #pace(camera: string): void {
    const desk = this.#desks.get(camera);
    if (desk?.connected) this.#scheduler.pace(camera, desk.pace(this.#options.fps));
  }

  #offer(frame: Frame): void {
    if (frame.picture.codedWidth * frame.picture.codedHeight > MAX_PIXELS) {
      frame.picture.close();
      this.#refuse(frame);
      return;
    }
    this.#scheduler.offer(frame.camera, frame, frame.at);
    this.#runWaiting();
  }

  /** No reason to measure the others less often: it is the camera's fault that this one is missed. */
  #refuse({ camera, at }: Frame): void {
    this.#dropped++;
    const desk = this.#desks.get(camera);
    if (desk?.reads) this.#fold.drop(camera, at);
    desk?.tooLarge(at);
  }

  #runWaiting(): void {
    for (let turn = this.#scheduler.take(); turn; turn = this.#scheduler.take()) {
      const run: Promise<void> = this.#run(turn).finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async #run({ frame, finish }: Turn<Frame>): Promise<void> {
    try {
      await this.#measure(frame);
    } catch (error) {
      this.#options.log.warn({ camera: frame.camera, err: error }, 'a frame could not be measured');
      this.#drop(frame);
    } finally {
      frame.picture.close();
      finish();
      this.#runWaiting();
    }
  }

  async #measure({ camera, picture, at, offeredAt }: Frame): Promise<void> {
    const desk = this.#desks.get(camera);
    if (!desk) return;
    const { width, height } = evenSize(picture);
    const buffer = this.#buffer(i420Bytes(width, height));
    await copyI420(picture, new Uint8Array(buffer));
    // The decoder's memory is needed for the next frames while this one is measured.
    picture.close();
    const { measurement, revision, data } = await this.#options.pool.measure({ camera, data: buffer, width, height, wanted: desk.wanted(at, { width, height }, Date.now()) });
    if (this.#buffers.length < 2 * this.#options.pool.size) this.#buffers.push(data);
    for (const { part, message } of measurement.failures) this.#options.log.error({ camera, part, message }, 'a model failed; it is not used for this camera any more');
    const now = Date.now();
    const lagMs = Math.min(MAX_LAG_MS, Math.max(0, now - at));
    const sample = desk.observe({ at, width, height, revision, measurement }, lagMs, now);
    this.#pace(camera);
    this.#lags.add(lagMs);
    this.#total.add(now);
    this.#second.measured++;
    this.#second.waits.add(performance.now() - offeredAt);
    if (sample) this.#options.onSample(sample);
  }

  #buffer(bytes: number): ArrayBuffer {
    const index = this.#buffers.findIndex((buffer) => buffer.byteLength === bytes);
    if (index >= 0) return this.#buffers.splice(index, 1)[0]!;
    // Sizes change when a camera changes its resolution; buffers of sizes gone by would fill the store for ever.
    this.#buffers = this.#buffers.slice(-this.#options.pool.size);
    return new ArrayBuffer(bytes);
  }

  #drop(frame: Frame): void {
    this.#dropped++;
    this.#second.dropped++;
    if (this.#desks.get(frame.camera)?.reads) this.#fold.drop(frame.camera, frame.at);
  }

  #controlRate(): void {
    const { measured, dropped, waits } = this.#second;
    this.#second = { measured: 0, dropped: 0, waits: new LagMeter() };
    const before = this.#rateControl.share;
    const share = this.#rateControl.step({ measured, dropped, waitMs: waits.percentile(0.95) });
    if (share === before) return;
    this.#scheduler.throttle(share);
    if (share < before) this.#options.log.info({ share, dropped, measured }, 'frames wait: all cameras are measured less often');
  }

  #finishWindows(windows: EmotionWindow[]): void {
    const bySite = Map.groupBy(windows, (window) => this.#desks.get(window.camera)?.site ?? '');
    for (const [site, group] of bySite) if (site !== '') this.#options.onWindows(site, group);
  }
}
