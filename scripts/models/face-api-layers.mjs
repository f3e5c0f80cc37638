/**
 * What face-api's networks are made of. Its packages hold weights only, so each network is built again from these,
 * layer by layer, under the names that the weights have.
 */
import { convolutionFilter, depthwiseFilter, readWeights } from './weights.mjs';

export const SIDE = 112;
/** Mean colour of the set they were trained on, as in the package's `normalize(input, [R, G, B])`. */
const MEAN_RGB = [122.782, 117.001, 104.298];
export const OPSET = 17;

/** (pixel − mean colour) / 255, as a part of the graph, so that a caller cannot forget it. */
export function normalise(graph, input) {
  const mean = graph.constant('mean', [1, 3, 1, 1], Float32Array.from(MEAN_RGB));
  const scale = graph.constant('scale', [], Float32Array.of(255));
  return graph.op('Div', [graph.op('Sub', [input, mean]), scale]);
}

/** The mean over each channel of a `size` × `size` picture: [N, C, size, size] → [N, C]. */
export function pooled(graph, x, size) {
  return graph.op('Flatten', [graph.op('AveragePool', [x], { kernel_shape: [size, size], strides: [2, 2] })]);
}

/** The kinds of layer, by the names that its weights have. */
export class Layers {
  #graph;
  #weights;

  /** @param manifest parsed …-weights_manifest.json; @param bytes the .bin file */
  constructor(graph, manifest, bytes) {
    this.#graph = graph;
    this.#weights = readWeights(manifest, bytes);
  }

  #weight(name) {
    const weight = this.#weights.get(name);
    if (!weight) throw new Error(`the weights have no ${name}: this is another network than the one built here`);
    return weight;
  }

  #constant(name, { shape, data } = this.#weight(name)) {
    return this.#graph.constant(name, shape, data);
  }

  #conv(inputs, stride, kernel, group) {
    return this.#graph.op('Conv', inputs, { group, kernel_shape: kernel, strides: [stride, stride], auto_pad: 'SAME_UPPER' });
  }

  convolution(x, name, stride) {
    const filter = convolutionFilter(this.#weight(`${name}/filters`));
    const inputs = [x, this.#constant(`${name}/filters`, filter), this.#constant(`${name}/bias`)];
    return this.#conv(inputs, stride, filter.shape.slice(2), 1);
  }

  /** A depthwise 3×3 without bias, then a pointwise 1×1 with bias. */
  separable(x, name, stride) {
    const depth = depthwiseFilter(this.#weight(`${name}/depthwise_filter`));
    const point = convolutionFilter(this.#weight(`${name}/pointwise_filter`));
    const deep = this.#conv([x, this.#constant(`${name}/depthwise_filter`, depth)], stride, depth.shape.slice(2), depth.shape[0]);
    return this.#conv([deep, this.#constant(`${name}/pointwise_filter`, point), this.#constant(`${name}/bias`)], 1, [1, 1], 1);
  }

  /** [N, in] → [N, out]; `output` names the result where it is one of the graph's. */
  fullyConnected(x, name, output) {
    return this.#graph.op('Gemm', [x, this.#constant(`${name}/weights`), this.#constant(`${name}/bias`)], {}, output);
  }
}
