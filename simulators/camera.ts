import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { backoffMs } from '../contract/index.ts';
import { hubUrl, parse, UsageError } from './args.ts';
import { sleep } from './delivery.ts';
import { Reel } from './video/clip.ts';
import { Library } from './video/library.ts';
import { publish, WhipError } from './video/whip.ts';

/** A connection that lasted this long was a good one: the next wait is short again. */
const GOOD_MS = 30_000;
/** A refused token will not become good soon. */
const REFUSED_WAIT_MS = 60_000;
/** Photographs that one camera shows in turn. */
const PICTURES_PER_CAMERA = 2;

export interface CameraOptions {
  hub: string;
  token: string;
  camera: string;
  /** Photographs, shown in this order. */
  pictures: readonly string[];
  /** Encodes them; cameras of one process share it. */
  library: Library;
  signal: AbortSignal;
  report(line: string): void;
}

/** Runs a camera until the signal is aborted: publishes its loop, comes back whenever hub or node go. */
export async function runCamera({ hub, token, camera, pictures, library, signal, report }: CameraOptions): Promise<void> {
  const [first] = pictures;
  if (first === undefined) throw new UsageError('there is no photograph for the camera');
  const reel = new Reel(pictures.map((file) => library.clip(file)));
  await library.playable(first);
  for (let failures = 0; !signal.aborted;) {
    const began = performance.now();
    try {
      await publish({ url: `${hub}/api/v1/cameras/${camera}/whip`, token, reel, fps: library.fps, signal, onConnected: () => report(`${camera}: connected`) });
    } catch (error) {
      if (performance.now() - began > GOOD_MS) failures = 0;
      const refused = error instanceof WhipError && (error.status === 401 || error.status === 403);
      const wait = refused ? REFUSED_WAIT_MS : Math.max(error instanceof WhipError ? error.retryAfterMs ?? 0 : 0, backoffMs(failures++, Math.random()));
      report(`${camera}: ${error instanceof Error ? error.message : String(error)}; again in ${(wait / 1000).toFixed(1)} s`);
      await sleep(wait, signal);
    }
  }
}

/**
 * Which of the photographs camera `index` of `count` shows: as many different ones as there are cameras, spread over
 * the folder, each shown by two cameras in turn, so that little has to be encoded.
 */
export function picturesFor(pictures: readonly string[], index: number, count: number): string[] {
  const used = Math.min(pictures.length, Math.max(count, PICTURES_PER_CAMERA));
  const pool = Array.from({ length: used }, (_, i) => pictures[Math.floor((i * pictures.length) / used)]!);
  return Array.from({ length: Math.min(PICTURES_PER_CAMERA, used) }, (_, i) => pool[(index + i) % used]!);
}

/** Photographs of a folder, in order of name. @throws UsageError when there are none. */
export function findPictures(folder: string): string[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort() : [];
  if (names.length === 0) throw new UsageError(`there are no photographs in ${folder}: run npm run setup, or name a folder with --samples`);
  return names.map((name) => path.join(folder, name));
}

/** The folder of sample photographs that setup fetched. @throws UsageError when setup was not run. */
export function samplesFolder(root: string = path.join(import.meta.dirname, '..')): string {
  const file = path.join(root, '.otklik', 'setup.json');
  const setup = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as { samples?: { dir?: unknown } }) : {};
  if (typeof setup.samples?.dir !== 'string') throw new UsageError('the sample photographs are missing: run npm run setup, or name a folder with --samples');
  return setup.samples.dir;
}

async function main(): Promise<void> {
  const { values } = parse(() => parseArgs({ options: { hub: { type: 'string', default: 'http://127.0.0.1:8400' }, token: { type: 'string' }, camera: { type: 'string' }, samples: { type: 'string' } }, strict: true }));
  const token = values.token ?? process.env['OTKLIK_CAMERA_TOKEN'];
  if (token === undefined || values.camera === undefined) throw new UsageError('node simulators/camera.ts --hub http://127.0.0.1:8400 --camera <id> --token <token> [--samples <folder>]\n  The token may also come in OTKLIK_CAMERA_TOKEN.');
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const pictures = picturesFor(findPictures(values.samples ?? samplesFolder()), 0, 1);
  await runCamera({ hub: hubUrl(values.hub), token, camera: values.camera, pictures, library: new Library(abort.signal), signal: abort.signal, report: (line) => console.log(line) });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  });
}
