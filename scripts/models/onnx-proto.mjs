/**
 * Writes ONNX model files. An .onnx file is one protobuf message (onnx.proto, ModelProto), and
 * writing protobuf takes three things: a varint, a field tag, and length-prefixed bytes. That is
 * less code than a protobuf library is configuration, so none is used.
 *
 * Field numbers below are those of onnx.proto3, IR version 8.
 */
import { Buffer } from 'node:buffer';

/** The file layout version. 8 is read by every onnxruntime since 1.11. */
const IR_VERSION = 8;

/** TensorProto.DataType. */
export const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** AttributeProto.AttributeType. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 };

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** Seven bits a byte, low bits first; a negative number travels as its 64-bit two's complement. */
export function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

const tag = (field, wire) => varint((field << 3) | wire);

export const intField = (field, value) => Buffer.concat([tag(field, WIRE_VARINT), varint(value)]);

/** Text, raw bytes or an encoded message: all three look the same on the wire. */
export function bytesField(field, value) {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([tag(field, WIRE_BYTES), varint(bytes.length), bytes]);
}

export function floatField(field, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, WIRE_FIXED32), bytes]);
}

/** A float attribute: JavaScript has one number type, ONNX tells 1 from 1.0. */
export const float = (value) => ({ float: value });

/**
 * AttributeProto. A string, an integer, a list of integers, or `float(x)`.
 * @throws TypeError for any other value, because a wrong type would only show when the model is loaded.
 */
export function attribute(name, value) {
  const head = bytesField(1, name);
  const typed = (type, ...fields) => Buffer.concat([head, ...fields, intField(20, ATTRIBUTE_TYPES[type])]);
  if (typeof value === 'string') return typed('string', bytesField(4, value));
  if (Number.isInteger(value)) return typed('int', intField(3, value));
  if (Array.isArray(value) && value.every(Number.isInteger)) return typed('ints', ...value.map((v) => intField(8, v)));
  if (typeof value?.float === 'number') return typed('float', floatField(2, value.float));
  throw new TypeError(`attribute ${name}: ${JSON.stringify(value)} has no ONNX type here`);
}

/**
 * TensorProto: a constant. `data` is a typed array in row-major order, whose bytes are stored as they
 * are (ONNX is little-endian, and so is every machine that Node runs on).
 * @throws RangeError when the shape does not hold exactly `data`.
 */
export function tensor(name, shape, data) {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) throw new RangeError(`tensor ${name}: shape [${shape}] holds ${count}, not ${data.length}`);
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([
    ...shape.map((size) => intField(1, size)),
    intField(2, elementType(data)),
    bytesField(8, name),
    bytesField(9, raw),
  ]);
}

function elementType(data) {
  if (data instanceof Float32Array) return ELEMENT_TYPES.float32;
  if (data instanceof Int32Array) return ELEMENT_TYPES.int32;
  if (data instanceof BigInt64Array) return ELEMENT_TYPES.int64;
  throw new TypeError(`no ONNX element type for ${data.constructor.name}`);
}

/** ValueInfoProto of a float32 tensor; a size of -1 is the free batch size, named N in the file. */
export function valueInfo(name, shape) {
  const dimensions = shape.map((size) => bytesField(1, size < 0 ? bytesField(2, 'N') : intField(1, size)));
  const tensorType = Buffer.concat([intField(1, ELEMENT_TYPES.float32), bytesField(2, Buffer.concat(dimensions))]);
  return Buffer.concat([bytesField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

/** NodeProto: one operation. */
export function node(name, type, inputs, outputs, attributes) {
  return Buffer.concat([
    ...inputs.map((input) => bytesField(1, input)),
    ...outputs.map((output) => bytesField(2, output)),
    bytesField(3, name),
    bytesField(4, type),
    ...Object.entries(attributes).map(([key, value]) => bytesField(5, attribute(key, value))),
  ]);
}

/**
 * ModelProto around one graph.
 * @param parts.name graph name; parts.producer who wrote it; parts.opset version of ONNX's operator set
 * @param parts.nodes, parts.constants, parts.inputs, parts.outputs encoded messages of the functions above
 */
export function model({ name, producer, opset, nodes, constants, inputs, outputs }) {
  const graph = Buffer.concat([
    ...nodes.map((message) => bytesField(1, message)),
    bytesField(2, name),
    ...constants.map((message) => bytesField(5, message)),
    ...inputs.map((message) => bytesField(11, message)),
    ...outputs.map((message) => bytesField(12, message)),
  ]);
  const operatorSet = Buffer.concat([bytesField(1, ''), intField(2, opset)]);
  return Buffer.concat([intField(1, IR_VERSION), bytesField(2, producer), bytesField(7, graph), bytesField(8, operatorSet)]);
}
