import { expect, it } from 'vitest';
import { compareCrossings } from './compare.ts';
import { countScene, openPeopleDetector } from '../testing/count-scene.ts';
import { randomScene } from '../testing/walkers.ts';

/** The same as `npm run bench -- count`, short: what it finds is the same on every machine. */
it('counts people cut out of photographs who cross a line, through VP8 and the detector', { timeout: 600_000 }, async () => {
  const scene = randomScene(4, 7);
  const { crossings } = await countScene(scene, await openPeopleDetector(), 4);
  const { truth, found, counted } = compareCrossings(scene.truth, crossings);
  expect(truth).toBeGreaterThanOrEqual(6);
  expect(truth - found, `${found} of ${truth} found`).toBeLessThanOrEqual(1);
  expect(counted - found, `${counted} counted`).toBeLessThanOrEqual(1);
});

it('says that a file is no model', async () => {
  const { PeopleDetector } = await import('./detector.ts');
  const { TensorWriter } = await import('../measure/channels.ts');
  await expect(PeopleDetector.open(import.meta.filename, {}, new TensorWriter())).rejects.toThrow();
});
