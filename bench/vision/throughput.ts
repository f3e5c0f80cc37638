import { EncodedVideoChunk, VideoDecoder, type VideoFrame } from '@napi-rs/webcodecs';
import { detectorPath, expressionModels } from '../../vision/measure/builtin.ts';
import { Measurer } from '../../vision/measure/measurer.ts';
import { pictureOf } from '../../vision/measure/picture.ts';
import { cut, samplePicture, setupResult, toI420 } from '../../vision/testing/pictures.ts';
import { encodeVp8, type Encoded } from './encode.ts';

const WIDTH = 640;
const HEIGHT = 480;
const WARM_UP = 20;

/** What one core does: whole frames, and the share that decoding alone takes. */
export interface Throughput { framesPerCpuSecond: number; decodeMs: number; measureMs: number; faces: number }

/**
 * Decodes and measures one-face frames one after the other in this process; the CPU time of all its threads counts, so
 * the result is what one core gives, whatever else the machine does.
 * @param frames how many; @param own our own model alone instead of the default pair.
 */
export async function measureThroughput(frames: number, own: boolean): Promise<Throughput> {
  const { models } = setupResult();
  const measurer = await Measurer.open({ detector: detectorPath(models.dir), models: expressionModels(models.dir).slice(0, own ? 1 : 2) });
  const chunks = await encodeVp8(await oneFace(measurer), WIDTH, HEIGHT, WARM_UP + frames);
  const decoder = new Decoder();
  let faces = 0;
  let began = { at: 0, cpu: process.cpuUsage() };
  let decodeMs = 0;
  for (const [i, chunk] of chunks.entries()) {
    if (i === WARM_UP) { began = { at: performance.now(), cpu: process.cpuUsage() }; decodeMs = 0; faces = 0; }
    const started = performance.now();
    const pixels = await decoder.decode(chunk);
    decodeMs += performance.now() - started;
    faces += (await measurer.measure(pictureOf(pixels, WIDTH, HEIGHT))).faces.length;
  }
  const { user, system } = process.cpuUsage(began.cpu);
  const wallMs = performance.now() - began.at;
  decoder.close();
  return { framesPerCpuSecond: frames / ((user + system) / 1e6), decodeMs: decodeMs / frames, measureMs: (wallMs - decodeMs) / frames, faces: faces / frames };
}

/** Pictures that pan over a part of a sample photograph in which the detector finds just one face. */
async function oneFace(measurer: Measurer): Promise<Uint8Array[]> {
  const photo = await samplePicture('sample1.jpg');
  const { faces } = await measurer.measure(pictureOf(toI420(photo), photo.width & ~1, photo.height & ~1));
  for (const { box } of faces) {
    const x = Math.round(Math.max(0, Math.min(photo.width - WIDTH - 8, box.x + box.width / 2 - WIDTH / 2)));
    const y = Math.round(Math.max(0, Math.min(photo.height - HEIGHT - 8, box.y + box.height / 2 - HEIGHT / 2)));
    const pictures = Array.from({ length: 8 }, (_, i) => toI420(cut(photo, x + i, y + i, WIDTH, HEIGHT)));
    const first = await measurer.measure(pictureOf(pictures[0]!, WIDTH, HEIGHT));
    if (first.faces.length === 1) return pictures;
  }
  throw new Error('no part of the sample photograph shows one face alone');
}

/** One frame in, its pixels out. */
class Decoder {
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
    const pixels = new Uint8Array(frame.allocationSize({ format: 'I420' }));
    await frame.copyTo(pixels, { format: 'I420' });
    frame.close();
    return pixels;
  }

  close(): void {
    clearInterval(this.#alive);
    this.#decoder.close();
  }
}
