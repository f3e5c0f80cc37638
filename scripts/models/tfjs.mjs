/**
 * TensorFlow.js graph model (model.json + weights) → ONNX, for the operations that the emotion model
 * has; any other one stops the conversion with its name.
 *
 * TensorFlow's pictures are NHWC, ONNX's convolutions and pools NCHW. Each such operation is wrapped in
 * two transposes and the outside stays NHWC: simple to follow, and onnxruntime removes the pairs that
 * meet when it loads the model.
 */
import { GraphBuilder } from './graph-builder.mjs';
import { convolutionFilter, depthwiseFilter, readWeights } from './weights.mjs';

const OPSET = 18;
const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

/**
 * @param modelJson parsed model.json; @param bytes its weight files, concatenated
 * @param io.inputShape the input's shape, -1 for the batch; io.outputShape likewise
 * @returns Buffer, the .onnx file: one input `input` and one output `probs`
 * @throws Error on an operation or an option of it that is not handled
 */
export function convertTfjsGraph(modelJson, bytes, { inputShape, outputShape }) {
  const nodes = modelJson.modelTopology.node.filter(({ op }) => op !== 'Const');
  const context = {
    graph: new GraphBuilder(),
    weights: readWeights(modelJson.weightsManifest, bytes),
    values: new Map(),
    inputShape,
  };
  for (const node of inOrder(nodes)) {
    const emit = OPERATIONS[node.op];
    if (!emit) throw new Error(`operation ${node.op} (node ${node.name}) is not supported`);
    context.values.set(node.name, emit(context, node));
  }
  const results = nodes.filter(({ name }) => !nodes.some(({ input = [] }) => input.includes(name)));
  if (results.length !== 1) throw new Error(`one output expected, found ${results.map(({ name }) => name)}`);
  context.graph.op('Identity', [context.values.get(results[0].name)], {}, 'probs');
  context.graph.output('probs', outputShape);
  return context.graph.encode('tfjs', OPSET);
}

/** Every node after the nodes it reads: the file's own order is not promised to be so. */
function inOrder(nodes) {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sorted = new Set();
  const visit = (node) => {
    if (!node || sorted.has(node)) return;
    for (const name of node.input ?? []) visit(byName.get(name));
    sorted.add(node);
  };
  nodes.forEach(visit);
  return sorted;
}

const text = (base64) => Buffer.from(base64, 'base64').toString();
const stringOf = (node, key) => (node.attr?.[key]?.s === undefined ? undefined : text(node.attr[key].s));
const integersOf = (node, key) => (node.attr?.[key]?.list?.i ?? []).map(Number);
const stringsOf = (node, key) => (node.attr?.[key]?.list?.s ?? []).map(text);

/** The name in the ONNX graph of a node's i-th input: another node's result, or a constant. */
function input({ graph, weights, values }, node, i) {
  const name = node.input[i];
  if (values.has(name)) return values.get(name);
  const { shape, data } = weight(weights, node, i);
  return graph.constant(name, shape, data);
}

function weight(weights, node, i) {
  const found = weights.get(node.input[i]);
  if (!found) throw new Error(`node ${node.name}: input ${node.input[i]} is neither a node nor a weight`);
  return found;
}

/** The two picture dimensions' entries of an NHWC list such as [1, 2, 2, 1]. */
const spatial = (list) => list.slice(1, 3);

/** ONNX's name for TensorFlow's padding; both put an odd pixel at the end. */
function padding(node) {
  const name = stringOf(node, 'padding');
  if (name === 'SAME') return 'SAME_UPPER';
  if (name === 'VALID') return 'VALID';
  throw new Error(`node ${node.name}: padding ${name} is not supported`);
}

function assertNhwc(node) {
  const format = stringOf(node, 'data_format') ?? 'NHWC';
  if (format !== 'NHWC') throw new Error(`node ${node.name}: data format ${format} is not supported`);
}

/** Runs `emit` on the value as NCHW and gives its result back as NHWC. */
function inNchw(graph, value, emit) {
  const moved = graph.op('Transpose', [value], { perm: TO_NCHW });
  return graph.op('Transpose', [emit(moved)], { perm: TO_NHWC });
}

/** [N, H, W, C] → [N, H', W', C']; a fused bias and ReLU become parts and successors of the convolution. */
function convolution(context, node, reorder, groupsOf) {
  assertNhwc(node);
  const filter = reorder(weight(context.weights, node, 1));
  const fused = stringsOf(node, 'fused_ops');
  const { graph } = context;
  const inputs = [graph.constant(`${node.name}/filter`, filter.shape, filter.data)];
  if (fused[0] === 'BiasAdd') inputs.push(input(context, node, 2));
  const attributes = {
    group: groupsOf(filter.shape),
    kernel_shape: filter.shape.slice(2),
    strides: spatial(integersOf(node, 'strides')),
    dilations: spatial(integersOf(node, 'dilations')),
    auto_pad: padding(node),
  };
  return inNchw(graph, input(context, node, 0), (x) => {
    const y = graph.op('Conv', [x, ...inputs], attributes);
    return activation(graph, node, y, fused.filter((op) => op !== 'BiasAdd'));
  });
}

function activation(graph, node, value, fused) {
  if (fused.length === 0) return value;
  if (fused.length === 1 && fused[0] === 'Relu') return graph.op('Relu', [value]);
  throw new Error(`node ${node.name}: fused ${fused} is not supported`);
}

/** [N, H, W, C] → [N, H', W', C]. */
function maxPool(context, node) {
  assertNhwc(node);
  const attributes = {
    kernel_shape: spatial(integersOf(node, 'ksize')),
    strides: spatial(integersOf(node, 'strides')),
    auto_pad: padding(node),
  };
  return inNchw(context.graph, input(context, node, 0), (x) => context.graph.op('MaxPool', [x], attributes));
}

/** [N, H, W, C] → [N, C] when the axes are [1, 2]: a global average. */
function mean(context, node) {
  const axes = BigInt64Array.from(weight(context.weights, node, 1).data, BigInt);
  const list = context.graph.constant(`${node.name}/axes`, [axes.length], axes);
  const keepdims = node.attr?.keep_dims?.b ? 1 : 0;
  return context.graph.op('ReduceMean', [input(context, node, 0), list], { keepdims });
}

const OPERATIONS = {
  Placeholder: ({ graph, inputShape }) => graph.input('input', inputShape),
  Identity: (context, node) => input(context, node, 0),
  _FusedConv2D: (context, node) => convolution(context, node, convolutionFilter, () => 1),
  DepthwiseConv2dNative: (context, node) => convolution(context, node, depthwiseFilter, ([outputs]) => outputs),
  MaxPool: maxPool,
  AddV2: (context, node) => context.graph.op('Add', [input(context, node, 0), input(context, node, 1)]),
  Relu: (context, node) => context.graph.op('Relu', [input(context, node, 0)]),
  Mean: mean,
  Softmax: (context, node) => context.graph.op('Softmax', [input(context, node, 0)], { axis: -1 }),
};
