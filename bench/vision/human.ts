import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Rgb } from '../../vision/testing/pictures.ts';

/** What the peer measured: frames per CPU second of all its threads, faces found and read in a frame. */
export interface HumanFigures { framesPerCpuSecond: number; framesPerSecond: number; faces: number; read: number; backend: string }

const FOLDER = fileURLToPath(new URL('../../build/bench/human', import.meta.url));
const PEER = fileURLToPath(new URL('human-peer.mjs', import.meta.url));
/** TensorFlow.js by WebAssembly: its native backend brings a program from a server that not every machine reaches. */
const PACKAGES = ['@vladmandic/human@3.3.6', ...['tfjs', 'tfjs-core', 'tfjs-converter', 'tfjs-backend-cpu', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}@4.22.0`)];
const INSTALL_MS = 600_000;
const RUN_MS = 600_000;
const run = promisify(execFile);

/**
 * The peer on the same frames, already decoded: it is spared what the other side of the comparison does too. It is
 * installed for this, into `build/`, and is no part of the project.
 * @throws Error when it cannot be installed or fails.
 */
export async function measureHuman(pictures: readonly Rgb[], frames: number): Promise<HumanFigures> {
  await install();
  const folder = mkdtempSync(join(tmpdir(), 'otklik-bench-human-'));
  try {
    const file = join(folder, 'frames.rgb');
    writeFileSync(file, Buffer.concat(pictures.map(({ data }) => data)));
    const { stdout } = await run(process.execPath, [PEER, FOLDER, file, String(pictures.length), String(frames)], { timeout: RUN_MS });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as HumanFigures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function install(): Promise<void> {
  if (existsSync(join(FOLDER, 'node_modules/@vladmandic/human/package.json'))) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n');
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES], { cwd: FOLDER, timeout: INSTALL_MS });
}
