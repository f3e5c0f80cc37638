import { EncodedVideoChunk, VideoDecoder, VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import { join } from 'node:path';
import sharp from 'sharp';
import { i420Bytes } from '../measure/picture.ts';
import { setupResult, toI420, type Rgb } from './pictures.ts';
import { bodyHeight, feetAt, type Scene } from './walkers.ts';
import { seeded } from './random.ts';

/** A person cut out of a photograph: colours, and how much of each pixel is theirs, 0..255. */
interface Cutout extends Rgb { alpha: Uint8Array }

/** Outlines, drawn by hand, px, of the people in `samples.jpg` who are seen from head to foot and whom the detector finds there. */
const OUTLINES: readonly (readonly (readonly [number, number])[])[] = [
  [[295, 495], [330, 478], [362, 500], [362, 585], [385, 615], [385, 840], [350, 850], [375, 1040], [372, 1090], [320, 1116], [293, 1095], [310, 1050], [255, 845], [250, 620], [295, 590]],
  [[405, 495], [440, 485], [490, 500], [492, 600], [515, 640], [522, 820], [512, 900], [490, 920], [480, 1090], [425, 1098], [420, 900], [395, 825], [390, 650], [405, 590]],
  [[672, 515], [705, 500], [740, 520], [742, 595], [770, 620], [778, 920], [745, 930], [755, 1060], [700, 1075], [690, 1060], [705, 930], [655, 900], [650, 640], [668, 590]],
  [[950, 570], [1000, 540], [1045, 580], [1045, 700], [1090, 800], [1070, 890], [1040, 900], [1040, 1130], [965, 1135], [960, 1100], [1000, 1040], [955, 900], [975, 780], [930, 760]],
];
/** Heights that cutouts are kept in, px apart: in between the nearest is taken. */
const HEIGHT_STEP = 4;

/** A still entrance hall with people of photographs walking through it, as pictures and as video. */
export class Entrance {
  readonly scene: Scene;
  readonly #background: Uint8Array;
  readonly #looks: Map<number, Cutout>[];

  constructor(scene: Scene, background: Uint8Array, looks: Map<number, Cutout>[]) {
    this.scene = scene;
    this.#background = background;
    this.#looks = looks;
  }

  static async open(scene: Scene): Promise<Entrance> {
    const looks = await Promise.all(OUTLINES.flatMap((outline) => [false, true].map((mirrored) => sizesOf(outline, mirrored, scene.height))));
    return new Entrance(scene, await hall(scene), looks);
  }

  /** What the camera sees at a moment: those in front hide those behind. */
  pictureAt(at: number): Rgb {
    const { width, height, walkers } = this.scene;
    const data = this.#background.slice();
    const present = walkers.flatMap((walker, index) => { const feet = feetAt(walker, at); return feet ? [{ index, ...feet }] : []; });
    for (const { index, x, y } of present.sort((a, b) => a.y - b.y)) {
      const sizes = this.#looks[(index * 5) % this.#looks.length]!;
      paste(data, width, height, sizes.get(stepOf(bodyHeight(y)))!, x, y);
    }
    return { data, width, height };
  }

  /** The whole scene as VP8 at so many frames a second, encoded and decoded again; I420, one picture at a time. */
  async *video(fps: number, bitrate = 400_000): AsyncGenerator<{ at: number; data: Uint8Array; width: number; height: number }> {
    const { width, height, endsAt } = this.scene;
    const codec = new RoundTrip(width, height, fps, bitrate);
    try {
      for (let frame = 0; frame * 1000 / fps <= endsAt; frame++) {
        const at = Math.round(frame * 1000 / fps);
        yield { at, width, height, data: await codec.pass(toI420(this.pictureAt(at)), at) };
      }
    } finally {
      codec.close();
    }
  }
}

const stepOf = (height: number): number => Math.round(height / HEIGHT_STEP) * HEIGHT_STEP;

async function sizesOf(outline: readonly (readonly [number, number])[], mirrored: boolean, sceneHeight: number): Promise<Map<number, Cutout>> {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const left = Math.min(...xs), top = Math.min(...ys);
  const width = Math.max(...xs) - left, height = Math.max(...ys) - top;
  const shape = outline.map(([x, y]) => `${x - left},${y - top}`).join(' ');
  const mask = Buffer.from(`<svg width="${width}" height="${height}"><polygon points="${shape}" fill="#fff" stroke="#fff" stroke-width="6" stroke-linejoin="round"/></svg>`);
  const person = await sharp(join(setupResult().samples.dir, 'samples.jpg')).extract({ left, top, width, height }).toColourspace('srgb').ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }]).png().toBuffer();
  const sizes = new Map<number, Cutout>();
  for (let size = stepOf(bodyHeight(0)); size <= stepOf(bodyHeight(sceneHeight)); size += HEIGHT_STEP) {
    const image = sharp(person).resize({ height: size });
    const { data, info } = await (mirrored ? image.flop() : image).raw().toBuffer({ resolveWithObject: true });
    sizes.set(size, cutout(data, info.width, info.height));
  }
  return sizes;
}

