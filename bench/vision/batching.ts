/**
 * What a picture costs when several go through a model at once: `node bench/vision/batching.ts [rounds]`. Sizes of batch
 * take turns in every round, so that what else the machine does meets all of them; CPU time counts, not the clock.
 */
import { modelPath, OWN_MANIFEST } from '../../vision/measure/builtin.ts';
import { loadManifest, manifestOf, type Manifest } from '../../vision/measure/manifest.ts';
import { Model } from '../../vision/measure/model.ts';
import { sessionOptions } from '../../vision/measure/providers.ts';
import { setupResult } from '../../vision/testing/pictures.ts';

const SIZES = [1, 2, 4, 8];
/** Pictures that each size is tried on in a round. */
const PICTURES = 16;
const DEFAULT_ROUNDS = 60;

process.env['ORT_DISABLE_TELEMETRY'] = '1';

const { models } = setupResult();
const fetched = (name: string, job: Manifest['job']): Manifest => loadManifest(`${models.dir}/${name}.json`, job);
const MODELS: readonly [string, Manifest][] = [
  ['faces', manifestOf(modelPath(models.dir, 'faces'), 'faces')],
  ['expression, own', loadManifest(OWN_MANIFEST, 'expression')],
  ['expression, face-api', fetched('face_expression', 'expression')],
  ['landmarks', fetched('face_landmarks', 'landmarks')],
  ['age and sex', fetched('age_gender', 'age_gender')],
  ['people', fetched('people', 'people')],
];

/** CPU time of one picture, ms, at each size of batch that the model takes, round by round. */
async function measure(manifest: Manifest, rounds: number): Promise<Map<number, number[]>> {
  const model = await Model.open(manifest, sessionOptions());
  let state = 1;
  for (let i = 0; i < model.input.length; i++) model.input[i] = ((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24) / 255;
  const sizes = SIZES.filter((size) => size <= model.capacity);
  const costs = new Map(sizes.map((size) => [size, [] as number[]]));
  // The first round is for the memory that each size needs.
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[(i + round) % sizes.length]!;
      const cost = await cpuOf(async () => { for (let done = 0; done < PICTURES; done += size) await model.run(size); });
      if (round > 0) costs.get(size)!.push(cost / PICTURES);
    }
  }
  await model.close();
  return costs;
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const at = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;

const rounds = Number(process.argv[2] ?? DEFAULT_ROUNDS);
console.log(`CPU ms a picture on one thread: median of ${rounds} rounds [quartiles], and against one at a time`);
for (const [name, manifest] of MODELS) {
  const costs = await measure(manifest, manifest.job === 'people' ? Math.ceil(rounds / 10) : rounds);
  const alone = at(costs.get(1)!, 0.5);
  const cells = [...costs].map(([size, values]) => `${size}: ${at(values, 0.5).toFixed(2)} [${at(values, 0.25).toFixed(2)}, ${at(values, 0.75).toFixed(2)}]${size > 1 ? ` ${(100 * (at(values, 0.5) / alone - 1)).toFixed(0)} %` : ''}`);
  console.log(`${name.padEnd(22)}${cells.join('   ')}${costs.size === 1 ? '   takes one at a time' : ''}`);
}
