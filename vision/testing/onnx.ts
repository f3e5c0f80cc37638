import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { model, node, tensor, valueInfo } from '../../scripts/models/onnx-proto.mjs';

/** One output of a made-up model: `values` for each picture; the input's mean is added when `alive`. */
export interface MadeOutput { name: string; shape: readonly number[]; values: readonly number[] }

/**
 * An ONNX file that gives the same numbers for every picture: output = values + gain × mean of the picture.
 * @param input sizes of one picture; @param gain infinity makes everything but a black picture no number.
 */
export function madeModel(input: readonly number[], outputs: readonly MadeOutput[], { gain = 0, batch = -1 }: { gain?: number; batch?: number } = {}): Buffer {
  const constants = [tensor('gain', [1], Float32Array.of(gain))];
  const nodes = [
    node('flat', 'Flatten', ['input'], ['flat'], { axis: 1 }),
    node('mean', 'ReduceMean', ['flat'], ['mean'], { axes: [1], keepdims: 1 }),
    node('scaled', 'Mul', ['mean', 'gain'], ['scaled'], {}),
  ];
  for (const { name, shape, values } of outputs) {
    constants.push(tensor(`${name}/values`, [1, values.length], Float32Array.from(values)), tensor(`${name}/shape`, [shape.length + 1], BigInt64Array.from([batch, ...shape], BigInt)));
    nodes.push(node(`${name}/add`, 'Add', ['scaled', `${name}/values`], [`${name}/flat`], {}), node(`${name}/shaped`, 'Reshape', [`${name}/flat`, `${name}/shape`], [name], {}));
  }
  return model({
    name: 'made', producer: 'test', opset: 13, nodes, constants,
    inputs: [valueInfo('input', [batch, ...input])], outputs: outputs.map(({ name, shape }) => valueInfo(name, [batch, ...shape])),
  });
}

/** Writes a model and its manifest into `folder`. @returns the manifest's path. */
export function writeModel(folder: string, bytes: Uint8Array, manifest: Record<string, unknown> & { name: string }): string {
  const file = `${manifest.name}.onnx`;
  const path = join(folder, `${manifest.name}.json`);
  writeFileSync(join(folder, file), bytes);
  writeFileSync(path, JSON.stringify({ file, sha256: createHash('sha256').update(bytes).digest('hex'), ...manifest }));
  return path;
}
