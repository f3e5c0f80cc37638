import { Resampler, type Picture, type Region } from './picture.ts';

/** How samples enter a model: as (value − mean) / scale for each channel. */
export interface TensorFormat {
  width: number;
  height: number;
  layout: 'NCHW' | 'NHWC';
  colour: 'gray' | 'rgb' | 'bgr';
  mean: readonly number[];
  scale: readonly number[];
}

/** Samples of one picture in this format. */
export const tensorLength = (format: TensorFormat): number => format.width * format.height * (format.colour === 'gray' ? 1 : 3);

/** Limited-range BT.601 to full range (ITU-R BT.601-7 §2.5.1, scaled to 0..255). */
const LUMA = 255 / 219;
const RED_V = 1.402 * 255 / 224;
const GREEN_U = 0.344136 * 255 / 224;
const GREEN_V = 0.714136 * 255 / 224;
const BLUE_U = 1.772 * 255 / 224;

/**
 * Cuts, resizes, converts and normalises regions of pictures into model input. Resizes before it converts colours:
 * both are linear, so the result is the same and far fewer pixels are converted. One instance serves one thread.
 */
export class TensorWriter {
  readonly #resampler = new Resampler();
  readonly #tables = new Map<TensorFormat, FourSampleTables>();
  #y = new Float32Array(0);
  #u = new Float32Array(0);
  #v = new Float32Array(0);

