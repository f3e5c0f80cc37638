import { describe, expect, it } from 'vitest';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Attention, DayHours, EmotionWindow, Journey, LEAST_PEOPLE, Portrait, PORTRAIT_BY, Together, type Estimate } from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { attentionCsv, dayHoursCsv, journeyCsv, portraitCsv, togetherCsv } from '../emotions/csv.ts';
import { MaterialFold } from '../emotions/material.ts';
import { portraitOf } from '../emotions/portrait.ts';
import { attentionOf, byHour, dayHoursOf, journeyOf, visitorBlocks } from '../emotions/reports.ts';
import { cellsOf, windowsOf } from '../emotions/rollup.ts';
import { packed, QUANTUM, unpacked, valueOf } from '../emotions/sums.ts';
import { dutyByHour, insideByHour, togetherOf } from '../emotions/together.ts';
import type { AnyEvent } from '../../contract/index.ts';
import { mutateJson, mutateText, pick, type Random } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandFinite } from './testing/properties.ts';
import { bodyOf, NOW } from './testing/samples.ts';

const SITES = 150;
const HOUR = 3600_000;
const FROM = Math.floor(NOW / HOUR) * HOUR;
const RANGE = { from: FROM, to: FROM + 48 * HOUR };
const LONG = 120_000;
const check = Compile(EmotionWindow);
const schemas = new Map<TSchema, ReturnType<typeof Compile>>([Portrait, Journey, Attention, Together, DayHours].map((schema) => [schema, Compile(schema)]));

/** What nodes might send, true or not, as long as the door lets it in. */
function windowsFor(random: Random): EmotionWindow[] {
  const found: EmotionWindow[] = [];
  for (let i = 0; i < 40; i++) {
    const usual = bodyOf(random, 'emotion.windowed', FROM + random.below(48) * HOUR + random.below(60) * 60_000);
    const window = random.chance(0.5) ? usual : mutateJson(random, usual);
    if (check.Check(window)) found.push(window);
  }
  return found;
}

function demandEstimate({ value, low, high }: Estimate, least: number, most: number): void {
  if (value === null || low === null || high === null) { expect([value, low, high]).toEqual([null, null, null]); return; }
  expect(low).toBeLessThanOrEqual(value);
  expect(high).toBeGreaterThanOrEqual(value);
  expect(low).toBeGreaterThanOrEqual(least);
  expect(high).toBeLessThanOrEqual(most);
}

/** @throws unless the answer fits what the wire promises, and its table has as many cells in every row. */
function demandReport<T>(schema: TSchema, report: T, csv: (report: T) => string): void {
  demandFinite(report);
  const compiled = schemas.get(schema)!;
  expect([...compiled.Errors(report)].slice(0, 2)).toEqual([]);
  const rows = csv(report).replace(/\r\n$/, '').split('\r\n');
  expect(new Set(rows.map((row) => row.replaceAll(/"(?:[^"]|"")*"/g, '').split(',').length)).size).toBe(1);
}

describe('reports on windows of every kind that the door lets in', () => {
  it('have finite numbers within their bounds, and tell of nobody alone', () => {
    const random = seededRandom(testSeed('reports'));
    let windowsTaken = 0;
    let told = 0;
    for (let i = 0; i < SITES; i++) {
      const windows = windowsFor(random);
      windowsTaken += windows.length;
      attempt({ windows }, () => {
        expect(windowsOf(windows.map((body) => ({ type: 'emotion.windowed', body }) as unknown as AnyEvent))).toHaveLength(windows.length);
        const cells = cellsOf(windows).map(({ sums, ...cell }) => ({ ...cell, sums: unpacked(packed(sums)) }));
        const names = new Map(cells.map(({ camera, area }) => [`${camera}\n${area}`, [{ quarter: 0, names: { camera: mutateText(random, 'Door, "left"'), area: '=Area', role: pick(random, ['entrance', 'exit', 'display', 'contact'] as const), zone: null, touchpoint: { id: 'till-3', name: 'Till' } } }]]));
        const fold = new MaterialFold({ from: Math.floor(RANGE.from / (HOUR / 4)), to: Math.floor(RANGE.to / (HOUR / 4)) }, names);
        fold.take(cells);
        const material = fold.done();
        for (const by of PORTRAIT_BY) {
          const portrait = portraitOf(material, 'shop', RANGE, by, true);
          demandReport(Portrait, portrait, portraitCsv);
          for (const row of [...portrait.rows, portrait.total]) {
            if (row.enough) { told += 1; expect(row.people).toBeGreaterThanOrEqual(LEAST_PEOPLE); }
            else expect([row.smile.value, row.mood.value, row.happy.value, row.samples, row.utilisation]).toEqual([null, null, null, null, null]);
            for (const share of [row.smile, row.happy, row.surprise, row.angry, row.disgust, row.sad, row.neutral, row.negative, ...(row.ages ?? [])]) demandEstimate(share, 0, 1);
            demandEstimate(row.mood, -1, 1);
          }
        }
        const journey = journeyOf(material, 'shop', RANGE);
        demandReport(Journey, journey, journeyCsv);
        demandEstimate(journey.difference, -2, 2);
        const attention = attentionOf(material, 'shop', RANGE);
        demandReport(Attention, attention, attentionCsv);
        for (const { turned, seconds } of attention.rows) { demandEstimate(turned, 0, 1); demandEstimate(seconds, 0, Infinity); }
        const day = dayHoursOf(material, 'shop', RANGE, pick(random, ['UTC', 'Asia/Kathmandu', 'Pacific/Apia']));
        demandReport(DayHours, day, dayHoursCsv);
        const mood = new Map([...byHour(visitorBlocks(material))].map(([hour, sums]) => [hour, valueOf(sums, 'peopleMood') / valueOf(sums, 'people') / QUANTUM]));
        const counted = new Map(Array.from({ length: 48 }, (_, hour) => [FROM + hour * HOUR, { in: random.below(100_000), out: random.below(100_000), receipts: random.below(50) }]));
        const together = togetherOf(mood, { ratings: new Map([...mood.keys()].map((hour) => [hour, random.next() * 2 - 1])), inside: insideByHour(counted, 'UTC'), came: new Map(), onDuty: dutyByHour([{ user: 'u', since: FROM, until: null }], RANGE.from, RANGE.to), receipts: new Map() }, 'shop', RANGE, 'UTC');
        demandReport(Together, together, togetherCsv);
        for (const { same, later } of together.rows) { demandEstimate(same, -1, 1); demandEstimate(later, -1, 1); }
      });
    }
    demandCleanPrototypes();
    console.log(`reports: ${SITES} sites, ${windowsTaken} windows taken, ${told} rows told`);
    expect(windowsTaken).toBeGreaterThan(10 * SITES);
    expect(told).toBeGreaterThan(SITES);
  }, LONG);
});
