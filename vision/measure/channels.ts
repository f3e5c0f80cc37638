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
  #y = new Float32Array(0);
  #u = new Float32Array(0);
  #v = new Float32Array(0);

  /** Writes one picture's samples to `out` from `offset` on. */
  write(picture: Picture, region: Region, format: TensorFormat, out: Float32Array, offset = 0): void {
    const pixels = format.width * format.height;
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

const byte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

interface Channel { mean: number; factor: number }

/** `mean` and `scale` stand in the order in which the model takes the channels. */
function channelOrder(format: TensorFormat): [Channel, Channel, Channel] {
  const at = (index: number): Channel => ({ mean: format.mean[index]!, factor: 1 / format.scale[index]! });
  return format.colour === 'rgb' ? [at(0), at(1), at(2)] : [at(2), at(1), at(0)];
}
