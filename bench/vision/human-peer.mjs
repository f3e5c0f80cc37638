/**
 * The peer in a process of its own: @vladmandic/human on frames from a file, with as little switched on as the work
 * needs. `node human-peer.mjs <folder with its node_modules> <file of RGB frames> <frames in it> <frames to measure>`
 */
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const WIDTH = 640;
const HEIGHT = 480;
const WARM_UP = 20;
const [folder, file, held, wanted] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const models = join(folder, 'node_modules/@vladmandic/human/models');

// The WASM backend fetches its models: they come from here.
const server = createServer((request, response) => response.end(readFileSync(join(models, request.url.replaceAll('..', '')))));
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
const { Human } = require(join(folder, 'node_modules/@vladmandic/human/dist/human.node-wasm.js'));
const human = new Human({
  backend: 'wasm', wasmPath: join(folder, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'), modelBasePath: `http://127.0.0.1:${server.address().port}/`,
  debug: false, cacheSensitivity: 0, filter: { enabled: false }, gesture: { enabled: false }, body: { enabled: false }, hand: { enabled: false }, object: { enabled: false }, segmentation: { enabled: false },
  face: {
    enabled: true, detector: { rotation: false, maxDetected: 1, skipFrames: 0, skipTime: 0 }, mesh: { enabled: false }, iris: { enabled: false }, description: { enabled: false }, attention: { enabled: false },
    emotion: { enabled: true, skipFrames: 0, skipTime: 0, minConfidence: 0 }, antispoof: { enabled: false }, liveness: { enabled: false }, gear: { enabled: false },
  },
});
await human.load();
const bytes = readFileSync(file);
const size = WIDTH * HEIGHT * 3;
const frames = Array.from({ length: Number(held) }, (_, i) => new Uint8Array(bytes.buffer, bytes.byteOffset + i * size, size));
let faces = 0;
let read = 0;
let began = process.cpuUsage();
let wall = performance.now();
for (let i = -WARM_UP; i < Number(wanted); i++) {
  if (i === 0) { began = process.cpuUsage(); wall = performance.now(); faces = 0; read = 0; }
  const tensor = tf.tensor(frames[(i + WARM_UP) % frames.length], [1, HEIGHT, WIDTH, 3], 'int32');
  const result = await human.detect(tensor);
  tensor.dispose();
  if (result.error) throw new Error(result.error);
  faces += result.face.length;
  read += result.face.filter(({ emotion }) => (emotion?.length ?? 0) > 0).length;
}
const { user, system } = process.cpuUsage(began);
console.log(JSON.stringify({ framesPerCpuSecond: Number(wanted) / ((user + system) / 1e6), framesPerSecond: Number(wanted) / ((performance.now() - wall) / 1000), faces: faces / Number(wanted), read: read / Number(wanted), backend: tf.getBackend() }));
server.close();
process.exit(0);
