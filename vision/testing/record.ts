/** Records the reference's outputs for the sample photographs: `node vision/testing/record.ts`. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePicture, setupResult } from './pictures.ts';
import { reference } from './reference.ts';

const { models, samples } = setupResult();
const round = (value: number): number => Math.round(value * 10_000) / 10_000;
const recorded: Record<string, object> = {};
for (const name of readdirSync(samples.dir).filter((file) => file.endsWith('.jpg')).sort()) {
  const sha256 = createHash('sha256').update(readFileSync(join(samples.dir, name))).digest('hex');
  const picture = await samplePicture(name);
  const faces = (await reference(picture, models.dir)).map(({ shares, ...box }) => ({
    ...Object.fromEntries(Object.entries(box).map(([key, value]) => [key, round(value)])),
    shares: Object.fromEntries(Object.entries(shares).map(([key, value]) => [key, round(value)])),
  }));
  recorded[sha256] = { width: picture.width, height: picture.height, faces };
}
writeFileSync(new URL('./recorded/samples.json', import.meta.url), `${JSON.stringify(recorded, null, 1)}\n`);
