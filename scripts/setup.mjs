/**
 * Makes a fresh clone ready: `node scripts/setup.mjs <demo|start|test|bench>`. npm runs it before the
 * scripts of those names. Built-ins of Node only, since it is what installs everything else; each step
 * looks first and does nothing when there is nothing to do. What it found lies in .otklik/setup.json.
 */
import { ensureAddons } from './setup/addons.mjs';
import { ensureChromium } from './setup/chromium.mjs';
import { ensureDatabases } from './setup/databases.mjs';
import { ensureFfmpeg } from './setup/ffmpeg.mjs';
import { withLock } from './setup/lock.mjs';
import { ensureModels, ensureSamples } from './setup/models.mjs';
import { ensurePackages } from './setup/packages.mjs';
import { LOCK_FILE, LOG_FILE } from './setup/place.mjs';
import { duration, explain, SetupError, step } from './setup/report.mjs';
import { hasLogged } from './setup/run.mjs';
import { ensureRuntime } from './setup/runtime.mjs';
import { ensureWeb, hasWeb } from './setup/web.mjs';
import { ensureWorker } from './setup/worker.mjs';

const ALWAYS = ['demo', 'start', 'test', 'bench'];

/** Name, work, purposes that need it, and, where it may be left out for now, whether it is wanted. */
const STEPS = [
  ['packages', ensurePackages, ALWAYS],
  ['runtime', ensureRuntime, ALWAYS],
  ['add-ons', ensureAddons, ALWAYS],
  ['worker', ensureWorker, ALWAYS],
  ['models', ensureModels, ALWAYS],
  ['samples', ensureSamples, ['demo', 'test', 'bench']],
  ['databases', ensureDatabases, ['test', 'bench']],
  ['ffmpeg', ensureFfmpeg, ALWAYS],
  ['browser', ensureChromium, ['test']],
  ['web', ensureWeb, ALWAYS, hasWeb],
];

/** Steps that OTKLIK_SETUP_SKIP may name; without the first ones nothing would run at all. */
const SKIPPABLE = ['worker', 'models', 'samples', 'databases', 'ffmpeg', 'browser', 'web'];

async function main() {
  const purpose = process.argv[2] ?? 'demo';
  if (!ALWAYS.includes(purpose)) throw new SetupError(`there is no set-up for "${purpose}".`, `Give one of: ${ALWAYS.join(', ')}`);
  const skipped = stepsToSkip();
  const started = performance.now();
  console.log(`Setting up Otklik (${purpose})`);
  const context = { purpose };
  await withLock(LOCK_FILE, async () => {
    for (const [title, work, purposes, wanted = () => true] of STEPS) {
      if (!purposes.includes(purpose) || !wanted()) continue;
      await step(title, skipped.has(title) ? () => 'skipped (OTKLIK_SETUP_SKIP)' : () => work(context));
    }
  });
  console.log(`Ready in ${duration((performance.now() - started) / 1000)}\n`);
}

function stepsToSkip() {
  const names = (process.env.OTKLIK_SETUP_SKIP ?? '').split(/[\s,]+/).filter(Boolean);
  const wrong = names.filter((name) => !SKIPPABLE.includes(name));
  if (wrong.length > 0) throw new SetupError(`OTKLIK_SETUP_SKIP names ${wrong.join(', ')}.`, `It may name: ${SKIPPABLE.join(', ')}`);
  return new Set(names);
}

try {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new SetupError(`this Node is ${process.version}; 20 or newer is needed.`, 'Install a newer Node.js and start again.');
  }
  await main();
} catch (error) {
  explain(error, hasLogged() ? LOG_FILE : undefined);
  process.exitCode = 1;
}
