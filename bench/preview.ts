import { ALERT_KINDS, type RulePreview } from '../contract/index.ts';
import { builtInRule } from '../server/alerts/rule-defaults.ts';
import { seededRandom } from '../server/core/testing/random.ts';
import { DAY, HOUR, hourOf, markOf, marksOf } from '../server/metrics/index.ts';
import { ratingHoursTable } from '../server/metrics/tables.ts';
import { START, startHub, type TestHub } from '../server/testing/hub.ts';
import { atMost, type Row } from './lib/rows.ts';

const PLACES = 20;
const PER_HOUR = 60;
const OPEN_HOURS = 10;
const NEGATIVE = 0.12;

/** The preview of each rule of ratings over 28 days of a busy site, beside the mere reading of the same ratings. */
export async function previewBench(): Promise<Row[]> {
  const hub = await startHub();
  try {
    const boss = (await hub.person('administrator')).cookie;
    await hub.call('POST', '/api/v1/sites', { cookie: boss, body: { id: 'busy', name: 'Busy', timezone: 'UTC' } });
    const ratings = await history(hub);
    const reading = await readingMs(hub);
    const rows: Row[] = [];
    for (const kind of ALERT_KINDS.filter((name) => name.startsWith('feedback.'))) {
      const { id: _id, site: _site, builtIn: _builtIn, ...rule } = builtInRule('busy', kind);
      const started = performance.now();
      const { status, body } = await hub.call('POST', '/api/v1/sites/busy/rules/preview', { cookie: boss, body: rule });
      const took = performance.now() - started;
      if (status !== 200) throw new Error(`the preview of ${kind} answered ${status}`);
      const row = atMost('preview', `${kind}: ${ratings} ratings of 28 days, ${(body as unknown as RulePreview).count} alerts`, took, 'ms', 2_000);
      rows.push({ ...row, peer: 'reading the ratings', ratio: took / reading });
    }
    return rows;
  } finally {
    await hub.close();
  }
}

/** What any preview has to do: fetch the hours and read each rating's time and class. */
async function readingMs(hub: TestHub): Promise<number> {
  const started = performance.now();
  let read = 0;
  for (const { hour, marks } of await hub.store.read((db) => db.select().from(hub.store.use(ratingHoursTable)))) read += marksOf(hour, marks).length;
  if (read === 0) throw new Error('there was nothing to read');
  return performance.now() - started;
}

async function history(hub: TestHub): Promise<number> {
  const random = seededRandom(28);
  const rows: (typeof ratingHoursTable.sqlite.$inferInsert)[] = [];
  for (let day = 1; day <= 28; day++) {
    const noon = Math.floor((START - day * DAY) / DAY) * 24 + 12;
    for (let hour = noon - OPEN_HOURS / 2; hour < noon + OPEN_HOURS / 2 && hour < hourOf(START); hour++) {
      for (let place = 0; place < PLACES; place++) {
        const row = { site: 'busy', touchpoint: `till-${place}`, hour, lowest: 0, negative: 0, neutral: 0, positive: 0, marks: '' };
        for (let i = 0; i < PER_HOUR; i++) {
          const of = random.chance(NEGATIVE) ? (random.chance(0.3) ? 'lowest' : 'negative') : random.chance(0.2) ? 'neutral' : 'positive';
          row[of] += 1;
          row.marks += markOf(hour * HOUR + Math.floor((i * HOUR) / PER_HOUR), of);
        }
        rows.push(row);
      }
    }
  }
  const table = hub.store.use(ratingHoursTable);
  for (let i = 0; i < rows.length; i += 400) await hub.store.transaction(async (tx) => { await tx.db.insert(table).values(rows.slice(i, i + 400)); });
  return rows.length * PER_HOUR;
}
