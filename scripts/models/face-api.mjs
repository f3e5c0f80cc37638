/**
 * face-api's networks → ONNX: expression, 68 landmarks, age and gender.
 *
 * All take `input` [N, 3, 112, 112], RGB, 0…255: a square with one face in it.
 */
import { Layers, normalise, OPSET, pooled, SIDE } from './face-api-layers.mjs';
import { GraphBuilder } from './graph-builder.mjs';

export const EXPRESSION_CLASSES = ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgusted', 'surprised'];

/** x and y of each of the 68 points. */
const LANDMARK_VALUES = 136;
const MAIN_BLOCKS = 2;

/**
 * Output `probs` [N, 7]: softmax in the order of EXPRESSION_CLASSES.
 * @param manifest parsed face_expression_model-weights_manifest.json; @param bytes face_expression_model.bin
 * @returns Buffer, the .onnx file
 */
export function convertFaceExpression(manifest, bytes) {
  return convert('face_expression', manifest, bytes, (graph, layers, x) => {
    // Four blocks: 112 → 56 → 28 → 14 → 7 pixels.
    const features = pooled(graph, denseBlocks(graph, layers, x, { blocks: 4, convolutions: 4 }), 7);
    graph.op('Softmax', [layers.fullyConnected(features, 'fc')], { axis: 1 }, 'probs');
    graph.output('probs', [-1, EXPRESSION_CLASSES.length]);
  });
}

/**
 * Output `points` [N, 136]: x, y of each of the 68 points of the iBUG scheme, as shares of the square's side.
 * @param manifest parsed face_landmark_68_tiny_model-weights_manifest.json; @param bytes face_landmark_68_tiny_model.bin
 * @returns Buffer, the .onnx file
 */
export function convertFaceLandmarks(manifest, bytes) {
  return convert('face_landmarks', manifest, bytes, (graph, layers, x) => {
    const features = pooled(graph, denseBlocks(graph, layers, x, { blocks: 3, convolutions: 3 }), 14);
    layers.fullyConnected(features, 'fc', 'points');
    graph.output('points', [-1, LANDMARK_VALUES]);
  });
}

/**
 * Outputs `age` [N, 1]: years; `gender` [N, 2]: P(male), P(female). A small Xception.
 * @param manifest parsed age_gender_model-weights_manifest.json; @param bytes age_gender_model.bin
 * @returns Buffer, the .onnx file
 */
export function convertAgeGender(manifest, bytes) {
  return convert('age_gender', manifest, bytes, (graph, layers, input) => {
    let x = graph.op('Relu', [layers.convolution(input, 'entry_flow/conv_in', 2)]);
    x = reductionBlock(graph, layers, x, 'entry_flow/reduction_block_0', { activated: true });
    x = reductionBlock(graph, layers, x, 'entry_flow/reduction_block_1');
    for (let block = 0; block < MAIN_BLOCKS; block += 1) x = mainBlock(graph, layers, x, `middle_flow/main_block_${block}`);
    x = reductionBlock(graph, layers, x, 'exit_flow/reduction_block');
    x = graph.op('Relu', [layers.separable(x, 'exit_flow/separable_conv', 1)]);
    const features = pooled(graph, x, 7);
    layers.fullyConnected(features, 'fc/age', 'age');
    graph.op('Softmax', [layers.fullyConnected(features, 'fc/gender')], { axis: 1 }, 'gender');
    graph.output('age', [-1, 1]);
    graph.output('gender', [-1, 2]);
  });
}

/** @param build adds the network behind the normalised input and declares the outputs */
function convert(name, manifest, bytes, build) {
  const graph = new GraphBuilder();
  const layers = new Layers(graph, manifest, bytes);
  build(graph, layers, normalise(graph, graph.input('input', [-1, 3, SIDE, SIDE])));
  return graph.encode(name, OPSET);
}

function denseBlocks(graph, layers, input, { blocks, convolutions }) {
  let x = input;
  for (let block = 0; block < blocks; block += 1) x = denseBlock(graph, layers, x, block, convolutions);
  return x;
}

/**
 * Halves the picture. Each convolution after the second sees the sum of all before it. Only the first has stride 2,
 * and in block 0 it is a full convolution (there are but three channels to separate).
 */
function denseBlock(graph, layers, x, block, convolutions) {
  const layer = (index) => `dense${block}/conv${index}`;
  const relu = (value) => graph.op('Relu', [value]);
  const add = (a, b) => graph.op('Add', [a, b]);
  const first = relu(block === 0 ? layers.convolution(x, layer(0), 2) : layers.separable(x, layer(0), 2));
  let sum = add(first, layers.separable(first, layer(1), 1));
  for (let index = 2; index < convolutions; index += 1) sum = add(sum, layers.separable(relu(sum), layer(index), 1));
  return relu(sum);
}

/** Halves the picture; `activated`: the input has been through a ReLU. */
function reductionBlock(graph, layers, x, name, { activated = false } = {}) {
  const relu = (value) => graph.op('Relu', [value]);
  const first = layers.separable(activated ? x : relu(x), `${name}/separable_conv0`, 1);
  const second = layers.separable(relu(first), `${name}/separable_conv1`, 1);
  const small = graph.op('MaxPool', [second], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' });
  return graph.op('Add', [small, layers.convolution(x, `${name}/expansion_conv`, 2)]);
}

function mainBlock(graph, layers, x, name) {
  let y = x;
  for (let index = 0; index < 3; index += 1) y = layers.separable(graph.op('Relu', [y]), `${name}/separable_conv${index}`, 1);
  return graph.op('Add', [y, x]);
}
