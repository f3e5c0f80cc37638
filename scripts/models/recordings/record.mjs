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

// This bundle, unlike the others, leaves TensorFlow.js outside, so that one copy of it computes everything here.
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');

function loaded(net, file) {
  const folder = `@vladmandic/face-api/model/${file}`;
  const specs = jsonOf(`${folder}-weights_manifest.json`).flatMap(({ weights }) => weights);
  net.loadFromWeightMap(tf.io.decodeWeights(bytesOf(`${folder}.bin`), specs));
  return net;
}

const rgb = (seed) => tf.tensor4d(picture(seed, 112, 3, 0, 255), [1, 112, 112, 3]);

async function recordFaceExpression() {
  const net = loaded(new faceapi.FaceExpressionNet(), 'face_expression_model');
  return Promise.all(SEEDS.map(async (seed) => ({ seed, probs: Array.from(await (await net.forward(rgb(seed))).data()) })));
}

async function recordLandmarks() {
  const net = loaded(new faceapi.FaceLandmark68TinyNet(), 'face_landmark_68_tiny_model');
  return Promise.all(SEEDS.slice(0, 3).map(async (seed) => ({ seed, points: rounded(await (await net.forward(rgb(seed))).data()) })));
}

async function recordAgeGender() {
  const net = loaded(new faceapi.AgeGenderNet(), 'age_gender_model');
  return Promise.all(SEEDS.map(async (seed) => {
    const { age, gender } = await net.forward(rgb(seed));
    return { seed, age: Array.from(await age.data()), gender: Array.from(await gender.data()) };
  }));
}

const rounded = (values) => Array.from(values, (value) => Number(value.toPrecision(6)));

async function graphModel(file) {
  const { modelTopology, weightsManifest, signature } = jsonOf(`@vladmandic/human/models/${file}.json`);
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const weightData = bytesOf(`@vladmandic/human/models/${file}.bin`);
  return tf.loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData, signature }) });
}

async function recordEmotion() {
  const model = await graphModel('emotion');
  return SEEDS.map((seed) => {
    const input = tf.tensor4d(picture(seed, 64, 1, -1, 1), [1, 64, 64, 1]);
    return { seed, probs: Array.from(model.predict(input).dataSync()) };
  });
}

/** Of 128×128 cells every 257th: all columns and rows come up, and the file stays small. */
async function recordPeople() {
  const model = await graphModel('centernet');
  return SEEDS.slice(0, 2).map((seed) => {
    const input = tf.tensor4d(picture(seed, 512, 3, 0, 255), [1, 512, 512, 3]);
    const [wh, keypoints] = model.execute(input, ['tower_0/wh', 'tower_0/keypoints']).map((tensor) => tensor.dataSync());
    const cells = Array.from({ length: 63 }, (_, i) => i * 257);
    return { seed, person: rounded(cells.map((cell) => keypoints[cell * 80])), wh: rounded(cells.flatMap((cell) => Array.from(wh.slice(cell * 4, cell * 4 + 4)))) };
  });
}

await tf.setBackend('cpu');
const outputs = {
  face_expression: await recordFaceExpression(),
  face_landmarks: await recordLandmarks(),
  age_gender: await recordAgeGender(),
  emotion: await recordEmotion(),
  people: await recordPeople(),
};
console.log(JSON.stringify(outputs, null, 1).replace(/\[\s+([^\]{]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`));
