/** One plane of 8-bit samples. */
export interface Plane { data: Uint8Array; width: number; height: number; stride: number }

/** A decoded picture as video has it: BT.601, limited range (16..235), chroma at half size each way (I420). */
export interface Picture { width: number; height: number; y: Plane; u: Plane; v: Plane }

/** A rectangle in pixels; may reach outside the picture, where the edge repeats. */
export interface Region { x: number; y: number; width: number; height: number }

/** Bytes of an I420 picture without padding between rows. */
export function i420Bytes(width: number, height: number): number {
  return width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}

/**
 * Views a packed I420 buffer as a picture, without copying.
 * @throws RangeError when the buffer is shorter than the size needs.
 */
export function pictureOf(data: Uint8Array, width: number, height: number): Picture {
  if (data.length < i420Bytes(width, height)) throw new RangeError(`${data.length} bytes are too few for ${width}×${height}`);
  const luma = width * height;
  const cw = (width + 1) >> 1;
  const ch = (height + 1) >> 1;
  const plane = (offset: number, w: number, h: number): Plane => ({ data: data.subarray(offset, offset + w * h), width: w, height: h, stride: w });
  return { width, height, y: plane(0, width, height), u: plane(luma, cw, ch), v: plane(luma + cw * ch, cw, ch) };
}

/** For each output sample along one axis: the first source index and the weights of the samples from there. */
class Taps {
  count = 0;
  start = new Int32Array(0);
  weights = new Float32Array(0);

  /**
   * Weights for resizing `length` source samples from `origin` to `size`: the mean over the covered area when
   * shrinking (so nothing is skipped), linear interpolation when enlarging. Memory is kept for the next time.
   */
  set(origin: number, length: number, size: number): void {
    const step = length / size;
    const half = Math.max(step, 1) / 2;
    const count = Math.ceil(2 * half) + 1;
    if (this.start.length < size) this.start = new Int32Array(size);
    if (this.weights.length < size * count) this.weights = new Float32Array(size * count);
    const { start, weights } = this;
    for (let i = 0; i < size; i++) {
      const centre = origin + (i + 0.5) * step;
      const first = step > 1 ? Math.floor(centre - half) : Math.floor(centre - 0.5);
      start[i] = first;
      let total = 0;
      for (let k = 0; k < count; k++) {
        const weight = step > 1
          ? Math.max(0, Math.min(centre + half, first + k + 1) - Math.max(centre - half, first + k))
          : Math.max(0, 1 - Math.abs(first + k + 0.5 - centre));
        weights[i * count + k] = weight;
        total += weight;
      }
      for (let k = 0; k < count; k++) weights[i * count + k] = weights[i * count + k]! / total;
    }
    this.#trim(count, size);
  }

  /** Leaves out last taps that weigh nothing everywhere: halving exactly then takes two taps, not three. */
  #trim(count: number, size: number): void {
    const { weights } = this;
    let used = 1;
    for (let i = 0; i < size; i++) {
      for (let k = used; k < count; k++) if (weights[i * count + k]! > 1e-6) used = k + 1;
    }
    this.count = used;
    if (used === count) return;
    for (let i = 0; i < size; i++) for (let k = 0; k < used; k++) weights[i * used + k] = weights[i * count + k]!;
  }
}

const clampIndex = (index: number, length: number): number => (index < 0 ? 0 : index >= length ? length - 1 : index);

/** Resizes regions of planes into float samples; keeps its scratch memory, so one instance serves one thread. */
export class Resampler {
  #rows = new Float32Array(0);
  readonly #across = new Taps();
  readonly #down = new Taps();

