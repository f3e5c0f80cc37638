import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Client } from 'pg';
import { cellsOf } from '../server/emotions/rollup.ts';
import { packed, valueOf } from '../server/emotions/sums.ts';
import { randomFrom, sharesWith, windowOf } from '../server/emotions/testing/people.ts';
import { HUB_FLAGS } from '../server/start-flags.ts';
import { database, startPostgres } from '../server/testing/servers/index.ts';
import { setUpSite } from './hub-setup.ts';
import { Child } from './lib/child.ts';
import { cpuOfTree } from './lib/processes.ts';
import { atMost, type Row } from './lib/rows.ts';

const SUITE = 'reports';
const DAY = 24 * 3600_000;
const QUARTER = 15 * 60_000;
const SITE = 'bench';
const CAMERAS = 10;
/** The longest period of a report. */
const DAYS = 92;
/** What is usual is learnt from the days before. */
const USUAL_DAYS = 28;
const OPEN_FROM_HOUR = 8;
const OPEN_HOURS = 14;
const PEOPLE_A_QUARTER = 24;
/** Different quarters of an hour, drawn from over and over. */
const PATTERNS = 200;
const ROUNDS = 3;
const MOST_MS = 1_500;
const ASK_EVERY_MS = 100;
const AREAS = [{ id: 'door', name: 'Door', role: 'entrance' }, { id: 'till', name: 'Till', role: 'exit' }] as const;
const REPORTS = ['portrait', 'portrait by area', 'journey', 'attention', 'together', 'day-hours'] as const;

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const cameraName = (i: number): string => `01k7cam${String(i).padStart(19, '0')}`;

type Cell = string | number;
/** A database that is filled and read by hand. */
interface Bare {
  fill(table: string, columns: readonly string[], rows: readonly Cell[][]): Promise<void>;
  /** Reads every quarter of the period and does nothing with it. @returns ms */
  read(from: number, to: number): Promise<{ ms: number; rows: number }>;
  end(): Promise<void>;
}

const COLUMNS = ['site', 'quarter', 'camera', 'area', 'staff', 'people', 'sums'] as const;
const QUARTERS_SQL = (first: string, second: string, third: string): string => `SELECT * FROM emotion_quarters WHERE site = ${first} AND quarter >= ${second} AND quarter < ${third} ORDER BY quarter, camera, area`;

function bareSqlite(file: string): Bare {
  const db = new Database(file);
  return {
    async fill(table, columns, rows) {
      const insert = db.prepare(`INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`);
      db.transaction(() => { for (const row of rows) insert.run(...row); })();
    },
    async read(from, to) {
      const started = performance.now();
      const { length } = db.prepare(QUARTERS_SQL('?', '?', '?')).all(SITE, from, to);
      return { ms: performance.now() - started, rows: length };
    },
    async end() { db.close(); },
  };
}

async function barePostgres(url: string): Promise<Bare> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    async fill(table, columns, rows) {
      for (let i = 0; i < rows.length; i += 20_000) {
        const part = rows.slice(i, i + 20_000);
        const arrays = columns.map((_, column) => part.map((row) => row[column]));
        const types = columns.map((_, column) => (typeof rows[0]![column] === 'number' ? 'bigint' : 'text'));
        await client.query(`INSERT INTO ${table} (${columns.map((name) => `"${name}"`).join(', ')}) SELECT * FROM unnest(${types.map((type, k) => `$${k + 1}::${type}[]`).join(', ')})`, arrays);
      }
      await client.query('ANALYZE');
    },
    async read(from, to) {
      const started = performance.now();
      const { rowCount } = await client.query(QUARTERS_SQL('$1', '$2', '$3'), [SITE, from, to]);
      return { ms: performance.now() - started, rows: rowCount ?? 0 };
    },
    end: () => client.end(),
  };
}

interface Pattern { area: string; people: number; sums: string }

/** What one camera may have seen in a quarter of an hour, as the hub keeps it. */
function patterns(): Pattern[][] {
  const random = randomFrom(92);
  return Array.from({ length: PATTERNS }, () => {
    const people = Array.from({ length: 1 + Math.floor(random() * 2 * PEOPLE_A_QUARTER) }, () => ({
      camera: 'c', area: AREAS[Math.floor(random() * AREAS.length)]!.id, staff: false, at: 0, shares: sharesWith(random(), random), seconds: 5 + random() * 30, turned: random() < 0.5, male: random() < 0.5, band: Math.floor(random() * 5),
    }));
    const windows = Array.from({ length: 15 }, (_, minute) => windowOf('c', minute * 60_000, people.filter((_one, i) => i % 15 === minute), AREAS.map(({ id }) => id)));
    return cellsOf(windows).map(({ area, sums }) => ({ area, people: valueOf(sums, 'people'), sums: packed(sums) }));
  });
}

/** The open quarters of `DAYS + USUAL_DAYS` days before `until` (epoch ms). */
function openQuarters(until: number): number[] {
  const first = Math.floor(until / DAY) - DAYS - USUAL_DAYS;
  const found: number[] = [];
  for (let day = first; day < first + DAYS + USUAL_DAYS; day++) for (let i = 0; i < OPEN_HOURS * 4; i++) found.push((day * DAY + OPEN_FROM_HOUR * 3600_000) / QUARTER + i);
  return found;
}

