/** Asks the registry for known findings in the packages that run in production; where it answers no such question, says so and passes. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './run-step.ts';

interface Report { error?: unknown; metadata?: { vulnerabilities?: Record<string, number> }; vulnerabilities?: Record<string, { severity: string }> }

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: ROOT, encoding: 'utf8', timeout: 60_000, shell: process.platform === 'win32' });
let report: Report = {};
try {
  report = JSON.parse(stdout || '{}') as Report;
} catch {
  console.log('the registry gave no readable answer');
}
const counts = report.metadata?.vulnerabilities;
if (!counts || report.error !== undefined) {
  console.log('the registry answers no audits here: not checked');
  process.exit(0);
}
const serious = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) => severity === 'high' || severity === 'critical').map(([name, { severity }]) => `${name} (${severity})`);
console.log(serious.length === 0 ? 'no high or critical finding' : `findings: ${serious.join(', ')}`);
process.exit(serious.length === 0 ? 0 : 1);
