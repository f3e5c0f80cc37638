import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { OWN_MANIFEST } from '../measure/builtin.ts';
import { suppress, type FaceBox } from '../measure/detector.ts';
import type { Rgb } from './pictures.ts';

/**
 * The same measurement written the plain way, as the models' description has it: on RGB pixels, in floating point,
 * by bilinear interpolation, one face at a time. Slow; its outputs are recorded and the fast way is compared with them.
 */
export interface ReferenceFace { x: number; y: number; width: number; height: number; score: number; shares: Record<string, number> }

type Pixel = (x: number, y: number, channel: number) => number;

/** Clamps to the edge; the mean over the covered square when the step is more than one pixel, bilinear otherwise. */
function sampler({ data, width, height }: Rgb): Pixel {
  return (x, y, channel) => data[(Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))) * 3 + channel]!;
}

/** Integral over [from, to) along one axis as pixel index and weight pairs; a bilinear pair when shorter than a pixel. */
function spans(centre: number, step: number): [number, number][] {
  if (step <= 1) {
    const low = Math.floor(centre - 0.5);
    const share = centre - 0.5 - low;
    return [[low, 1 - share], [low + 1, share]];
  }
  const from = centre - step / 2;
  const to = centre + step / 2;
  const result: [number, number][] = [];
  for (let i = Math.floor(from); i < to; i++) result.push([i, (Math.min(to, i + 1) - Math.max(from, i)) / step]);
  return result;
}

function resized(picture: Rgb, x: number, y: number, w: number, h: number, width: number, height: number): Float64Array {
  const pixel = sampler(picture);
  const out = new Float64Array(width * height * 3);
  for (let j = 0; j < height; j++) {
    const rows = spans(y + (j + 0.5) * h / height, h / height);
    for (let i = 0; i < width; i++) {
      const columns = spans(x + (i + 0.5) * w / width, w / width);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (const [row, a] of rows) for (const [column, b] of columns) sum += a * b * pixel(column, row, c);
        out[(j * width + i) * 3 + c] = sum;
      }
    }
  }
  return out;
}

/** Reads a photograph's faces with the default pair of models. */
export async function reference(picture: Rgb, modelsDir: string): Promise<ReferenceFace[]> {
  const open = (path: string) => InferenceSession.create(path, { intraOpNumThreads: 1 });
  const own = await open(OWN_MANIFEST.replace(/\.json$/, '.onnx'));
  const other = await open(join(modelsDir, 'face_expression.onnx'));
  const otherClasses = (JSON.parse(readFileSync(join(modelsDir, 'face_expression.json'), 'utf8')) as { classes: string[] }).classes;
  const names: Record<string, string> = { fearful: 'fear', disgusted: 'disgust', surprised: 'surprise' };
  const faces: ReferenceFace[] = [];
  for (const box of await boxes(await open(join(modelsDir, 'fr_detect.onnx')), picture)) {
    const side = Math.max(box.width, box.height) * 0.9;
    const crop = (size: number) => resized(picture, box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side, size, size);
    const gray = crop(48);
    const input = Float32Array.from({ length: 48 * 48 }, (_, i) => 0.299 * gray[3 * i]! + 0.587 * gray[3 * i + 1]! + 0.114 * gray[3 * i + 2]!);
    const first = (await own.run({ gray: new Tensor('float32', input, [1, 1, 48, 48]) }))['probs']!.data as Float32Array;
    const second = (await other.run({ input: new Tensor('float32', planar(crop(112), 112 * 112, (value) => value), [1, 3, 112, 112]) }))['probs']!.data as Float32Array;
    const shares: Record<string, number> = {};
    ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'].forEach((name, i) => { shares[name] = first[i]! * 2 / 3; });
    otherClasses.forEach((name, i) => { shares[names[name] ?? name]! += second[i]! / 3; });
    faces.push({ x: box.x, y: box.y, width: box.width, height: box.height, score: box.score, shares });
  }
  return faces;
}

async function boxes(detector: InferenceSession, picture: Rgb): Promise<FaceBox[]> {
  const input = planar(resized(picture, 0, 0, picture.width, picture.height, 320, 240), 320 * 240, (value) => (value - 127) / 128);
  const output = await detector.run({ input: new Tensor('float32', input, [1, 3, 240, 320]) });
  const scores = output['scores']!.data as Float32Array;
  const corners = output['boxes']!.data as Float32Array;
  const found: FaceBox[] = [];
  for (let i = 0; i < scores.length / 2; i++) {
    const [x1, y1, x2, y2] = [0, 1, 2, 3].map((k) => corners[4 * i + k]! * (k % 2 === 0 ? picture.width : picture.height)) as [number, number, number, number];
    if (scores[2 * i + 1]! > 0.65) found.push({ x: x1, y: y1, width: x2 - x1, height: y2 - y1, score: scores[2 * i + 1]! });
  }
  return suppress(found.sort((a, b) => b.score - a.score));
}

function planar(interleaved: Float64Array, pixels: number, change: (value: number) => number): Float32Array {
  return Float32Array.from({ length: pixels * 3 }, (_, i) => change(interleaved[(i % pixels) * 3 + Math.floor(i / pixels)]!));
}
