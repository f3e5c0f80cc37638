import { describe, expect, it } from 'vitest';
import { auditLines } from './audit.ts';
import { ClipError } from './clip.ts';
import { parseTruth } from './truth.ts';

const crossing = (seconds: number, inward: boolean) => ({ at: seconds * 1000, inward });

describe('a person\'s count', () => {
  it('is read in seconds and in minutes, with commas, semicolons or tabs, with or without a heading', () => {
    const expected = [crossing(12.5, true), crossing(75, false), crossing(3723, true)];
    expect(parseTruth('time,direction\r\n12.5,in\r\n1:15,OUT\r\n\r\n1:02:03,in\r\n', 'x')).toEqual(expected);
    expect(parseTruth('\uFEFF12.5;in\n1:15\tout\n01:02:03 , in', 'x')).toEqual(expected);
  });
  it.each(['12,up', 'soon,in', '12', '-5,in', '1:2:3:4,in', '\0,in', '=1+1,in'])('is refused with its line: %j', (line) => {
    expect(() => parseTruth(`1,in\n${line}\n`, 'truth.csv')).toThrow(ClipError);
    expect(() => parseTruth(`1,in\n${line}\n`, 'truth.csv')).toThrow('truth.csv, line 2');
  });
});

describe('the report', () => {
  const counted = [crossing(10, true), crossing(20, true), crossing(31, false), crossing(90, false)];
  it('compares by direction with times, and says where they differ', () => {
    const text = auditLines({ frames: 400, seconds: 3700, counted, truth: { kind: 'times', crossings: [crossing(11, true), crossing(22, true), crossing(50, true), crossing(30, false)] } }).join('\n');
    expect(text).toContain('01:01:40 of video, 400 pictures looked at, 4 crossings counted');
    expect(text).toMatch(/in\s+2\s+3\s+2\s+1\s+0\s+66\.7 % \(20\.8–93\.9\)\s+100\.0 % \(34\.2–100\.0\)/);
    expect(text).toMatch(/out\s+2\s+1\s+1\s+0\s+1/);
    expect(text).toMatch(/both\s+4\s+4\s+3\s+1\s+1/);
    expect(text).toContain('missed at:   00:00:50');
    expect(text).toContain('invented at: 00:01:30');
  });
  it('compares totals where only those are known', () => {
    const text = auditLines({ frames: 1, seconds: 1, counted, truth: { kind: 'totals', in: 2, out: 3 } }).join('\n');
    expect(text).toMatch(/in\s+2\s+2\s+100\.0 %/);
    expect(text).toMatch(/out\s+2\s+3\s+66\.7 %/);
    expect(auditLines({ frames: 1, seconds: 1, counted: [], truth: { kind: 'totals', in: 0, out: 0 } }).join('\n')).toContain('–');
  });
  it('asks for a person\'s count where there is none', () => expect(auditLines({ frames: 1, seconds: 1, counted, truth: null }).join('\n')).toContain('--truth'));
});
