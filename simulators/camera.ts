import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { backoffMs } from '../contract/index.ts';
import { hubUrl, parse, UsageError } from './args.ts';
import { sleep } from './delivery.ts';
import { Reel } from './video/clip.ts';
import { Library, type OpenFrames } from './video/library.ts';
import { SCENES, type SceneKind } from './video/script.ts';
import { openStage } from './video/stage.ts';
import { publish, WhipError } from './video/whip.ts';

/** A connection that lasted this long was a good one: the next wait is short again. */
const GOOD_MS = 30_000;
/** A refused token will not become good soon. */
const REFUSED_WAIT_MS = 60_000;

export interface CameraOptions {
  hub: string;
  token: string;
  camera: string;
  /** What it sees: cameras with the same `name` see the same. */
  view: View;
  /** Encodes it; cameras of one process share it. */
  library: Library;
  signal: AbortSignal;
  report(line: string): void;
}

export interface View { name: string; open: OpenFrames }

/** Runs a camera until the signal is aborted: publishes its loop, comes back whenever hub or node go. */
export async function runCamera({ hub, token, camera, view, library, signal, report }: CameraOptions): Promise<void> {
  const reel = new Reel([library.clip(view.name, view.open)]);
  await library.playable(view.name, view.open);
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

/** A place in which the people of these photographs come and go. `seed` decides who and when. */
export const viewOf = (kind: SceneKind, pictures: readonly string[], seed: number): View =>
  ({ name: `${kind} ${seed}`, open: ({ width, height, seconds }) => openStage(kind, { width, height, seconds, seed, pictures }) });

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
  const { values } = parse(() => parseArgs({ options: { hub: { type: 'string', default: 'http://127.0.0.1:8400' }, token: { type: 'string' }, camera: { type: 'string' }, samples: { type: 'string' }, scene: { type: 'string', default: 'hall' } }, strict: true }));
  const token = values.token ?? process.env['OTKLIK_CAMERA_TOKEN'];
  if (token === undefined || values.camera === undefined) throw new UsageError('node simulators/camera.ts --hub http://127.0.0.1:8400 --camera <id> --token <token> [--samples <folder>] [--scene hall|desk|door]\n  The token may also come in OTKLIK_CAMERA_TOKEN.');
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const scene = SCENES.find((one) => one === values.scene);
  if (scene === undefined) throw new UsageError(`--scene takes one of ${SCENES.join(', ')}, not "${values.scene}"`);
  const view = viewOf(scene, findPictures(values.samples ?? samplesFolder()), 1);
  await runCamera({ hub: hubUrl(values.hub), token, camera: values.camera, view, library: new Library(abort.signal), signal: abort.signal, report: (line) => console.log(line) });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then(() => process.exit(0), (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  });
}
