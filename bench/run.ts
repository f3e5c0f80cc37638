/**
 * `npm run bench [-- suite …]`: measures, prints a table, writes build/bench/<time>.json. Servers, clients and peers
 * run in processes of their own, on loopback.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { alertsBench } from './alerts.ts';
import { costsBench } from './costs.ts';
import { countBench } from './count.ts';
import { fanoutBench } from './fanout.ts';
import { hubsBench } from './hubs.ts';
import { ingestBench } from './ingest.ts';
import { formatRows, type Row } from './lib/rows.ts';
import { pressBench } from './press.ts';
import { previewBench } from './preview.ts';
import { reportsBench } from './reports.ts';
import { soakBench } from './soak.ts';
import { startBench } from './start.ts';
import { stormBench } from './storm.ts';
import { visionBench } from './vision.ts';

const SUITES: Record<string, () => Promise<Row[]>> = { fanout: fanoutBench, ingest: ingestBench, press: pressBench, alerts: alertsBench, preview: previewBench, reports: reportsBench, storm: stormBench, start: startBench, vision: visionBench, soak: soakBench, count: countBench, hubs: hubsBench, costs: costsBench };

// ONNX Runtime keeps files of its own otherwise; see vision/measure/pool.ts.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}. There are: ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const measured = await suite();
  rows.push(...measured);
  console.log(`${formatRows(measured)}\n(${name}: ${((performance.now() - started) / 1000).toFixed(0)} s)\n`);
}
const folder = path.join(import.meta.dirname, '..', 'build', 'bench');
fs.mkdirSync(folder, { recursive: true });
const file = path.join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
fs.writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), node: process.version, cpu: os.cpus()[0]?.model, cores: os.availableParallelism(), rows }, null, 1)}\n`);
console.log(`${formatRows(rows)}\n\n${rows.filter(({ met }) => met).length} figures met, ${rows.filter(({ met }) => met === false).length} not met. ${path.relative(process.cwd(), file)}`);
