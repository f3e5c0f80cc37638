/**
 * face-api's expression network → ONNX. The package holds weights only, so the architecture (its
 * `FaceFeatureExtractor` and one fully connected layer) is built again here.
 *
 * Input `input` [N, 3, 112, 112]: RGB, 0…255. Output `probs` [N, 7]: softmax in the order of
 * EXPRESSION_CLASSES. Normalisation is the graph's first step, so that a caller cannot forget it.
 */
import { GraphBuilder } from './graph-builder.mjs';
import { convolutionFilter, depthwiseFilter, readWeights } from './weights.mjs';

export const EXPRESSION_CLASSES = ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgusted', 'surprised'];

const SIDE = 112;
/** Mean colour of the set it was trained on, as in the package's `normalize(input, [R, G, B])`. */
const MEAN_RGB = [122.782, 117.001, 104.298];
const OPSET = 17;

/** Dense blocks, each halving the picture: 112 → 56 → 28 → 14 → 7 pixels. */
const BLOCKS = [0, 1, 2, 3];

/**
 * @param manifest parsed face_expression_model-weights_manifest.json; @param bytes face_expression_model.bin
 * @returns Buffer, the .onnx file
 */
export function convertFaceExpression(manifest, bytes) {
  const graph = new GraphBuilder();
  const layers = new Layers(graph, readWeights(manifest, bytes));
  let x = normalise(graph, graph.input('input', [-1, 3, SIDE, SIDE]));
  for (const block of BLOCKS) x = denseBlock(graph, layers, x, block);
  // [N, 256, 7, 7] → [N, 256, 1, 1] → [N, 256] → [N, 7]
  x = graph.op('AveragePool', [x], { kernel_shape: [7, 7], strides: [2, 2] });
  x = layers.fullyConnected(graph.op('Flatten', [x]), 'fc');
  graph.op('Softmax', [x], { axis: 1 }, 'probs');
  graph.output('probs', [-1, EXPRESSION_CLASSES.length]);
  return graph.encode('face_expression', OPSET);
}

/** (pixel − mean colour) / 255. */
function normalise(graph, input) {
  const mean = graph.constant('mean', [1, 3, 1, 1], Float32Array.from(MEAN_RGB));
  const scale = graph.constant('scale', [], Float32Array.of(255));
  return graph.op('Div', [graph.op('Sub', [input, mean]), scale]);
}

/**
 * Four convolutions; each of the later ones sees the sum of all before it. Only the first has stride 2,
 * and in block 0 it is a full convolution (there are but three channels to separate).
 */
function denseBlock(graph, layers, x, block) {
  const layer = (index) => `dense${block}/conv${index}`;
  const relu = (value) => graph.op('Relu', [value]);
  const add = (a, b) => graph.op('Add', [a, b]);
  const first = relu(block === 0 ? layers.convolution(x, layer(0), 2) : layers.separable(x, layer(0), 2));
  const two = add(first, layers.separable(first, layer(1), 1));
  const three = add(two, layers.separable(relu(two), layer(2), 1));
  return relu(add(three, layers.separable(relu(three), layer(3), 1)));
}

/** The network's kinds of layer, by the names that its weights have. */
class Layers {
  #graph;
  #weights;

  constructor(graph, weights) {
    this.#graph = graph;
    this.#weights = weights;
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

  fullyConnected(x, name) {
    return this.#graph.op('Gemm', [x, this.#constant(`${name}/weights`), this.#constant(`${name}/bias`)]);
  }
}