/** Fills what the emotions' and the metrics' reactors would have written. @returns cells of moods */
async function history(bare: Bare, until: number): Promise<number> {
  const random = randomFrom(120);
  const known = patterns();
  const quarters = openQuarters(until);
  const rows: Cell[][] = [];
  for (const quarter of quarters) for (let camera = 0; camera < CAMERAS; camera++) {
    for (const { area, people, sums } of known[Math.floor(random() * known.length)]!) rows.push([SITE, quarter, cameraName(camera), area, 0, people, sums]);
  }
  await bare.fill('emotion_quarters', COLUMNS, rows);
  const names: Cell[][] = [];
  for (let i = 0; i < CAMERAS; i++) for (const area of [null, ...AREAS]) {
    const text = { camera: `Camera ${i}`, area: area?.name ?? null, role: area?.role ?? null, zone: null, touchpoint: { id: 'till-3', name: 'Till 3' } };
    names.push([SITE, cameraName(i), area?.id ?? '', quarters[0]!, JSON.stringify(text)]);
  }
  await bare.fill('emotion_streams', ['site', 'camera', 'area', 'quarter', 'names'], names);
  const minutes = quarters.flatMap((quarter) => Array.from({ length: 15 }, (_, i) => quarter * 15 + i));
  await bare.fill('measure_minutes', ['site', 'touchpoint', 'minute', 'in', 'out', 'receipts'], minutes.map((minute) => [SITE, 'till-3', minute, Math.floor(random() * 5), Math.floor(random() * 5), Math.floor(random() * 2)]));
  const hours = [...new Set(quarters.map((quarter) => Math.floor(quarter / 4)))];
  await bare.fill('rating_hours', ['site', 'touchpoint', 'hour', 'lowest', 'negative', 'neutral', 'positive', 'marks'], hours.map((hour) => [SITE, 'till-3', hour, 0, Math.floor(random() * 3), 1, Math.floor(random() * 9), '']));
  await bare.fill('emotion_duty', ['site', 'user', 'since', 'until'], quarters.filter((_, i) => i % (OPEN_HOURS * 4) === 0).map((quarter) => [SITE, 'anna', quarter * QUARTER, (quarter + 32) * QUARTER]));
  return rows.length;
}

async function measure(store: string, hub: Child, port: number, bare: Bare): Promise<Row[]> {
  const { origin, cookie } = await setUpSite(port, 0);
  const to = Math.floor(Date.now() / DAY) * DAY;
  const from = to - DAYS * DAY;
  await history(bare, to);
  const rows: Row[] = [];
  for (const report of REPORTS) {
    const [name, by] = [report.split(' ')[0]!, report.includes('area') ? '&by=area' : ''];
    const own: number[] = [];
    const peer: number[] = [];
    let read = 0;
    const costs: number[] = [];
    let waits: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const others = watchOthers(origin);
      const before = cpuOfTree(hub.pid);
      const started = performance.now();
      const response = await fetch(`${origin}/api/v1/sites/${SITE}/emotions/${name}?from=${from}&to=${to}${by}`, { headers: { cookie } });
      const text = await response.text();
      const took = performance.now() - started;
      const cost = (cpuOfTree(hub.pid) - before) * 1_000;
      const waited = await others.end();
      if (response.status !== 200) throw new Error(`${report} answered ${response.status}: ${text.slice(0, 200)}`);
      const bareRead = await bare.read(from / QUARTER - (name === 'together' ? USUAL_DAYS * 96 : 0), to / QUARTER);
      // The first round warms both.
      if (round === 0) continue;
      own.push(took);
      peer.push(bareRead.ms);
      costs.push(cost);
      waits = [...waits, ...waited];
      read = bareRead.rows;
    }
    const took = median(own);
    const what = `${store}, ${report}`;
    rows.push({ suite: SUITE, what: `${what}: ${read} cells of ${CAMERAS} cameras`, value: took, unit: 'ms', peer: 'reading the same rows', ratio: took / median(peer) });
    // Counted by the system, so that other work on the machine spoils it little.
    rows.push(atMost(SUITE, `${what}: CPU of the hub`, median(costs), 'ms', MOST_MS));
    rows.push({ suite: SUITE, what: `${what}: longest wait of another request meanwhile`, value: Math.max(...waits), unit: 'ms' });
  }
  return rows;
}

/** Asks for something small now and then until it is ended: a report must not hold up everybody else. */
function watchOthers(origin: string): { end(): Promise<number[]> } {
  const waits: number[] = [];
  let running = true;
  const done = (async () => {
    while (running) {
      const started = performance.now();
      await (await fetch(`${origin}/healthz`)).text();
      waits.push(performance.now() - started);
      await delay(ASK_EVERY_MS);
    }
  })();
  return { async end() { running = false; await done; return waits; } };
}

/** Reports on how visitors feel over the longest period there is, from a filled store, beside the mere reading of the same rows. */
export async function reportsBench(): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-reports-'));
  const hub = new Child('servers.ts', { flags: HUB_FLAGS });
  try {
    const port = await hub.ask<number>('start', { kind: 'otklik', env: { OTKLIK_DATA_DIR: folder } });
    const bare = bareSqlite(path.join(folder, 'otklik.db'));
    rows.push(...await measure('SQLite', hub, port, bare));
    await bare.end();
  } finally {
    await hub.end();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  const postgres = await startPostgres({ durable: true });
  const other = new Child('servers.ts', { flags: HUB_FLAGS });
  try {
    const url = await database(postgres.url);
    const port = await other.ask<number>('start', { kind: 'otklik', env: { DATABASE_URL: url, OTKLIK_SECRETS_KEY: 'a'.repeat(40) } });
    const bare = await barePostgres(url);
    rows.push(...await measure('PostgreSQL', other, port, bare));
    await bare.end();
  } finally {
    await other.end();
    await postgres.stop();
  }
  return rows;
}
