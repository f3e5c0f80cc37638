import { expect, test } from 'vitest';
import { convertTfjsGraph } from './tfjs.mjs';

const graph = (...node: object[]) => ({ modelTopology: { node }, weightsManifest: [] });
const shapes = { inputShape: [-1, 2], outputShape: [-1, 2] };
const placeholder = { name: 'x', op: 'Placeholder' };

test('nodes may stand in any order', () => {
  const bytes = convertTfjsGraph(graph({ name: 'y', op: 'Softmax', input: ['x'] }, placeholder), Buffer.alloc(0), shapes);
  expect(bytes.includes('Softmax')).toBe(true);
});

test('an operation that is not handled is named', () => {
  const model = graph(placeholder, { name: 'y', op: 'Einsum', input: ['x'] });
  expect(() => convertTfjsGraph(model, Buffer.alloc(0), shapes)).toThrow('operation Einsum (node y) is not supported');
});

test('a weight that is not there is named', () => {
  const model = graph(placeholder, { name: 'y', op: 'AddV2', input: ['x', 'w'] });
  expect(() => convertTfjsGraph(model, Buffer.alloc(0), shapes)).toThrow('input w is neither a node nor a weight');
});

test('a graph with two results is refused', () => {
  const model = graph(placeholder, { name: 'a', op: 'Relu', input: ['x'] }, { name: 'b', op: 'Relu', input: ['x'] });
  expect(() => convertTfjsGraph(model, Buffer.alloc(0), shapes)).toThrow('one output expected, found a,b');
});
