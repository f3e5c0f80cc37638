import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EVENT_BODIES, type CameraLine } from '../../contract/index.ts';
import type { NewEvent } from '../watch.ts';
import { CameraCounter } from './counter.ts';

const LINE: CameraLine = { from: [0, 0.5], to: [1, 0.5], inward: 'right', reentryS: 0, groupS: 2 };
const START = 1_790_000_000_000;
const check = Compile(EVENT_BODIES['traffic.counted']);

/** Somebody walks in every `every` seconds, each at another place. */
function run(seconds: number, every: number, batchMs?: number): NewEvent[] {
  const counter = new CameraCounter('cam-1', 'shop', { line: LINE, ...(batchMs === undefined ? {} : { batchMs }) });
  const events: NewEvent[] = [];
  for (let t = 0; t <= seconds; t += 0.25) {
    const people = [];
    for (let begun = 0; begun <= t; begun += every) {
      const y = 150 + 90 * (t - begun);
      if (y < 420) people.push({ x: (80 + 170 * begun) % 560, y: y - 120, width: 48, height: 120, score: 0.6 });
    }
    events.push(...counter.step({ at: START + t * 1000, width: 640, height: 480, people }));
  }
  return [...events, ...counter.close()];
}

describe('a camera that counts', () => {
  it('says how many, for which camera and over which time, in events that the hub takes', () => {
    const events = run(6, 100);
    expect(events).toEqual([{ type: 'traffic.counted', site: 'shop', at: START + 1000, body: { camera: 'cam-1', in: 1, out: 0, groupsIn: 1, groupsOut: 0, seconds: 1 } }]);
    expect(check.Check(events[0]!.body)).toBe(true);
  });
  it('says nothing while nobody crosses', () => {
    const counter = new CameraCounter('cam-1', 'shop', { line: LINE });
    for (let i = 0; i < 100; i++) expect(counter.step({ at: START + i * 250, width: 640, height: 480, people: [] })).toEqual([]);
    expect(counter.close()).toEqual([]);
  });
  it('puts what comes close together into one event, and loses nothing of it', () => {
    const events = run(60, 1.5);
    const sum = (key: string): number => events.reduce((all, { body }) => all + (body as Record<string, number>)[key]!, 0);
    expect(sum('in')).toBe(40);
    expect(events.length).toBeLessThanOrEqual(13);
    expect(events.length).toBeGreaterThan(5);
    expect(run(60, 1.5, 0).length).toBe(40);
  });
  it('tells what it has when the camera goes', () => {
    const counter = new CameraCounter('cam-1', 'shop', { line: { ...LINE, reentryS: 60 } });
    for (let i = 0; i < 12; i++) expect(counter.step({ at: START + i * 250, width: 640, height: 480, people: [{ x: 200, y: 40 + 20 * i, width: 48, height: 120, score: 0.6 }] })).toEqual([]);
    expect(counter.close()).toMatchObject([{ body: { in: 1, out: 0 } }]);
    expect(counter.close()).toEqual([]);
  });
});