  /** Writes `width` × `height` samples 0..255, row by row, to the start of `out`. */
  resize(plane: Plane, region: Region, width: number, height: number, out: Float32Array): void {
    if (isWholeStep(plane, region, width, height)) { boxMean(plane, region, width, height, out); return; }
    const across = this.#across;
    const down = this.#down;
    across.set(region.x, region.width, width);
    down.set(region.y, region.height, height);
    const firstRow = clampIndex(down.start[0]!, plane.height);
    const lastRow = clampIndex(down.start[height - 1]! + down.count - 1, plane.height);
    const needed = (lastRow - firstRow + 1) * width;
    if (this.#rows.length < needed) this.#rows = new Float32Array(needed);
    for (let row = firstRow; row <= lastRow; row++) horizontal(plane, row, across, width, this.#rows, (row - firstRow) * width);
    vertical(this.#rows, down, firstRow, lastRow, width, height, out);
  }
}

/** Each output sample covers the same whole number of source samples, as with 640×480 → 320×240. */
function isWholeStep(plane: Plane, { x, y, width: w, height: h }: Region, width: number, height: number): boolean {
  return Number.isInteger(x) && Number.isInteger(y) && w % width === 0 && h % height === 0
    && x >= 0 && y >= 0 && x + w <= plane.width && y + h <= plane.height;
}

/** Several times faster than weights, for the sizes that cameras usually send. */
function boxMean({ data, stride }: Plane, region: Region, width: number, height: number, out: Float32Array): void {
  const across = region.width / width;
  const down = region.height / height;
  const share = 1 / (across * down);
  for (let j = 0; j < height; j++) {
    const top = (region.y + j * down) * stride + region.x;
    const to = j * width;
    if (across === 2 && down === 2) quads(data, top, stride, width, out, to);
    else if (across === 1 && down === 1) for (let i = 0; i < width; i++) out[to + i] = data[top + i]!;
    else blocks(data, top, stride, across, down, share, width, out, to);
  }
}

function quads(data: Uint8Array, top: number, stride: number, width: number, out: Float32Array, to: number): void {
  for (let i = 0; i < width; i++) {
    const at = top + 2 * i;
    out[to + i] = (data[at]! + data[at + 1]! + data[at + stride]! + data[at + stride + 1]!) * 0.25;
  }
}

function blocks(data: Uint8Array, top: number, stride: number, across: number, down: number, share: number, width: number, out: Float32Array, to: number): void {
  for (let i = 0; i < width; i++) {
    let sum = 0;
    for (let row = 0; row < down; row++) {
      const at = top + row * stride + i * across;
      for (let k = 0; k < across; k++) sum += data[at + k]!;
    }
    out[to + i] = sum * share;
  }
}

function horizontal(plane: Plane, row: number, taps: Taps, width: number, out: Float32Array, at: number): void {
  const line = row * plane.stride;
  const { data } = plane;
  const { count, start } = taps;
  const last = plane.width - count;
  let inner = 0;
  while (inner < width && start[inner]! < 0) inner++;
  let end = width;
  while (end > inner && start[end - 1]! > last) end--;
  clamped(plane, line, taps, 0, inner, out, at);
  if (count === 1) for (let i = inner; i < end; i++) out[at + i] = data[line + start[i]!]!;
  else if (count === 2) pairs(data, line, taps, inner, end, out, at);
  else sums(data, line, taps, inner, end, out, at);
  clamped(plane, line, taps, end, width, out, at);
}

/** The usual sizes need two taps; without an inner loop that is several times faster. */
function pairs(data: Uint8Array, line: number, { start, weights }: Taps, from: number, to: number, out: Float32Array, at: number): void {
  for (let i = from; i < to; i++) {
    const first = line + start[i]!;
    out[at + i] = data[first]! * weights[2 * i]! + data[first + 1]! * weights[2 * i + 1]!;
  }
}

function sums(data: Uint8Array, line: number, { count, start, weights }: Taps, from: number, to: number, out: Float32Array, at: number): void {
  for (let i = from; i < to; i++) {
    const first = line + start[i]!;
    const base = i * count;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += data[first + k]! * weights[base + k]!;
    out[at + i] = sum;
  }
}

function clamped({ data, width }: Plane, line: number, { count, start, weights }: Taps, from: number, to: number, out: Float32Array, at: number): void {
  for (let i = from; i < to; i++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += data[line + clampIndex(start[i]! + k, width)]! * weights[i * count + k]!;
    out[at + i] = sum;
  }
}

function vertical(rows: Float32Array, taps: Taps, firstRow: number, lastRow: number, width: number, height: number, out: Float32Array): void {
  const { count, start, weights } = taps;
  const rowAt = (index: number): number => (Math.max(firstRow, Math.min(lastRow, index)) - firstRow) * width;
  for (let j = 0; j < height; j++) {
    const to = j * width;
    const a = rowAt(start[j]!);
    const first = weights[j * count]!;
    if (count === 1) { for (let i = 0; i < width; i++) out[to + i] = rows[a + i]!; continue; }
    const b = rowAt(start[j]! + 1);
    const second = weights[j * count + 1]!;
    for (let i = 0; i < width; i++) out[to + i] = rows[a + i]! * first + rows[b + i]! * second;
    for (let k = 2; k < count; k++) addRow(rows, rowAt(start[j]! + k), weights[j * count + k]!, out, to, width);
  }
}

function addRow(rows: Float32Array, from: number, weight: number, out: Float32Array, to: number, width: number): void {
  if (weight === 0) return;
  for (let i = 0; i < width; i++) out[to + i] = out[to + i]! + rows[from + i]! * weight;
}
