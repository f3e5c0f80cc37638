import fs from 'node:fs';
import path from 'node:path';
import { findPictures, samplesFolder } from '../../simulators/camera.ts';
import { openStage } from '../../simulators/video/stage.ts';

const WIDTH = 640;
const HEIGHT = 480;
const FPS = 10;
const SECONDS = 20;

/** Writes a loop of visitors who come and go before a wall that stands still, as an uncompressed video that Chromium's fake camera plays. */
export async function writeFaceVideo(folder: string): Promise<string> {
  const stage = await openStage('hall', { width: WIDTH, height: HEIGHT, seconds: SECONDS, seed: 1, pictures: findPictures(samplesFolder()) });
  const file = path.join(folder, 'faces.y4m');
  const out = fs.openSync(file, 'w');
  fs.writeSync(out, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  const rgba = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let i = 0; i < FPS * SECONDS; i++) {
    stage.draw(i / FPS, rgba);
    fs.writeSync(out, 'FRAME\n');
    fs.writeSync(out, i420(rgba));
  }
  fs.closeSync(out);
  return file;
}

/** Full-range BT.601, the colour taken from the first pixel of each 2×2 block. */
function i420(rgba: Uint8Array): Uint8Array {
  const luma = WIDTH * HEIGHT;
  const planes = new Uint8Array(luma * 1.5);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const at = (y * WIDTH + x) * 4;
      const [r, g, b] = [rgba[at]!, rgba[at + 1]!, rgba[at + 2]!];
      planes[y * WIDTH + x] = 0.299 * r + 0.587 * g + 0.114 * b;
      if (y % 2 === 1 || x % 2 === 1) continue;
      const chroma = luma + (y / 2) * (WIDTH / 2) + x / 2;
      planes[chroma] = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
      planes[chroma + luma / 4] = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
    }
  }
  return planes;
}
