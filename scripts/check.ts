/** Everything that can be said of the code without running it: types, arrows between rooms, drift of migrations, known findings, the web's weight. */
import fs from 'node:fs';
import path from 'node:path';
import { commandOf, ROOT, runNode, step } from './run-step.ts';

const steps: [string, () => Promise<number>][] = [
  ['types', () => runNode([commandOf('typescript', 'tsc'), '-p', '.'])],
  ['types of the web', () => runNode([commandOf('svelte-check'), '--tsconfig', 'web/tsconfig.json', '--threshold', 'error', '--output', 'human'])],
  ['arrows between rooms', () => runNode([commandOf('dependency-cruiser', 'depcruise'), '--config', '.dependency-cruiser.mjs', 'contract', 'server', 'vision', 'simulators', 'web'])],
  ['migrations match the tables', () => runNode(['scripts/db-generate.ts', '--check'])],
  ['known findings of packages', () => runNode(['scripts/audit.ts'])],
  ['the console\'s weight', () => runNode(['scripts/web-budget.ts'])],
];

let failed = 0;
for (const [name, work] of steps) {
  if (name === 'the console\'s weight' && !fs.existsSync(path.join(ROOT, 'build/web/index.html'))) {
    console.log(`\n▸ ${name}: build the web first (npm run build:web)`);
    failed += 1;
    continue;
  }
  if (!await step(name, work)) failed += 1;
}
console.log(`\n${steps.length - failed} of ${steps.length} checks passed`);
process.exit(failed === 0 ? 0 : 1);
