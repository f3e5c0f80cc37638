/**
 * The models and sample photographs: which package of the npm registry each comes from, and the checksums of what
 * was reviewed. What a program must know to use a model is in its manifest, vision/models/<name>.json.
 */
import { convertCenternet } from '../models/centernet.mjs';
import { convertAgeGender, convertFaceExpression, convertFaceLandmarks } from '../models/face-api.mjs';
import { convertTfjsGraph } from '../models/tfjs.mjs';

const FACEPLUGIN = {
  name: 'faceplugin-face-recognition-js', version: '0.0.1', licence: 'MIT', megabytes: 41,
  integrity: 'sha512-shriXjd4zJHEwhK1jHK+bWo8Vv6Vu9B/w6RRsd4AFtNM/jaI2vhuOamOSMl9qQmLd8WlQ7dgqN+3C2iOi5pXWw==',
  files: { 'model/fr_detect.onnx': '6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854' },
};

const FACE_API = {
  name: '@vladmandic/face-api', version: '1.7.15', licence: 'MIT', megabytes: 13,
  integrity: 'sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==',
  files: {
    'model/face_expression_model-weights_manifest.json': '5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8',
    'model/face_expression_model.bin': '9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d',
    'model/face_landmark_68_tiny_model-weights_manifest.json': '9a1a5dd19fd814fd5095c3cb58f8e0d3193b8c5b9a6715b30a69d559aea31ad4',
    'model/face_landmark_68_tiny_model.bin': 'b98e9f2f7da76f8a6dda9741a36ed485b224b889d552de2b2c1bb16217f67bfc',
    'model/age_gender_model-weights_manifest.json': '74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f',
    'model/age_gender_model.bin': '49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa',
    'demo/sample1.jpg': '8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51',
    'demo/sample2.jpg': '7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691',
    'demo/sample3.jpg': '8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936',
    'demo/sample4.jpg': '729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc',
    'demo/sample5.jpg': '6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938',
    'demo/sample6.jpg': '9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87',
  },
};

const HUMAN = {
  name: '@vladmandic/human', version: '3.3.6', licence: 'MIT', megabytes: 29,
  integrity: 'sha512-Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==',
  files: {
    'models/emotion.json': '56f7e557eb0c863a8b9ab04ac7ccba756e93bf2c27dce135ef0e8712b80b7ad2',
    'models/emotion.bin': '927ac8224f356ab1e68c2bcfbfa07b0c8567047d1bcf817388ba6e38214c4987',
    'models/centernet.json': 'bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05',
    'models/centernet.bin': '1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef',
    'assets/samples.jpg': 'cc08cc353cbb38beb0ac32a0900a92e78a3656acb477212ac360e3da6331bb9e',
  },
};

const json = (bytes) => JSON.parse(bytes.toString('utf8'));

const parsed = (convert) => ([description, weights]) => convert(json(description), weights);
const faceApi = (name) => [`model/${name}-weights_manifest.json`, `model/${name}.bin`];
const convertEmotion = (model, weights) => convertTfjsGraph(model, weights, { inputShape: [-1, 64, 64, 1], outputs: [{ name: 'probs', shape: [-1, 7] }] });

/** Models by file name. `make(files)` turns the package's files, in the order of `parts`, into the .onnx file. */
export const MODELS = [
  { file: 'fr_detect.onnx', from: FACEPLUGIN, parts: ['model/fr_detect.onnx'], make: ([model]) => model },
  { file: 'face_expression.onnx', from: FACE_API, parts: faceApi('face_expression_model'), make: parsed(convertFaceExpression) },
  { file: 'face_landmarks.onnx', from: FACE_API, parts: faceApi('face_landmark_68_tiny_model'), make: parsed(convertFaceLandmarks) },
  { file: 'age_gender.onnx', from: FACE_API, parts: faceApi('age_gender_model'), make: parsed(convertAgeGender) },
  { file: 'emotion.onnx', from: HUMAN, parts: ['models/emotion.json', 'models/emotion.bin'], make: parsed(convertEmotion) },
  { file: 'people.onnx', from: HUMAN, parts: ['models/centernet.json', 'models/centernet.bin'], make: parsed(convertCenternet) },
];

/** Photographs with faces, for the demo's cameras: the ones that the models' authors show their own work on. */
export const SAMPLES = [FACE_API, HUMAN].flatMap((from) =>
  Object.keys(from.files).filter((part) => part.endsWith('.jpg')).map((part) => ({ from, part, file: part.split('/').at(-1), sha256: from.files[part] })));
