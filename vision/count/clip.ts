import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { i420Bytes } from '../measure/picture.ts';

/** Something about the clip or the machine that the user can set right. */
export class ClipError extends Error {}

/** One picture of a clip: I420, and how many ms after the beginning of the clip it is. `data` is only good until the next one. */
export interface ClipFrame { at: number; width: number; height: number; data: Uint8Array }

/** Wider pictures are made so narrow: the detector sees 512 pixels anyway. */
const WIDEST = 960;
/** Of what ffmpeg says, kept for the error's text. */
const SAID_MOST = 2_000;
const MOST_PIXELS = 8192 * 8192;

/**
 * Pictures of a video file at an even rate, decoded by an ffmpeg child that writes them to a pipe: nothing is written
 * to a disk. Only local files are opened.
 * @throws ClipError when there is no such file, no ffmpeg, or no video in the file.
 */
export async function* clipFrames(file: string, fps: number, ffmpeg = process.env['OTKLIK_FFMPEG'] ?? 'ffmpeg'): AsyncGenerator<ClipFrame> {
  const path = resolve(file);
  if (!existsSync(path)) throw new ClipError(`there is no file ${path}`);
  if (!statSync(path).isFile()) throw new ClipError(`${path} is no file`);
  const filters = `fps=${fps},scale='min(${WIDEST},trunc(iw/2)*2)':-2:out_range=tv`;
  const child = spawn(ffmpeg, ['-nostdin', '-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'file', '-i', path, '-map', '0:v:0', '-an', '-vf', filters, '-pix_fmt', 'yuv420p', '-f', 'yuv4mpegpipe', '-'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-SAID_MOST); });
  const ended = once(child, 'close').then(([code]) => code as number | null, (error: Error & { code?: string }) => error);
  let frames = 0;
  try {
    for await (const { data, width, height } of y4mFrames(child.stdout)) yield { at: Math.round(frames++ * 1000 / fps), width, height, data };
    const end = await ended;
    if (end instanceof Error) throw new ClipError(end.code === 'ENOENT' ? 'ffmpeg is needed to read video and was not found: install it (Debian: apt install ffmpeg), or name it in OTKLIK_FFMPEG' : `ffmpeg could not be started: ${end.message}`);
    if (frames === 0) throw new ClipError(`${path} has no video that ffmpeg can read${said === '' ? '' : `: ${said.trim()}`}`);
    if (end !== 0) throw new ClipError(`ffmpeg stopped after ${frames} pictures: ${said.trim() || `code ${String(end)}`}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Pictures of a YUV4MPEG2 stream: a header line with the size, then for each picture a line and its planes. */
async function* y4mFrames(stream: AsyncIterable<Buffer>): AsyncGenerator<{ data: Uint8Array; width: number; height: number }> {
  const chunks: Buffer[] = [];
  let kept = 0;
  let size: { width: number; height: number } | undefined;
  let wanted: number | undefined;
  const join = (): Buffer => {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, kept);
    chunks.splice(0, chunks.length, all);
    return all;
  };
  for await (const chunk of stream) {
    chunks.push(chunk);
    kept += chunk.length;
    while (kept > 0 && (wanted === undefined || kept >= wanted)) {
      let all = join();
      if (wanted === undefined) {
        const end = all.indexOf(10);
        if (end < 0) break;
        const line = all.toString('latin1', 0, end);
        size ??= sizeOf(line);
        wanted = line.startsWith('FRAME') ? i420Bytes(size.width, size.height) : undefined;
        all = all.subarray(end + 1);
      } else {
        yield { data: all.subarray(0, wanted), ...size! };
        all = all.subarray(wanted);
        wanted = undefined;
      }
      chunks.splice(0, chunks.length, all);
      kept = all.length;
    }
  }
}

function sizeOf(header: string): { width: number; height: number } {
  const width = Number(/ W(\d+)/.exec(header)?.[1]);
  const height = Number(/ H(\d+)/.exec(header)?.[1]);
  if (!header.startsWith('YUV4MPEG2 ') || !(width > 0) || !(height > 0) || width * height > MOST_PIXELS) throw new ClipError('ffmpeg answered with something that is no video');
  return { width, height };
}
