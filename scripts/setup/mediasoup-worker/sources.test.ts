/** On the installed mediasoup: an update that moves its sources must fail here, not in a shop. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PATCHES, patchedSources } from './patches.mjs';
import { namesInMesonList, workerSchemas, workerSources } from './sources.mjs';

const worker = path.resolve(import.meta.dirname, '../../../node_modules/mediasoup/worker');

test('every source and schema that meson lists is in the package', () => {
  const sources = workerSources(worker);
  expect(sources.length).toBeGreaterThan(200);
  expect(new Set(sources).size).toBe(sources.length);
  const files = [...sources.map((file) => path.join(worker, file)), ...workerSchemas(worker)];
  expect(files.filter((file) => !fs.existsSync(file))).toEqual([]);
});

test('every patch still finds its place', () => {
  expect([...patchedSources(worker).keys()]).toEqual(PATCHES.map(({ file }) => file));
});

test('a patch whose place is gone stops the build', () => {
  const patch = { file: 'src/main.cpp', text: 'no such text', replacement: '' };
  expect(() => patchedSources(worker, [patch])).toThrow('src/main.cpp has changed');
});

test('a list that is gone stops the build', () => {
  expect(() => namesInMesonList(path.join(worker, 'meson.build'), 'renamed_sources')).toThrow('no list renamed_sources');
});
