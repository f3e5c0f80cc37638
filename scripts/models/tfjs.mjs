/**
 * TensorFlow.js graph model (model.json + weights) → ONNX, for the operations that the emotion model and
 * CenterNet have; any other one stops the conversion with its name.
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
 * @param io.inputShape the input's shape, -1 for the batch
 * @param io.outputs for each output its `name`, its `shape` and the `node` that makes it; without a node it is the
 * graph's one result. What no output needs is left out.
 * @param io.weights changes the weights by name before they are used, `(Map of {shape, data}) => void`
 * @returns Buffer, the .onnx file, with the one input `input`
 * @throws Error on an operation or an option of it that is not handled
 */
export function convertTfjsGraph(modelJson, bytes, { inputShape, outputs, weights: change = () => undefined }) {
  const nodes = modelJson.modelTopology.node.filter(({ op }) => op !== 'Const');
  const weights = readWeights(modelJson.weightsManifest, bytes);
  change(weights);
  const context = { graph: new GraphBuilder(), weights, values: new Map(), inputShape };
  const wanted = outputs.map(({ node, name, shape }) => ({ node: node ?? onlyResult(nodes), name, shape }));
  for (const node of inOrder(nodes, wanted.map(({ node: end }) => end))) {
    const emit = OPERATIONS[node.op];
    if (!emit) throw new Error(`operation ${node.op} (node ${node.name}) is not supported`);
    context.values.set(node.name, emit(context, node));
  }
  for (const { node, name, shape } of wanted) {
    context.graph.op('Identity', [context.values.get(node)], {}, name);
    context.graph.output(name, shape);
  }
  return context.graph.encode('tfjs', OPSET);
}

function onlyResult(nodes) {
  const results = nodes.filter(({ name }) => !nodes.some(({ input = [] }) => input.includes(name)));
  if (results.length !== 1) throw new Error(`one output expected, found ${results.map(({ name }) => name)}`);
  return results[0].name;
}

/** What the `ends` need, every node after the nodes it reads: the file's own order is not promised to be so. */
function inOrder(nodes, ends) {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sorted = new Set();
  const visit = (node) => {
    if (!node || sorted.has(node)) return;
    for (const name of node.input ?? []) visit(byName.get(name));
    sorted.add(node);
  };
  for (const name of ends) {
    if (!byName.has(name)) throw new Error(`the graph has no node ${name}`);
    visit(byName.get(name));
  }
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

/** All inputs, for operations that take them as they come. */
const inputs = (context, node) => node.input.map((_, i) => input(context, node, i));

const elementwise = (type) => (context, node) => context.graph.op(type, inputs(context, node));

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
  const parameters = [graph.constant(`${node.name}/filter`, filter.shape, filter.data)];
  if (fused[0] === 'BiasAdd') parameters.push(input(context, node, 2));
  const attributes = {
    group: groupsOf(filter.shape),
    kernel_shape: filter.shape.slice(2),
    strides: spatial(integersOf(node, 'strides')),
    dilations: spatial(integersOf(node, 'dilations')),
    auto_pad: padding(node),
  };
  return inNchw(graph, input(context, node, 0), (x) => {
    const y = graph.op('Conv', [x, ...parameters], attributes);
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

function relu6({ graph }, value) {
  return graph.op('Clip', [value, graph.constant('relu6/low', [], Float32Array.of(0)), graph.constant('relu6/high', [], Float32Array.of(6))]);
}

function concat(context, node) {
  const axis = node.input.length - 1;
  const parts = node.input.slice(0, axis).map((_, i) => input(context, node, i));
  return context.graph.op('Concat', parts, { axis: weight(context.weights, node, axis).data[0] });
}

/** To a fixed size, [height, width]; the old way of TensorFlow, where pixel 0 lies on pixel 0. */
function resizeBilinear(context, node) {
  if (node.attr?.align_corners?.b || node.attr?.half_pixel_centers?.b) throw new Error(`node ${node.name}: only resizing from corner 0 is supported`);
  const size = BigInt64Array.from(weight(context.weights, node, 1).data, BigInt);
  const { graph } = context;
  const target = graph.constant(`${node.name}/size`, [2], size);
  const attributes = { mode: 'linear', axes: [2, 3], coordinate_transformation_mode: 'asymmetric' };
  return inNchw(graph, input(context, node, 0), (x) => graph.op('Resize', [x, '', '', target], attributes));
}

const groupsOfDepthwise = ([outputs]) => outputs;

const OPERATIONS = {
  Placeholder: ({ graph, inputShape }) => graph.input('input', inputShape),
  Identity: (context, node) => input(context, node, 0),
  Conv2D: (context, node) => convolution(context, node, convolutionFilter, () => 1),
  _FusedConv2D: (context, node) => convolution(context, node, convolutionFilter, () => 1),
  DepthwiseConv2dNative: (context, node) => convolution(context, node, depthwiseFilter, groupsOfDepthwise),
  FusedDepthwiseConv2dNative: (context, node) => convolution(context, node, depthwiseFilter, groupsOfDepthwise),
  MaxPool: maxPool,
  Add: elementwise('Add'),
  AddV2: elementwise('Add'),
  Mul: elementwise('Mul'),
  Relu: elementwise('Relu'),
  Relu6: (context, node) => relu6(context, input(context, node, 0)),
  Sigmoid: elementwise('Sigmoid'),
  Mean: mean,
  ConcatV2: concat,
  ResizeBilinear: resizeBilinear,
  Softmax: (context, node) => context.graph.op('Softmax', [input(context, node, 0)], { axis: -1 }),
};