function cutout(rgba: Uint8Array, width: number, height: number): Cutout {
  const data = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  for (let i = 0; i < alpha.length; i++) {
    data.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
    alpha[i] = rgba[4 * i + 3]!;
  }
  return { data, alpha, width, height };
}

/** Wall, door and floor, with a fixed grain so that nothing is quite flat. */
async function hall({ width, height }: Scene): Promise<Uint8Array> {
  const tiles = Array.from({ length: 14 }, (_, i) => `<line x1="${width / 2 + (i - 7) * 40}" y1="190" x2="${width / 2 + (i - 7) * 130}" y2="${height}" stroke="#8d8578" stroke-width="2"/>`).join('');
  const rows = [215, 250, 300, 365, 440].map((y) => `<line x1="0" y1="${y}" x2="${width}" y2="${y}" stroke="#8d8578" stroke-width="2"/>`).join('');
  const svg = `<svg width="${width}" height="${height}"><rect width="${width}" height="190" fill="#c9c4ba"/><rect y="190" width="${width}" height="${height - 190}" fill="#a69d8e"/>${tiles}${rows}
    <rect x="90" y="20" width="460" height="172" fill="#7f8d94"/><rect x="104" y="30" width="210" height="162" fill="#b7c6cd"/><rect x="326" y="30" width="210" height="162" fill="#b7c6cd"/><rect x="20" y="60" width="44" height="90" fill="#8a6d4b"/></svg>`;
  const data = new Uint8Array(await sharp(Buffer.from(svg)).removeAlpha().toColourspace('srgb').raw().toBuffer());
  const random = seeded(99);
  return data.map((value) => Math.min(255, Math.max(0, Math.round(value + 8 * (random() - 0.5)))));
}

function paste(scene: Uint8Array, width: number, height: number, person: Cutout, x: number, y: number): void {
  const left = Math.round(x - person.width / 2);
  const top = Math.round(y - person.height);
  for (let row = Math.max(0, -top); row < Math.min(person.height, height - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(person.width, width - left); column++) {
      const from = row * person.width + column;
      const share = person.alpha[from]! / 255;
      const to = 3 * ((top + row) * width + left + column);
      for (let c = 0; c < 3; c++) scene[to + c] = Math.round(scene[to + c]! * (1 - share) + person.data[3 * from + c]! * share);
    }
  }
}

/** One picture in, the same picture after VP8 out. */
class RoundTrip {
  readonly #width: number;
  readonly #height: number;
  readonly #encoder: VideoEncoder;
  readonly #decoder: VideoDecoder;
  /** The codecs' callbacks do not keep the process alive while they are waited for. */
  readonly #alive = setInterval(() => undefined, 1_000);
  #first = true;
  #waiting: { resolve(frame: VideoFrame): void; reject(error: Error): void } | undefined;

  constructor(width: number, height: number, framerate: number, bitrate: number) {
    this.#width = width;
    this.#height = height;
    const fail = (error: Error): void => this.#waiting?.reject(error);
    this.#decoder = new VideoDecoder({ output: (frame) => this.#waiting?.resolve(frame), error: fail });
    this.#decoder.configure({ codec: 'vp8', optimizeForLatency: true });
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        this.#decoder.decode(new EncodedVideoChunk({ type: chunk.type, timestamp: chunk.timestamp, data }));
      },
      error: fail,
    });
    this.#encoder.configure({ codec: 'vp8', width, height, bitrate, framerate, latencyMode: 'realtime' });
  }

  async pass(i420: Uint8Array, at: number): Promise<Uint8Array> {
    const decoded = new Promise<VideoFrame>((resolve, reject) => { this.#waiting = { resolve, reject }; });
    const frame = new VideoFrame(i420, { format: 'I420', codedWidth: this.#width, codedHeight: this.#height, timestamp: at * 1000 });
    this.#encoder.encode(frame, { keyFrame: this.#first });
    frame.close();
    this.#first = false;
    const picture = await decoded;
    const out = new Uint8Array(i420Bytes(picture.codedWidth, picture.codedHeight));
    await picture.copyTo(out, { format: 'I420' });
    picture.close();
    return out;
  }

  close(): void {
    clearInterval(this.#alive);
    for (const codec of [this.#encoder, this.#decoder]) if (codec.state !== 'closed') codec.close();
  }
}
