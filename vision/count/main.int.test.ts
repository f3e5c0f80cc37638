import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Entrance } from '../testing/entrance.ts';
import { toI420 } from '../testing/pictures.ts';
import { randomScene } from '../testing/walkers.ts';

const FPS = 4;
const FFMPEG = process.env['OTKLIK_FFMPEG'] ?? 'ffmpeg';
const LINE = ['--line', '0.02,0.6875,0.98,0.6875', '--inward', 'right', '--reentry', '4'];
let folder = '';

/** The command, as a user runs it. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; said: string }> {
  return new Promise((resolve) => execFile(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { env: { ...process.env, ...env }, cwd: folder }, (error, out, said) => resolve({ code: error ? Number(error.code) : 0, out, said })));
}

/** A clip as a camera would have recorded it. */
async function record(entrance: Entrance, file: string): Promise<void> {
  const { width, height, endsAt } = entrance.scene;
  const ffmpeg = spawn(FFMPEG, ['-nostdin', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(FPS), '-i', '-', '-c:v', 'mpeg4', '-q:v', '4', file], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (let at = 0; at <= endsAt; at += 1000 / FPS) if (!ffmpeg.stdin.write(toI420(entrance.pictureAt(at)))) await once(ffmpeg.stdin, 'drain');
  ffmpeg.stdin.end();
  expect((await once(ffmpeg, 'close'))[0]).toBe(0);
}

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'otklik-count-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('vision:count', () => {
  it('counts a clip, compares it with a person\'s count and leaves nothing behind', { timeout: 600_000 }, async () => {
    const entrance = await Entrance.open(randomScene(4, 3));
    const clip = join(folder, 'clip.mkv');
    await record(entrance, clip);
    const { truth } = entrance.scene;
    writeFileSync(join(folder, 'truth.csv'), `time,direction\n${truth.map(({ at, inward }) => `${(at / 1000).toFixed(1)},${inward ? 'in' : 'out'}`).join('\n')}\n`);
    const before = readdirSync(folder);
    const { code, out, said } = await run([clip, ...LINE, '--truth', 'truth.csv']);
    expect(said).toBe('');
    expect(code).toBe(0);
    const both = /both\s+(\d+)\s+(\d+)\s+(\d+)/.exec(out)!.slice(1).map(Number);
    expect(both[1]).toBe(truth.length);
    expect(truth.length - both[2]!).toBeLessThanOrEqual(1);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    ['no file', ['nothing.mp4', ...LINE], 'there is no file'],
    ['no video', ['truth.txt', ...LINE], 'no video that ffmpeg can read'],
    ['a folder', ['.', ...LINE], 'is no file'],
    ['no line', ['truth.txt', '--inward', 'left'], '--line is needed'],
    ['half a line', ['truth.txt', '--line', '0.1,0.2,0.3', '--inward', 'left'], 'four numbers'],
    ['a line outside', ['truth.txt', '--line', '0.1,0.2,0.3,7', '--inward', 'left'], 'four numbers'],
    ['no side', ['truth.txt', '--line', '0.1,0.2,0.3,0.4'], '--inward'],
    ['half of the totals', ['truth.txt', ...LINE, '--in', '3'], 'go together'],
    ['an unknown option', ['truth.txt', ...LINE, '--frames', '3'], 'frames'],
    ['too many pictures', ['truth.txt', ...LINE, '--fps', '500'], '--fps'],
    ['a count that is none', ['truth.txt', ...LINE, '--truth', 'truth.txt'], 'line 1'],
  ])('says what is wrong: %s', async (_name, args, words) => {
    writeFileSync(join(folder, 'truth.txt'), 'no video, no count');
    const { code, said } = await run(args);
    expect(said).toContain(words);
    expect(code).toBe(2);
  });

  it('says how to get ffmpeg where there is none', async () => {
    writeFileSync(join(folder, 'some.mp4'), 'x');
    const { code, said } = await run(['some.mp4', ...LINE], { OTKLIK_FFMPEG: join(folder, 'nowhere') });
    expect(said).toContain('apt install ffmpeg');
    expect(code).toBe(2);
  });
});
