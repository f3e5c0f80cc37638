import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs';
import { detectorPath, expressionModels, modelPath } from '../../vision/measure/builtin.ts';
import { CloseLooks } from '../../vision/measure/close-looks.ts';
import { Measurer, WHOLE_PICTURE, type KnownPose, type MeasurerOptions, type Wanted } from '../../vision/measure/measurer.ts';
import { MeasurePool } from '../../vision/measure/pool.ts';
import { pictureOf, type Region } from '../../vision/measure/picture.ts';
import type { FaceReading } from '../../vision/readings.ts';
import { encodeVp8, type Encoded } from '../../vision/testing/encode.ts';
import { setupResult, toI420, type Rgb } from '../../vision/testing/pictures.ts';
import { paste, people, room } from '../../vision/testing/still.ts';

const WIDTH = 640;
const HEIGHT = 480;
const SEARCHED: Region = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
/** Time between frames as cameras are measured: the looks depend on it, not on how fast this is. */
const FRAME_MS = 200;
/** Frames before the clock starts: a node runs for weeks, so what its first seconds cost (code is compiled, memory laid out) is no part of the figure. */
const WARM_UP = 150;

/** What one core does: whole frames, and the share that decoding alone takes. */
export interface Throughput { framesPerCpuSecond: number; framesPerSecond: number; decodeMs: number; measureMs: number; faces: number }

/** The models of a node as it is set up, for faces. @param own our own expression model alone instead of the default pair. */
function options(own = false): MeasurerOptions {
  const { models } = setupResult();
  return { detector: detectorPath(models.dir), models: expressionModels(models.dir).slice(0, own ? 1 : 2), landmarks: modelPath(models.dir, 'landmarks') };
}

/** Asks as a camera's desk does: how a face is turned is read in every other frame, and parts are looked at more closely. */
class Wanting {
  readonly #looks = new CloseLooks();
  #poses: readonly KnownPose[] = [];
  #at = 0;

  next(): Wanted {
    this.#at += FRAME_MS;
    return { faces: true, people: false, learn: false, poses: this.#poses, person: false, closer: this.#looks.take(this.#at, SEARCHED, false) };
  }

  took(faces: readonly FaceReading[]): void {
    this.#poses = this.#poses.length > 0 ? [] : faces.flatMap(({ box, yaw }) => (yaw === null ? [] : [{ box, yaw }]));
    this.#looks.found(this.#at, SEARCHED, false, faces.map(({ box }) => box));
  }
}

/**
 * Decodes and measures one-face frames one after the other in this process; the CPU time of all its threads counts, so
 * the result is what one core gives, whatever else the machine does.
 * @param frames how many; @param own our own model alone instead of the default pair.
 */
export async function measureThroughput(pictures: readonly Rgb[], frames: number, own: boolean): Promise<Throughput> {
  const measurer = await Measurer.open(options(own));
  const chunks = await encodeVp8(pictures.map(toI420), WIDTH, HEIGHT, WARM_UP + frames);
  const decoder = new Decoder();
  let faces = 0;
  let began = { at: 0, cpu: process.cpuUsage() };
  let decodeMs = 0;
  const wanting = new Wanting();
  for (const [i, chunk] of chunks.entries()) {
    if (i === WARM_UP) { began = { at: performance.now(), cpu: process.cpuUsage() }; decodeMs = 0; faces = 0; }
    const started = performance.now();
    const pixels = await decoder.decode(chunk);
    decodeMs += performance.now() - started;
    const found = (await measurer.measure(pictureOf(pixels, WIDTH, HEIGHT), WHOLE_PICTURE, wanting.next())).faces;
    wanting.took(found);
    faces += found.filter(({ left }) => left === null).length;
  }
  const { user, system } = process.cpuUsage(began.cpu);
  const wallMs = performance.now() - began.at;
  decoder.close();
  return { framesPerCpuSecond: frames / ((user + system) / 1e6), framesPerSecond: frames / (wallMs / 1000), decodeMs: decodeMs / frames, measureMs: (wallMs - decodeMs) / frames, faces: faces / frames };
}

/** Frames a second by the clock that this many measuring threads give together, and per second of CPU time. */
export async function measureThreads(pictures: readonly Rgb[], threads: number, frames: number): Promise<{ framesPerSecond: number; framesPerCpuSecond: number }> {
  const raw = pictures.map(toI420);
  const pool = await MeasurePool.open(options(), threads, (error) => { throw error; });
  try {
    for (let camera = 0; camera < threads; camera++) pool.plan({ ...WHOLE_PICTURE, camera: `cam-${camera}`, revision: 1 });
    let began = performance.now();
    let cpu = process.cpuUsage();
    await Promise.all(Array.from({ length: threads }, async (_, lane) => {
      const wanting = new Wanting();
      let data = new ArrayBuffer(raw[0]!.byteLength);
      for (let i = -WARM_UP; i < frames / threads; i++) {
        if (i === 0 && lane === 0) { began = performance.now(); cpu = process.cpuUsage(); }
        new Uint8Array(data).set(raw[(i + WARM_UP) % raw.length]!);
        const done = await pool.measure({ camera: `cam-${lane}`, data, width: WIDTH, height: HEIGHT, wanted: wanting.next() });
        data = done.data;
        wanting.took(done.measurement.faces);
      }
    }));
    const { user, system } = process.cpuUsage(cpu);
    return { framesPerSecond: frames / ((performance.now() - began) / 1000), framesPerCpuSecond: frames / ((user + system) / 1e6) };
  } finally {
    await pool.close();
  }
}

/** A room before which one person of a sample photograph sways, whose face is found and read in every picture. */
export async function oneFace(): Promise<Rgb[]> {
  const measurer = await Measurer.open(options());
  for (const person of await people('sample1.jpg')) {
    const pictures = Array.from({ length: 8 }, (_, i) => paste(room(WIDTH, HEIGHT), person, 220 + i, 150 + (i >> 1)));
    const read: boolean[] = [];
    for (const picture of pictures) {
      const { faces } = await measurer.measure(pictureOf(toI420(picture), WIDTH, HEIGHT));
      read.push(faces.length === 1 && faces[0]!.left === null);
    }
    if (read.every(Boolean)) return pictures;
  }
  throw new Error('no person of the sample photograph is read in every picture');
}

/** One frame in, its pixels out; the memory for them is used again, as the node does. */
class Decoder {
  #pixels = new Uint8Array(0);
  readonly #decoder: VideoDecoder;
  /** The decoder's callbacks do not keep the process alive while they are waited for. */
  readonly #alive = setInterval(() => undefined, 1_000);
  #next: { resolve(frame: VideoFrame): void; reject(error: Error): void } | undefined;

  constructor() {
    this.#decoder = new VideoDecoder({ output: (frame) => this.#next?.resolve(frame), error: (error) => this.#next?.reject(error) });
    this.#decoder.configure({ codec: 'vp8', optimizeForLatency: true });
  }

  async decode(chunk: Encoded): Promise<Uint8Array> {
    const decoded = new Promise<VideoFrame>((resolve, reject) => { this.#next = { resolve, reject }; });
    this.#decoder.decode(new EncodedVideoChunk(chunk));
    const frame = await decoded;
    const bytes = frame.allocationSize({ format: 'I420' });
    if (this.#pixels.length !== bytes) this.#pixels = new Uint8Array(bytes);
    await frame.copyTo(this.#pixels, { format: 'I420' });
    frame.close();
    return this.#pixels;
  }

  close(): void {
    clearInterval(this.#alive);
    this.#decoder.close();
  }
}
