/**
 * Pictures that are the same on every machine and show nobody: sums of a few slow waves. Slow, because
 * the networks answer noise with one class at 100%, and a comparison of such answers would notice nothing.
 */

/** Numerical Recipes' generator: 32 bits of state, the same everywhere. @returns numbers in 0…1, 1 excluded */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const WAVES = 6;

/**
 * One picture in NHWC order.
 * @param side width and height in pixels
 * @param low, high what the darkest and the brightest possible pixel are
 */
export function picture(seed: number, side: number, channels: number, low: number, high: number): Float32Array {
  const next = numbers(seed);
  const waves = Array.from({ length: WAVES * channels }, () => ({
    x: (next() * 8 - 4) / side,
    y: (next() * 8 - 4) / side,
    phase: next() * 2 * Math.PI,
  }));
  return Float32Array.from({ length: side * side * channels }, (_, i) => {
    const channel = i % channels;
    const column = Math.floor(i / channels) % side;
    const row = Math.floor(i / channels / side);
    const sum = waves
      .slice(channel * WAVES, (channel + 1) * WAVES)
      .reduce((total, { x, y, phase }) => total + Math.sin(2 * Math.PI * (column * x + row * y) + phase), 0);
    return low + ((high - low) * (sum / WAVES + 1)) / 2;
  });
}

/** [height × width, channels] → [channels, height × width]. */
export function toPlanes(pixels: Float32Array, channels: number): Float32Array {
  const size = pixels.length / channels;
  return Float32Array.from({ length: pixels.length }, (_, i) => pixels[(i % size) * channels + Math.floor(i / size)] ?? 0);
}
