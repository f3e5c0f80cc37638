/**
 * The face models and sample photographs: which package of the npm registry each comes from, the
 * checksums of what was reviewed, and what a program must know to use it (the manifest).
 */
import { convertFaceExpression, EXPRESSION_CLASSES } from '../models/face-api.mjs';
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
    'assets/samples.jpg': 'cc08cc353cbb38beb0ac32a0900a92e78a3656acb477212ac360e3da6331bb9e',
  },
};

const json = (bytes) => JSON.parse(bytes.toString('utf8'));

/**
 * Models by file name. `make(files)` turns the package's files into the .onnx file. The manifest's
 * `normalisation` is what the caller must do to a pixel of 0…255: (pixel − mean) / std, a channel each;
 * null when the graph does it itself.
 */
export const MODELS = [
  {
    file: 'fr_detect.onnx',
    from: FACEPLUGIN,
    parts: ['model/fr_detect.onnx'],
    make: ([model]) => model,
    manifest: {
      name: 'fr_detect', task: 'faces',
      input: { name: 'input', type: 'float32', layout: 'NCHW', shape: [1, 3, 240, 320], colour: 'rgb', resize: 'bilinear, stretched' },
      normalisation: { mean: [127, 127, 127], std: [128, 128, 128] },
      outputs: {
        scores: { shape: [1, 4420, 2], meaning: 'background, face' },
        boxes: { shape: [1, 4420, 4], meaning: 'x1, y1, x2, y2 as shares of the width and height' },
      },
      threshold: 0.65, nonMaximumSuppressionIou: 0.3,
    },
  },
  {
    file: 'face_expression.onnx',
    from: FACE_API,
    parts: ['model/face_expression_model-weights_manifest.json', 'model/face_expression_model.bin'],
    make: ([manifest, weights]) => convertFaceExpression(json(manifest), weights),
    manifest: {
      name: 'face_expression', task: 'expression',
      input: { name: 'input', type: 'float32', layout: 'NCHW', shape: ['batch', 3, 112, 112], colour: 'rgb', resize: 'bilinear', crop: 'square on the face box, side 0.9 × its longer side' },
      normalisation: null,
      outputs: { probs: { shape: ['batch', 7], meaning: 'softmax' } },
      classes: EXPRESSION_CLASSES,
    },
  },
  {
    file: 'emotion.onnx',
    from: HUMAN,
    parts: ['models/emotion.json', 'models/emotion.bin'],
    make: ([model, weights]) => convertTfjsGraph(json(model), weights, { inputShape: [-1, 64, 64, 1], outputShape: [-1, 7] }),
    manifest: {
      name: 'emotion', task: 'expression',
      input: { name: 'input', type: 'float32', layout: 'NHWC', shape: ['batch', 64, 64, 1], colour: 'gray', luma: '0.2989R+0.587G+0.114B', resize: 'bilinear', crop: 'square on the face box, side 0.9 × its longer side' },
      normalisation: { mean: [127.5], std: [127.5] },
      outputs: { probs: { shape: ['batch', 7], meaning: 'softmax' } },
      classes: ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'],
    },
  },
];

/** Photographs with faces, for the demo's cameras: the ones that the models' authors show their own work on. */
export const SAMPLES = [FACE_API, HUMAN].flatMap((from) =>
  Object.keys(from.files).filter((part) => part.endsWith('.jpg')).map((part) => ({ from, part, file: part.split('/').at(-1), sha256: from.files[part] })));
