/** `npm run vision:count -- clip.mp4 --line x1,y1,x2,y2 --inward left`: counts a clip and compares with a person. `--help` says more. */
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { CameraLine } from '../../contract/cameras.ts';
import { readConfig } from '../config.ts';
import { TensorWriter } from '../measure/channels.ts';
import { pictureOf } from '../measure/picture.ts';
import { auditLines, type Truth } from './audit.ts';
import { ClipError, clipFrames } from './clip.ts';
import { CrossingCounter, type Crossing } from './crossings.ts';
import { PeopleDetector } from './detector.ts';
import { readTruth } from './truth.ts';

process.env['ORT_DISABLE_TELEMETRY'] = '1';

const USAGE = `npm run vision:count -- <clip> --line x1,y1,x2,y2 --inward left|right [options]

  --line x1,y1,x2,y2   ends of the line as shares of the picture's width and height, 0,0 at the upper left
  --inward left|right  the side, seen along the line from its first to its second end, to which people come in
  --truth FILE         a person's count, one crossing a line: time,in or time,out (seconds, mm:ss or hh:mm:ss)
  --in N --out N       or only a person's totals
  --fps N              pictures a second that are looked at, 1 to 10 (4)
  --reentry N          seconds within which somebody who goes back was neither in nor out (5)
  --group N            seconds within which people who cross near each other are one group (2)
  --model FILE         people.onnx, where set-up has not put it

The clip is read by ffmpeg; no picture is written anywhere. Ends with 2 when the clip cannot be counted, and says why.`;

const DEFAULT_FPS = 4;
const PROGRESS_MS = 5_000;

interface Options { clip: string; line: CameraLine; fps: number; truth: Truth | null; model: string }

/** @throws ClipError */
function optionsOf(args: string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [clip, ...more] = positionals;
  if (clip === undefined || more.length > 0) throw new ClipError(`name one clip\n\n${USAGE}`);
  if (values.line === undefined) throw new ClipError('--line is needed: x1,y1,x2,y2 as shares of the picture, e.g. --line 0.1,0.6,0.9,0.6');
  if (values.inward !== 'left' && values.inward !== 'right') throw new ClipError('--inward must be left or right');
  const ends = values.line.split(',').map(Number);
  const line = { from: ends.slice(0, 2), to: ends.slice(2), inward: values.inward, reentryS: numberOf('--reentry', values.reentry, 5, 0, 60), groupS: numberOf('--group', values.group, 2, 0, 10) };
  if (!Compile(CameraLine).Check(line) || (ends[0] === ends[2] && ends[1] === ends[3])) throw new ClipError(`--line ${values.line.slice(0, 80)}: write four numbers from 0 to 1 with commas between them, of two different places`);
  return { clip, line, fps: numberOf('--fps', values.fps, DEFAULT_FPS, 1, 10), truth: truthOf(values), model: modelOf(values.model) };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args, allowPositionals: true, options: { line: text, inward: text, truth: text, in: text, out: text, fps: text, reentry: text, group: text, model: text, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new ClipError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function numberOf(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  const value = text === undefined ? fallback : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new ClipError(`${name} must be a whole number from ${least} to ${most}`);
  return value;
}

function truthOf(values: { truth?: string; in?: string; out?: string }): Truth | null {
  const totals = values.in !== undefined || values.out !== undefined;
  if (values.truth !== undefined && totals) throw new ClipError('give --truth, or --in and --out, not both');
  if (values.truth !== undefined) return { kind: 'times', crossings: readTruth(values.truth) };
  if (!totals) return null;
  if (values.in === undefined || values.out === undefined) throw new ClipError('--in and --out go together');
  return { kind: 'totals', in: numberOf('--in', values.in, 0, 0, 1_000_000), out: numberOf('--out', values.out, 0, 0, 1_000_000) };
}

function modelOf(given: string | undefined): string {
  const path = given ?? join(modelsDir(), 'people.onnx');
  if (!existsSync(path)) throw new ClipError(`${path} is missing: run "npm run setup", or name the model with --model`);
  return path;
}

/** Where set-up put the models; the node's other settings do not matter here. */
function modelsDir(): string {
  const needed = { OTKLIK_VISION_TOKEN: 'unused', ...process.env };
  return readConfig(needed).modelsDir;
}

async function count({ clip, line, fps, model }: Options): Promise<{ counted: Crossing[]; frames: number; seconds: number }> {
  const counter = new CrossingCounter(line);
  const counted: Crossing[] = [];
  const detector = await PeopleDetector.open(model, { executionProviders: ['cpu'], logSeverityLevel: 3 }, new TensorWriter());
  let frames = 0;
  let last = 0;
  let told = performance.now();
  for await (const { at, width, height, data } of clipFrames(clip, fps)) {
    counted.push(...counter.step({ at, width, height, people: await detector.detect(pictureOf(data, width, height)) }));
    frames += 1;
    last = at;
    if (process.stderr.isTTY && performance.now() - told > PROGRESS_MS) { told = performance.now(); process.stderr.write(`\r${Math.floor(at / 60_000)} min counted`); }
  }
  return { counted: [...counted, ...counter.close()], frames, seconds: (last + 1000 / fps) / 1000 };
}

/** Ends with 0, or with 2 when something is to be set right. */
async function main(args: string[]): Promise<number> {
  try {
    const options = optionsOf(args);
    if (!options) { console.log(USAGE); return 0; }
    console.log(auditLines({ ...await count(options), truth: options.truth }).join('\n'));
    return 0;
  } catch (error) {
    if (!(error instanceof ClipError)) throw error;
    console.error(error.message);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
