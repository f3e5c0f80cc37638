/** Collects the operations and constants of one ONNX graph, hands out names, and encodes the whole. */
import { model, node, tensor, valueInfo } from './onnx-proto.mjs';

export class GraphBuilder {
  #nodes = [];
  #constants = new Map();
  #inputs = [];
  #outputs = [];

  /** Declares a float32 input. @param shape sizes, -1 for the free batch size */
  input(name, shape) {
    this.#inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Adds a constant once; a second call with the same name is the same constant. */
  constant(name, shape, data) {
    if (!this.#constants.has(name)) this.#constants.set(name, tensor(name, shape, data));
    return name;
  }

  /**
   * Adds an operation with one result.
   * @param inputs names of values; @param attributes those that are undefined are left out
   * @returns the result's name: `output`, or one made up here
   */
  op(type, inputs, attributes = {}, output = `${type.toLowerCase()}_${this.#nodes.length}`) {
    const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
    this.#nodes.push(node(`n${this.#nodes.length}`, type, inputs, [output], given));
    return output;
  }

  /** Declares a float32 output. @param shape sizes, -1 for the free batch size */
  output(name, shape) {
    this.#outputs.push(valueInfo(name, shape));
  }

  /** @returns Buffer, the .onnx file */
  encode(name, opset) {
    return model({
      name,
      producer: 'otklik',
      opset,
      nodes: this.#nodes,
      constants: [...this.#constants.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    });
  }
}
