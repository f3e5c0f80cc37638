/**
 * Records what the original networks answer: run once, by hand, when a model changes.
 *
 *   mkdir /tmp/originals && cd /tmp/originals
 *   npm install --ignore-scripts @vladmandic/face-api@1.7.15 @vladmandic/human@3.3.6 \
 *     @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
 *   node <this file> /tmp/originals > outputs.json
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { picture } from './pictures.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const modules = path.join(path.resolve(process.argv[2]), 'node_modules');
const require = createRequire(path.join(modules, 'anything.js'));
const tf = require('@tensorflow/tfjs');
const bytesOf = (file) => {
  const bytes = fs.readFileSync(path.join(modules, file));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};
const jsonOf = (file) => JSON.parse(fs.readFileSync(path.join(modules, file), 'utf8'));

async function recordFaceExpression() {
  // This bundle, unlike the others, leaves TensorFlow.js outside, so that plain JavaScript computes here too.
  const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const folder = '@vladmandic/face-api/model/face_expression_model';
  const specs = jsonOf(`${folder}-weights_manifest.json`).flatMap(({ weights }) => weights);
  const net = new faceapi.FaceExpressionNet();
  net.loadFromWeightMap(tf.io.decodeWeights(bytesOf(`${folder}.bin`), specs));
  return Promise.all(SEEDS.map(async (seed) => {
    const input = tf.tensor4d(picture(seed, 112, 3, 0, 255), [1, 112, 112, 3]);
    return { seed, probs: Array.from(await (await net.forward(input)).data()) };
  }));
}

async function recordEmotion() {
  const { modelTopology, weightsManifest } = jsonOf('@vladmandic/human/models/emotion.json');
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const weightData = bytesOf('@vladmandic/human/models/emotion.bin');
  const model = await tf.loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
  return SEEDS.map((seed) => {
    const input = tf.tensor4d(picture(seed, 64, 1, -1, 1), [1, 64, 64, 1]);
    return { seed, probs: Array.from(model.predict(input).dataSync()) };
  });
}

await tf.setBackend('cpu');
const outputs = { face_expression: await recordFaceExpression(), emotion: await recordEmotion() };
console.log(JSON.stringify(outputs, null, 1).replace(/\[\s+([^\]{]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`));
