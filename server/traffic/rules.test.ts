import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { MINUTE, Ulid, minuteOf } from '../../contract/index.ts';
import { CsvError, readCounts, timeOf } from './csv.ts';
import { daysOf, healthOf, type MinuteCount } from './health.ts';
import { stableUlid } from './identity.ts';
import { MESSAGE_BYTES, readMessage } from './message.ts';

const ZONE = 'Europe/Berlin';
const AT = Date.UTC(2026, 4, 4, 9, 30);

describe('a table of counts', () => {
  it('is read with commas or semicolons, quotes, in any order of columns, times by offset or by the site\'s clocks', () => {
    const expected = [{ line: 2, device: 'door', touchpoint: null, at: AT, in: 3, out: 1 }, { line: 3, device: 'door', touchpoint: null, at: AT, in: 0, out: 2 }];
    expect(readCounts('device,time,in,out\r\ndoor,2026-05-04T09:30:00Z,3,1\r\ndoor,2026-05-04 11:30,0,2\r\n', ZONE)).toEqual({ rows: expected, refused: [] });
    expect(readCounts('\uFEFFOut;In;Time;"device"\n1;3;"2026-05-04T11:30:00+02:00";"door"\n2;0;2026-05-04T11:30:00.000+0200;door', ZONE)).toEqual({ rows: expected, refused: [] });
    expect(readCounts('touchpoint,time,in,out\n\nhall,2026-05-04 11:30,1,0\n', ZONE).rows).toEqual([{ line: 3, device: null, touchpoint: 'hall', at: AT, in: 1, out: 0 }]);
  });
  it('says of every row that it cannot use which and why, and keeps the others', () => {
    const { rows, refused } = readCounts('device,time,in,out\ndoor,2026-05-04 11:30,1,0\ndoor,yesterday,1,0\ndoor,2026-02-31 10:00,1,0\n,2026-05-04 11:30,1,0\ndoor,2026-05-04 11:30,-1,0\ndoor,2026-05-04 11:30,1.5,0\ndoor,2026-05-04 11:30,0,0\ndoor,2026-05-04 11:30,1,0,7\ndoor,2026-05-04 11:30,999999,0\n"multi\nline",2026-05-04 11:30,x,0\ndoor,2026-05-04 11:31,1,0', ZONE);
    expect(rows.map(({ line }) => line)).toEqual([2, 13]);
    expect(refused.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(refused[0]!.message).toContain('yesterday');
  });
  it.each(['', 'a,b,c', 'time,in,out\n2026-05-04 11:30,1,0', 'device,touchpoint,time,in,out', 'device,time,in,out,colour', 'device,device,time,in,out', '\0', '{"in":1}'])('is refused as a whole without its columns: %j', (text) => {
    expect(() => readCounts(text, ZONE)).toThrow(CsvError);
  });
  it('never throws anything else, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const { rows, refused } = readCounts(`device,time,in,out\n${text}`, ZONE);
      for (const row of rows) expect(row.in + row.out).toBeGreaterThan(0);
      expect(refused.length).toBeLessThanOrEqual(401);
    }), { seed: 7 });
  });
  it('has no times that there are not', () => {
    for (const text of ['2026-13-01 10:00', '2026-05-04 24:00', '2026-05-04 10:60', '2026-05-04T10:00+15:00', '04.05.2026 10:00', '1790000000000']) expect(timeOf(text, ZONE)).toBeUndefined();
    expect(timeOf('2026-10-25 12:00', ZONE)).toBe(Date.UTC(2026, 9, 25, 11));
  });
});

describe('an id made from what is said', () => {
  it('is a ULID of the time, the same for the same, another for anything else', () => {
    const check = Compile(Ulid);
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), fc.string(), (at, part) => {
      const id = stableUlid(at, 'a', part);
      expect(check.Check(id)).toBe(true);
      expect(stableUlid(at, 'a', part)).toBe(id);
      expect(stableUlid(at, 'ab', part)).not.toBe(id);
      expect(stableUlid(at + 1, 'a', part)).not.toBe(id);
    }));
    expect(stableUlid(AT, 'x').slice(0, 10) < stableUlid(AT + 1, 'x').slice(0, 10)).toBe(true);
  });
});