  /** Writes one picture's samples to `out` from `offset` on. */
  write(picture: Picture, region: Region, format: TensorFormat, out: Float32Array, offset = 0): void {
    const pixels = format.width * format.height;
    if (isFourSampled(picture, region, format)) { this.#tablesFor(format).write(picture, region, format, out, offset); return; }
    if (this.#y.length < pixels) {
      this.#y = new Float32Array(pixels);
      this.#u = new Float32Array(pixels);
      this.#v = new Float32Array(pixels);
    }
    this.#resampler.resize(picture.y, region, format.width, format.height, this.#y);
    if (format.colour === 'gray') { this.#writeGray(format, pixels, out, offset); return; }
    const half: Region = { x: region.x / 2, y: region.y / 2, width: region.width / 2, height: region.height / 2 };
    this.#resampler.resize(picture.u, half, format.width, format.height, this.#u);
    this.#resampler.resize(picture.v, half, format.width, format.height, this.#v);
    this.#writeColour(format, pixels, out, offset);
  }

  #tablesFor(format: TensorFormat): FourSampleTables {
    const known = this.#tables.get(format) ?? new FourSampleTables(format);
    this.#tables.set(format, known);
    return known;
  }

  /** Luma of BT.601 is .299R+.587G+.114B by definition: gray needs no colour at all. */
  #writeGray(format: TensorFormat, pixels: number, out: Float32Array, offset: number): void {
    const mean = format.mean[0]!;
    const factor = 1 / format.scale[0]!;
    for (let i = 0; i < pixels; i++) out[offset + i] = (byte((this.#y[i]! - 16) * LUMA) - mean) * factor;
  }

  #writeColour(format: TensorFormat, pixels: number, out: Float32Array, offset: number): void {
    const planar = format.layout === 'NCHW';
    const step = planar ? 1 : 3;
    const apart = planar ? pixels : 1;
    const red = offset + (format.colour === 'rgb' ? 0 : 2 * apart);
    const green = offset + apart;
    const blue = offset + (format.colour === 'rgb' ? 2 * apart : 0);
    const [r, g, b] = channelOrder(format);
    for (let i = 0; i < pixels; i++) {
      const luma = (this.#y[i]! - 16) * LUMA;
      const u = this.#u[i]! - 128;
      const v = this.#v[i]! - 128;
      out[red + i * step] = (byte(luma + RED_V * v) - r.mean) * r.factor;
      out[green + i * step] = (byte(luma - GREEN_U * u - GREEN_V * v) - g.mean) * g.factor;
      out[blue + i * step] = (byte(luma + BLUE_U * u) - b.mean) * b.factor;
    }
  }
}

/** Inputs of so many pixels are a detector's: a whole scene, not the few pixels of a face, of which each is read with care. */
const SCENE = 200 * 200;
/** Samples of a scene that become one at most, each way: from more, four would be picked by chance. */
const MOST_STEP = 2.5;

/** Whether four samples for each pixel do: where they are all that there are, as in 640×480 for a detector of 320×240, and for scenes that are not made much smaller. */
function isFourSampled({ y, u }: Picture, region: Region, { width, height, colour, layout }: TensorFormat): boolean {
  if (colour === 'gray' || layout !== 'NCHW') return false;
  const even = [region.x, region.y, region.width, region.height].every((value) => value % 2 === 0);
  const inside = region.x >= 0 && region.y >= 0 && region.x + region.width <= Math.min(y.width, 2 * u.width) && region.y + region.height <= Math.min(y.height, 2 * u.height);
  const halved = region.width === 2 * width && region.height === 2 * height;
  const fits = (from: number, to: number): boolean => from >= to && from <= MOST_STEP * to;
  return even && inside && (halved || (width * height >= SCENE && fits(region.width, width) && fits(region.height, height)));
}

/** Steps of a value in the tables: an eighth of a grey level, far below the noise of any camera. */
const STEPS = 8;
/** Values go from below −300 to above 600 before they are cut to 0..255. */
const LOWEST = 320;
const HIGHEST = 640;

/**
 * Resizes, converts and normalises in one pass and in whole numbers: four luma samples, a quarter of a pixel's width and
 * height from its middle, and the nearest one of each chroma become one place in a table of normalised values. Halving,
 * that is the mean of all there is; else a little coarser than area means, and three times as fast.
 */
class FourSampleTables {
  /** By the sum of four luma samples, and by chroma: parts of the place in `red`, `green` and `blue`. */
  readonly #luma = Int32Array.from({ length: 4 * 255 + 1 }, (_, sum) => Math.round((LOWEST + (sum / 4 - 16) * LUMA) * STEPS));
  readonly #redV = chromaTable(RED_V);
  readonly #greenU = chromaTable(-GREEN_U);
  readonly #greenV = chromaTable(-GREEN_V);
  readonly #blueU = chromaTable(BLUE_U);
  readonly #red: Float32Array;
  readonly #green: Float32Array;
  readonly #blue: Float32Array;
  /** For each column the two samples of luma and the one of chroma, from the region's left edge. */
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #chroma: Int32Array;
  #width = 0;

  constructor(format: TensorFormat) {
    [this.#red, this.#green, this.#blue] = channelOrder(format).map(valueTable) as [Float32Array, Float32Array, Float32Array];
    [this.#left, this.#right, this.#chroma] = [new Int32Array(format.width), new Int32Array(format.width), new Int32Array(format.width)];
  }

  write({ y, u, v }: Picture, region: Region, { width, height, colour }: TensorFormat, out: Float32Array, offset: number): void {
    const pixels = width * height;
    const red = offset + (colour === 'rgb' ? 0 : 2 * pixels);
    const green = offset + pixels;
    const blue = offset + (colour === 'rgb' ? 2 * pixels : 0);
    if (region.width !== this.#width) this.#columns(region.width, width);
    const step = region.height / height;
    for (let row = 0; row < height; row++) {
      const upper = (region.y + Math.floor((row + 0.25) * step)) * y.stride + region.x;
      const lower = (region.y + Math.floor((row + 0.75) * step)) * y.stride + region.x;
      const chroma = ((region.y + Math.floor((row + 0.5) * step)) >> 1) * u.stride + region.x / 2;
      this.#row(y.data, upper, lower, u.data, v.data, chroma, out, red + row * width, green + row * width, blue + row * width);
    }
  }

  #columns(from: number, width: number): void {
    const step = from / width;
    for (let i = 0; i < width; i++) {
      this.#left[i] = Math.floor((i + 0.25) * step);
      this.#right[i] = Math.floor((i + 0.75) * step);
      this.#chroma[i] = Math.floor((i + 0.5) * step) >> 1;
    }
    this.#width = from;
  }

  #row(luma: Uint8Array, upper: number, lower: number, u: Uint8Array, v: Uint8Array, chroma: number, out: Float32Array, red: number, green: number, blue: number): void {
    const left = this.#left;
    const right = this.#right;
    for (let i = 0; i < left.length; i++) {
      const a = left[i]!;
      const b = right[i]!;
      const light = this.#luma[luma[upper + a]! + luma[upper + b]! + luma[lower + a]! + luma[lower + b]!]!;
      const at = chroma + this.#chroma[i]!;
      const cu = u[at]!;
      const cv = v[at]!;
      out[red + i] = this.#red[light + this.#redV[cv]!]!;
      out[green + i] = this.#green[light + this.#greenU[cu]! + this.#greenV[cv]!]!;
      out[blue + i] = this.#blue[light + this.#blueU[cu]!]!;
    }
  }
}

const chromaTable = (factor: number): Int32Array => Int32Array.from({ length: 256 }, (_, value) => Math.round((value - 128) * factor * STEPS));
const valueTable = ({ mean, factor }: Channel): Float32Array => Float32Array.from({ length: (LOWEST + HIGHEST) * STEPS }, (_, place) => (byte(place / STEPS - LOWEST) - mean) * factor);

const byte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

interface Channel { mean: number; factor: number }

/** `mean` and `scale` stand in the order in which the model takes the channels. */
function channelOrder(format: TensorFormat): [Channel, Channel, Channel] {
  const at = (index: number): Channel => ({ mean: format.mean[index]!, factor: 1 / format.scale[index]! });
  return format.colour === 'rgb' ? [at(0), at(1), at(2)] : [at(2), at(1), at(0)];
}
