import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { backoffMs } from '../contract/index.ts';
import { hubUrl, parse, UsageError } from './args.ts';
import { sleep } from './delivery.ts';
import { CLIP, encodeClip, Reel, type ClipOptions } from './video/clip.ts';
import { readPicture } from './video/picture.ts';
import { publish, WhipError } from './video/whip.ts';

/** A connection that lasted this long was a good one: the next wait is short again. */
const GOOD_MS = 30_000;
/** A refused token will not become good soon. */
const REFUSED_WAIT_MS = 60_000;
/** Photographs that one camera shows in turn: enough for variety, little enough to encode quickly. */
const PICTURES_PER_CAMERA = 3;

export interface CameraOptions {
  hub: string;
  token: string;
  camera: string;
  /** Photographs, shown in this order. */
  pictures: readonly string[];
  /** Tells cameras apart that show the same pictures. */
  index: number;
  signal: AbortSignal;
  report(line: string): void;
  clip?: Partial<ClipOptions>;
}

/** Runs a camera until the signal is aborted: encodes its loop, publishes it, comes back whenever hub or node go. */
export async function runCamera(options: CameraOptions): Promise<void> {
  const { hub, token, camera, signal, report } = options;
  const reel = new Reel();
  const fps = options.clip?.fps ?? CLIP.fps;
  const pictures = choose(options.pictures, options.index);
  const [first, ...rest] = pictures;
  if (first === undefined) throw new UsageError('there is no photograph for the camera');
  const encode = async (file: string, i: number): Promise<void> => {
    reel.add(await encodeClip(await readPicture(file), { ...options.clip, turn: (options.index * 0.37 + i * 0.21) % 1 }, signal));
  };
  try {
    await encode(first, 0);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  // The others are encoded while the first already plays.
  const encoding = rest.reduce((before, file, i) => before.then(() => encode(file, i + 1)), Promise.resolve())
    .catch((error: unknown) => { if (!signal.aborted) report(`${camera}: a photograph was left out: ${String(error)}`); });

  for (let failures = 0; !signal.aborted;) {
    const began = performance.now();
    try {
      await publish({ url: `${hub}/api/v1/cameras/${camera}/whip`, token, reel, fps, signal, onConnected: () => report(`${camera}: connected`) });
    } catch (error) {
      if (performance.now() - began > GOOD_MS) failures = 0;
      const refused = error instanceof WhipError && (error.status === 401 || error.status === 403);
      const wait = refused ? REFUSED_WAIT_MS : Math.max(error instanceof WhipError ? error.retryAfterMs ?? 0 : 0, backoffMs(failures++, Math.random()));
      report(`${camera}: ${error instanceof Error ? error.message : String(error)}; again in ${(wait / 1000).toFixed(1)} s`);
      await sleep(wait, signal);
    }
  }
  await encoding;
}

function choose(pictures: readonly string[], index: number): string[] {
  return Array.from({ length: Math.min(PICTURES_PER_CAMERA, pictures.length) }, (_, i) => pictures[(index * 2 + i) % pictures.length]!);
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
  await runCamera({ hub: hubUrl(values.hub), token, camera: values.camera, pictures: findPictures(values.samples ?? samplesFolder()), index: 0, signal: abort.signal, report: (line) => console.log(line) });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  });
}