describe('a message', () => {
  const read = (payload: string | Uint8Array, topic = 'otklik/door/traffic', more: { retain?: boolean; messageId?: number } = {}) => readMessage({ topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, retain: more.retain ?? false, messageId: more.messageId }, AT);
  it('is JSON, or a number where the topic says which way', () => {
    expect(read(`{"in":2,"out":1,"at":${AT - 5_000},"seconds":60}`)).toMatchObject({ device: 'door', counted: { at: AT - 5_000, in: 2, out: 1, seconds: 60 } });
    expect(read('{"in":2,"out":1,"at":"2026-05-04T09:29:00Z"}')).toMatchObject({ counted: { at: AT - 60_000 } });
    expect(read('3', 'otklik/door/traffic/in')).toMatchObject({ device: 'door', counted: { at: AT, in: 3, out: 0 } });
    expect(read(' 4\n', 'otklik/door/traffic/out')).toMatchObject({ counted: { in: 0, out: 4 } });
  });
  it('has the same id when it is sent again, and another when it says something else', () => {
    const id = (payload: string, messageId = 1): string => (read(payload, undefined, { messageId }) as { counted: { id: string } }).counted.id;
    expect(id(`{"in":1,"out":0,"at":${AT}}`)).toBe(id(`{"at":${AT},"out":0,"in":1}`, 2));
    expect(id(`{"in":1,"out":0,"at":${AT}}`)).not.toBe(id(`{"in":2,"out":0,"at":${AT}}`));
    expect(id(`{"in":1,"out":0,"id":"m-7"}`)).toBe(id(`{"in":1,"out":0,"at":${AT - 9},"id":"m-7"}`));
    expect(id('{"in":1,"out":0}', 1)).not.toBe(id('{"in":1,"out":0}', 2));
    expect(id('{"in":1,"out":0,"id":"01K7AAAAAAAAAAAAAAAAAAAAAA"}')).toBe('01K7AAAAAAAAAAAAAAAAAAAAAA');
  });
  it('of nobody is nothing to count', () => expect([read('{"in":0,"out":0}'), read('0', 'otklik/door/traffic/in')]).toEqual([null, null]));
  it.each([
    ['no JSON', '{in:1}', undefined], ['half', '{"in":1}', undefined], ['more', '{"in":1,"out":0,"camera":"c"}', undefined], ['a list', '[1,0]', undefined], ['below 0', '{"in":-1,"out":0}', undefined], ['parts of people', '{"in":1.5,"out":0}', undefined],
    ['no time', '{"in":1,"out":0,"at":"soon"}', undefined], ['no number', 'three', 'otklik/door/traffic/in'], ['a number below 0', '-3', 'otklik/door/traffic/in'], ['another topic', '{"in":1,"out":0}', 'otklik/door'], ['no device', '{"in":1,"out":0}', 'otklik//traffic'], ['a strange device', '{"in":1,"out":0}', 'otklik/__proto__/traffic'],
  ])('is refused with why: %s', (_name, payload, topic) => expect(typeof read(payload, topic)).toBe('string'));
  it('is refused when it is kept by the broker, or large', () => {
    expect(typeof read('{"in":1,"out":0}', undefined, { retain: true })).toBe('string');
    expect(typeof read(`{"in":1,"out":0,"id":"${'x'.repeat(MESSAGE_BYTES)}"}`)).toBe('string');
  });
  it('never throws, whatever bytes it has', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 80 }), (payload, topic) => {
      expect(['string', 'object']).toContain(typeof read(payload));
      expect(['string', 'object']).toContain(typeof read(payload, topic));
    }), { seed: 11 });
  });
});

describe('how counters agree with themselves', () => {
  const NOW = Date.UTC(2026, 4, 11, 12);
  /** Each of the last `days` days: so many in from 8 on and out from 16 on, one a minute. */
  const minutes = (days: number, came: number, went: number): MinuteCount[] => {
    const rows: MinuteCount[] = [];
    for (let day = days; day >= 1; day--) {
      const start = minuteOf(Date.UTC(2026, 4, 11 - day));
      for (let i = 0; i < came; i++) rows.push({ minute: start + 480 + i, in: 1, out: 0 });
      for (let i = 0; i < went; i++) rows.push({ minute: start + 960 + i, in: 0, out: 1 });
    }
    return rows;
  };
  it('begins with nobody at every midnight of the site, and says who was left and who was missed', () => {
    const { days } = healthOf(null, [...minutes(2, 100, 90), { minute: minuteOf(NOW), in: 5, out: 7 }], 'UTC', NOW);
    expect(days).toHaveLength(8);
    expect(days.slice(-3)).toEqual([{ day: '2026-05-09', in: 100, out: 90, drift: 0, left: 10 }, { day: '2026-05-10', in: 100, out: 90, drift: 0, left: 10 }, { day: '2026-05-11', in: 5, out: 7, drift: 2, left: 0 }]);
  });
  it('advises where one way is steadily counted more, with enough days and people', () => {
    expect(healthOf(null, minutes(6, 120, 100), 'UTC', NOW)).toMatchObject({ advice: 'more_in', imbalance: expect.closeTo(20 / 220, 6) });
    expect(healthOf('hall', minutes(6, 100, 120), 'UTC', NOW)).toMatchObject({ zone: 'hall', advice: 'more_out' });
    expect(healthOf(null, minutes(6, 101, 100), 'UTC', NOW).advice).toBeNull();
    expect(healthOf(null, minutes(3, 120, 100), 'UTC', NOW)).toMatchObject({ advice: null, imbalance: null });
    expect(healthOf(null, minutes(6, 12, 8), 'UTC', NOW).advice).toBeNull();
  });
  it('has days as long as the site\'s clocks make them', () => {
    const days = daysOf('Europe/Berlin', Date.UTC(2026, 2, 30, 12));
    expect(days.map(({ start, end }) => (end - start) / (60 * MINUTE))).toEqual([24, 24, 24, 24, 24, 24, 23, 24]);
    expect(days.at(-1)!.day).toBe('2026-03-30');
  });
});
