import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Scene } from './pan.ts';
import type { RtspStream } from './rtsp-server.ts';
import { accessUnits, nalUnits } from './stream.ts';

export interface Encoding { width: number; height: number; pictures: number; fps: number; bFrames?: number; keyEvery?: number; profile?: 'baseline' | 'main' | 'high' }

/** Pictures of a scene as H.264, encoded by ffmpeg (x264). @throws Error when ffmpeg fails. */
export async function encodeH264(scene: Scene, { width, height, pictures, fps, bFrames = 0, keyEvery = fps, profile = 'main' }: Encoding): Promise<RtspStream> {
  const params = `bframes=${bFrames}:b-adapt=0:b-pyramid=none:scenecut=0:keyint=${keyEvery}:open-gop=0:threads=1`;
  const bytes = await ffmpegEncode(scene, { width, height, pictures, fps }, ['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', profile, '-x264-params', params, '-f', 'h264']);
  const units = accessUnits(nalUnits(bytes));
  return { pictures: units, shown: presentation(units), fps };
}

async function ffmpegEncode(scene: Scene, { width, height, pictures, fps }: Encoding, codec: readonly string[]): Promise<Uint8Array> {
  const input = ['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0'];
  const ffmpeg = spawn('ffmpeg', [...input, ...codec, 'pipe:1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const parts: Buffer[] = [];
  ffmpeg.stdout.on('data', (part: Buffer) => parts.push(part));
  const closed = once(ffmpeg, 'close') as Promise<[number | null]>;
  for (let i = 0; i < pictures; i++) if (!ffmpeg.stdin.write(scene.next().data)) await once(ffmpeg.stdin, 'drain');
  ffmpeg.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  return Buffer.concat(parts);
}

/** The same as H.265, one unit or more a picture. */
export async function encodeH265(scene: Scene, { width, height, pictures, fps }: Encoding): Promise<RtspStream> {
  const bytes = await ffmpegEncode(scene, { width, height, pictures, fps }, ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', `bframes=0:keyint=${fps}:log-level=none:repeat-headers=1`, '-f', 'hevc']);
  const units: Uint8Array[][] = [[]];
  for (const unit of nalUnits(bytes)) {
    units.at(-1)!.push(unit);
    // A unit of a picture (types 0 to 31) ends it: x265 gives one slice.
    if (((unit[0]! >> 1) & 0x3f) < 32) units.push([]);
  }
  const whole = units.filter((one) => one.length > 0);
  return { pictures: whole, shown: whole.map((_, i) => i), fps, encoding: 'H265' };
}

/**
 * Place in showing of each picture in decoding order, where B-frames are no references (ITU-T H.264: `nal_ref_idc` 0):
 * a B-frame is shown at once, any other when the next other one comes.
 */
export function presentation(pictures: readonly (readonly Uint8Array[])[]): number[] {
  const shown = new Array<number>(pictures.length).fill(0);
  let waiting: number | undefined;
  let place = 0;
  pictures.forEach((units, i) => {
    const isReference = units.some((unit) => [1, 5].includes(unit[0]! & 31) && unit[0]! >> 5 > 0);
    if (!isReference) { shown[i] = place++; return; }
    if (waiting !== undefined) shown[waiting] = place++;
    waiting = i;
  });
  if (waiting !== undefined) shown[waiting] = place;
  return shown;
}
