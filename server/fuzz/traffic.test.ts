import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { EVENT_BODIES, Ulid } from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { CsvError, readCounts } from '../traffic/csv.ts';
import { stableUlid } from '../traffic/identity.ts';
import { eventOf } from '../traffic/intake.ts';
import { MESSAGE_BYTES, readMessage } from '../traffic/message.ts';
import { mutateBytes, mutateText, pick, rubbish } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandFinite, MOST_MESSAGE } from './testing/properties.ts';
import { NOW } from './testing/samples.ts';

const EACH = 5_000;
const LONG = 120_000;
const COUNTER = { id: '01k7aaaaaaaaaaaaaaaaaaaaaa', kind: 'counter', site: 'shop', touchpoint: null } as const;
const ZONES = ['Europe/Moscow', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia', 'UTC'];
const TABLES = [
  'touchpoint,time,in,out\ntill-3,2026-05-04 09:30,3,1\n"till-3",2026-05-04T10:00:00Z,0,2\n',
  '\uFEFFdevice;time;in;out\r\n01k7aaaaaaaaaaaaaaaaaaaaaa;2026-03-29 02:30:15.123;1;0\r\n;;;\r\nx;2026-05-04T09:30:00+03:00;100000;0\r\n',
  'out,in,time,device\n1,1,2026-12-31 23:59:59,"a ""quoted"" one, with\na line"\n',
];

/** Either words for whoever sent it, or an event that the log takes. */
function demandEvent(event: ReturnType<typeof eventOf>): void {
  if (typeof event === 'string') { expect(event.length).toBeLessThanOrEqual(MOST_MESSAGE); return; }
  expect(Value.Check(Ulid, event.id), event.id).toBe(true);
  expect(event.at).toBeGreaterThanOrEqual(0);
  expect(Value.Check(EVENT_BODIES['traffic.counted'], JSON.parse(event.body))).toBe(true);
}

describe('mutated tables of counts', () => {
  it('are refused as a whole or row by row with a line and a short reason; what is taken can be counted', () => {
    const random = seededRandom(testSeed('tables'));
    let taken = 0;
    for (let i = 0; i < EACH; i++) {
      const usual = pick(random, TABLES);
      const body = random.chance(0.05) ? usual + usual.slice(usual.indexOf('\n') + 1).repeat(20) : usual;
      const text = mutateText(random, random.chance(0.3) ? mutateText(random, body) : body);
      attempt(text, () => {
        let read: ReturnType<typeof readCounts>;
        try {
          read = readCounts(text, pick(random, ZONES));
        } catch (error) {
          if (!(error instanceof CsvError)) throw error;
          return expect(error.message.length).toBeLessThanOrEqual(MOST_MESSAGE);
        }
        const lines = text.split('\n').length;
        for (const { line, message } of read.refused) {
          expect(line).toBeGreaterThan(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(message.length).toBeLessThanOrEqual(MOST_MESSAGE);
        }
        for (const row of read.rows) {
          taken += 1;
          demandFinite(row);
          expect(Number.isInteger(row.at)).toBe(true);
          expect(row.in + row.out).toBeGreaterThan(0);
          expect((row.device === null) === (row.touchpoint === null)).toBe(false);
          demandEvent(eventOf({ ...row, id: stableUlid(row.at, 'import', 'shop', 'x', 1) }, COUNTER, NOW, true));
        }
        return expect(read.rows.length + read.refused.length).toBeLessThan(lines);
      });
    }
    demandCleanPrototypes();
    console.log(`tables: ${EACH}, ${taken} rows taken`);
    expect(taken).toBeGreaterThan(EACH / 10);
  }, LONG);
});

describe('mutated messages of counters', () => {
  const topics = ['otklik/01k7aaaaaaaaaaaaaaaaaaaaaa/traffic', 'otklik/door-1/traffic/in', 'otklik/door-1/traffic/out'];
  const payloads = ['{"in":1,"out":0,"at":1790000000000,"seconds":60,"id":"a1"}', '{"in":0,"out":3,"at":"2026-05-04T09:30:00Z"}', '{"in":2,"out":2,"id":17}', '12', '{"__proto__":{"in":1},"in":1,"out":1}'];

  it('are refused in a few words, are nothing to count, or become an event that fits', () => {
    const random = seededRandom(testSeed('counters'));
    let taken = 0;
    for (let i = 0; i < 4 * EACH; i++) {
      const topic = random.chance(0.8) ? pick(random, topics) : mutateText(random, pick(random, topics));
      const usual = Buffer.from(random.chance(0.05) ? JSON.stringify(rubbish(random, 3)) ?? '' : pick(random, payloads));
      const payload = random.chance(0.1) ? usual : mutateBytes(random, usual);
      const published = { topic, payload, retain: random.chance(0.05), messageId: random.chance(0.5) ? random.below(65_536) : undefined };
      attempt({ ...published, payload: Buffer.from(payload).toString('latin1') }, () => {
        const read = readMessage(published, NOW);
        if (read === null) return;
        if (typeof read === 'string') return expect(read.length).toBeLessThanOrEqual(MOST_MESSAGE);
        taken += 1;
        expect(published.retain).toBe(false);
        expect(payload.length).toBeLessThanOrEqual(MESSAGE_BYTES);
        expect(topic).toContain(read.device);
        const { id, at, ...counts } = read.counted;
        expect(Value.Check(Ulid, id), id).toBe(true);
        expect(Number.isSafeInteger(at)).toBe(true);
        expect(Value.Check(EVENT_BODIES['traffic.counted'], counts)).toBe(true);
        demandEvent(eventOf(read.counted, COUNTER, NOW, false));
        // The same message again is the same event.
        return expect(readMessage(published, NOW)).toEqual(read);
      });
    }
    demandCleanPrototypes();
    console.log(`counters: ${4 * EACH}, ${taken} taken`);
    expect(taken).toBeGreaterThan(EACH / 10);
  }, LONG);
});
