/**
 * `npm test`: checks, then unit and integration tests, then the tests in a real browser. Words after `--` go to
 * vitest and run only its tests, e.g. `npm test -- server/alerts`.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandOf, runNode, step } from './run-step.ts';

const filters = process.argv.slice(2);
/** Set-up was told to do without PostgreSQL and Redis: so do the tests, and say so. */
const embeddedOnly = (process.env['OTKLIK_SETUP_SKIP'] ?? '').split(/[\s,]+/).includes('databases');
const projects = embeddedOnly ? ['--project', 'embedded'] : [];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

async function vitest(name: string, config: string, words: string[] = []): Promise<void> {
  const report = path.join(folder, `${path.basename(config)}.json`);
  const ok = await step(name, () => runNode([commandOf('vitest'), 'run', '--config', config, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...words]));
  if (!fs.existsSync(report)) { totals.failed += 1; return; }
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(fs.readFileSync(report, 'utf8')) as Record<string, number>;
  totals.passed += numPassedTests ?? 0;
  totals.failed += numFailedTests ?? 0;
  totals.skipped += numPendingTests ?? 0;
  // A file that cannot be loaded fails the run without failing a test.
  if (!ok && numFailedTests === 0) totals.failed += 1;
}

if (filters.length > 0) {
  await vitest('tests', 'vitest.config.ts', [...projects, ...filters]);
} else {
  if (await step('checks', () => runNode(['scripts/check.ts']))) totals.passed += 1;
  else totals.failed += 1;
  await vitest('unit and integration tests', 'vitest.config.ts', projects);
  await vitest('tests in a real browser', 'vitest.e2e.config.ts');
}
fs.rmSync(folder, { recursive: true, force: true });
if (embeddedOnly) console.log('\nNothing was tested on PostgreSQL and Redis: OTKLIK_SETUP_SKIP names databases.');
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 ? 0 : 1);
