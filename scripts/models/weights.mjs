/**
 * Reads TensorFlow.js weights: a manifest (JSON) that lists tensors in order, and the bytes they lie
 * in, one after another. A quantised tensor is stored as whole numbers q, its value is q × scale + min, or in
 * half precision as it is.
 */

/** Bytes of one stored number, and how to read it at a byte position. */
const STORED = {
  float32: [4, (bytes, at) => bytes.readFloatLE(at)],
  int32: [4, (bytes, at) => bytes.readInt32LE(at)],
  uint16: [2, (bytes, at) => bytes.readUInt16LE(at)],
  uint8: [1, (bytes, at) => bytes.readUInt8(at)],
  float16: [2, (bytes, at) => halfPrecision(bytes.readUInt16LE(at))],
};

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
export function halfPrecision(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * @param manifest the `weightsManifest` of a model: groups of `{weights: [{name, shape, dtype, quantization?}]}`
 * @param bytes all groups' bytes, in the manifest's order
 * @returns Map of name → `{shape, data}` with data a Float32Array, or an Int32Array where dtype is int32
 * @throws Error on a storage type that is not handled here, or when the bytes are too few or too many
 */
export function readWeights(manifest, bytes) {
  const weights = new Map();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of manifest.flatMap((group) => group.weights)) {
    const stored = STORED[quantization?.dtype ?? dtype];
    if (!stored) throw new Error(`weight ${name}: storage type ${quantization?.dtype ?? dtype} is not supported`);
    const [size, read] = stored;
    const { scale = 1, min = 0 } = quantization ?? {};
    const count = shape.reduce((product, length) => product * length, 1);
    if (offset + count * size > bytes.length) throw new Error(`weight ${name}: the weights file is too short`);
    const data = dtype === 'int32' ? new Int32Array(count) : new Float32Array(count);
    for (let i = 0; i < count; i += 1) data[i] = read(bytes, offset + i * size) * scale + min;
    offset += count * size;
    weights.set(name, { shape, data });
  }
  if (offset !== bytes.length) throw new Error(`the weights file has ${bytes.length - offset} bytes that no tensor owns`);
  return weights;
}

/**
 * TensorFlow keeps a convolution's filter as [height, width, in, out]; ONNX wants [out, in, height, width].
 * @returns `{shape, data}`
 */
export function convolutionFilter({ shape: [height, width, inputs, outputs], data }) {
  const moved = new Float32Array(data.length);
  let from = 0;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let i = 0; i < inputs; i += 1)
        for (let o = 0; o < outputs; o += 1) moved[((o * inputs + i) * height + y) * width + x] = data[from++];
  return { shape: [outputs, inputs, height, width], data: moved };
}

/**
 * A depthwise filter is [height, width, channels, multiplier] in TensorFlow, and in ONNX a convolution
 * with as many groups as channels: [channels × multiplier, 1, height, width].
 * @returns `{shape, data}`
 */
export function depthwiseFilter({ shape: [height, width, channels, multiplier], data }) {
  const moved = new Float32Array(data.length);
  const outputs = channels * multiplier;
  for (let from = 0; from < data.length; from += 1) {
    const output = from % outputs;
    const pixel = Math.floor(from / outputs);
    moved[output * height * width + pixel] = data[from];
  }
  return { shape: [outputs, 1, height, width], data: moved };
}
