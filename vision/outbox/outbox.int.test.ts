import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EventEnvelope } from '../../contract/index.ts';
import { Outbox } from './outbox.ts';

const isEvent = Compile(EventEnvelope);
const event = (at: number) => ({ type: 'emotion.windowed', site: 'shop', at, body: { camera: 'a' } });

describe('Outbox', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otklik-outbox-'));
    path = join(folder, 'deep', 'outbox.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps events with their ids over a restart, in order', () => {
    const before = new Outbox({ path });
    before.add([event(1), event(2)]);
    before.add([event(3)]);
    const kept = before.next(10);
    before.close();
    const after = new Outbox({ path });
    expect(after.size).toBe(3);
    expect(after.next(10)).toEqual(kept);
    expect(kept.map((waiting) => waiting.event.at)).toEqual([1, 2, 3]);
    expect(kept.every((waiting) => isEvent.Check(waiting.event))).toBe(true);
    expect(new Set(kept.map((waiting) => waiting.event.id)).size).toBe(3);
    after.close();
  });

  it('gives the oldest first and forgets what was taken, once', () => {
    const outbox = new Outbox({ path: ':memory:' });
    outbox.add([event(1), event(2), event(3)]);
    const [first] = outbox.next(1);
    outbox.remove([first!.position]);
    outbox.remove([first!.position]);
    expect(outbox.size).toBe(2);
    expect(outbox.next(5).map((waiting) => waiting.event.at)).toEqual([2, 3]);
    outbox.close();
  });

  it('drops the oldest when it is full, and counts them', () => {
    const outbox = new Outbox({ path: ':memory:', maxRows: 100 });
    for (let at = 0; at < 105; at++) outbox.add([event(at)]);
    expect(outbox.size).toBeLessThanOrEqual(100);
    expect(outbox.size + outbox.overflowed).toBe(105);
    expect(outbox.next(1)[0]!.event.at).toBe(outbox.overflowed);
    expect(outbox.next(200).at(-1)!.event.at).toBe(104);
    outbox.close();
  });

  it('never gives a position twice, so a late answer cannot remove a newer event', () => {
    const outbox = new Outbox({ path });
    outbox.add([event(1)]);
    const [only] = outbox.next(1);
    outbox.remove([only!.position]);
    outbox.close();
    const again = new Outbox({ path });
    again.add([event(2)]);
    expect(again.next(1)[0]!.position).toBeGreaterThan(only!.position);
    again.close();
  });
});
