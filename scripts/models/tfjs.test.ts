import { expect, test } from 'vitest';
import { convertTfjsGraph } from './tfjs.mjs';

const graph = (...node: object[]) => ({ modelTopology: { node }, weightsManifest: [] });
const shapes = { inputShape: [-1, 2], outputs: [{ name: 'probs', shape: [-1, 2] }] };
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

test('a graph is cut at the nodes that are named, and what they do not need is left out', () => {
  const model = graph(placeholder, { name: 'a', op: 'Relu', input: ['x'] }, { name: 'b', op: 'TopKV2', input: ['a'] });
  const bytes = convertTfjsGraph(model, Buffer.alloc(0), { ...shapes, outputs: [{ name: 'kept', node: 'a', shape: [-1, 2] }] });
  expect(bytes.includes('kept')).toBe(true);
  expect(() => convertTfjsGraph(model, Buffer.alloc(0), { ...shapes, outputs: [{ name: 'kept', node: 'c', shape: [-1, 2] }] })).toThrow('no node c');
});

test('resizing by another rule than the one that is built is refused', () => {
  const node = { name: 'y', op: 'ResizeBilinear', input: ['x', 'size'], attr: { half_pixel_centers: { b: true } } };
  expect(() => convertTfjsGraph(graph(placeholder, node), Buffer.alloc(0), shapes)).toThrow('only resizing from corner 0');
});
