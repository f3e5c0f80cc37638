import { describe, expect, it } from 'vitest';
import { Shop, type Deed } from './shop.ts';
import { isTour } from './tour.ts';

const MINUTE = 60_000;
const options = { seed: 1, site: 'demo', timezone: 'Europe/Moscow', hours: { open: 9, close: 21 }, speed: 1 };
const noon = Date.UTC(2026, 4, 12, 9); // 12:00 in Moscow
const start = (startedAt = noon, more: object = {}): Shop => new Shop({ ...options, startedAt, ...more });
const body = ({ event }: Deed): Record<string, unknown> => event.body as Record<string, unknown>;
const ids = (deeds: Deed[]): string[] => deeds.map(({ event }) => event.id);

/** Walks on by the shop's own waits. */
function play(shop: Shop, from: number, to: number): { now: number; deed: Deed }[] {
  const done: { now: number; deed: Deed }[] = [];
  for (let now = from; now <= to; now += Math.max(50, shop.wait(now))) for (const deed of shop.due(now)) done.push({ now, deed });
  return done;
}

describe('Shop', () => {
  it('the past is today up to now; the same moment gives the same events', () => {
    const { past } = start();
    expect(past.length).toBeGreaterThan(500);
    for (const { event } of past) {
      expect(event.at).toBeGreaterThanOrEqual(noon - 180 * MINUTE);
      expect(event.at).toBeLessThanOrEqual(noon);
    }
    expect(start().past).toEqual(past);
    expect(new Set(ids(past)).size).toBe(past.length);
  });

  it('a later start sends what was sent before under the same ids, and only the new besides', () => {
    const before = start();
    const played = play(before, noon, noon + 30 * MINUTE).map(({ deed }) => deed).filter(({ event }) => !isTour(event.id, noon));
    const again = start(noon + 30 * MINUTE);
    expect(ids(again.past).sort()).toEqual(ids([...before.past, ...played]).sort());
  });

  it('events come when they are due, not before and hardly later', () => {
    for (const { now, deed } of play(start(), noon, noon + 20 * MINUTE)) {
      expect(deed.event.at).toBeLessThanOrEqual(now);
      expect(now - deed.event.at).toBeLessThanOrEqual(51);
    }
  });

  it('somebody presses red at the third till within a minute, whatever the seed', () => {
    for (let seed = 0; seed < 5; seed++) {
      const red = play(start(noon, { seed }), noon, noon + MINUTE).find(({ deed }) => deed.device === 'button-3' && deed.event.type === 'feedback.rated' && body(deed)['value'] === 1);
      expect(red).toBeDefined();
    }
  });

  it('goes on past closing time and through the night', () => {
    const evening = Date.UTC(2026, 4, 12, 17, 50); // ten minutes before closing
    const deeds = play(start(evening), evening, evening + 90 * MINUTE);
    expect(deeds.filter(({ now }) => now > evening + 20 * MINUTE).length).toBeGreaterThan(50);
    expect(start(Date.UTC(2026, 4, 12, 23)).past.length).toBeGreaterThan(500);
  });

  it('a faster clock makes more of the same, now, under ids that a slower one will not need', () => {
    const fast = play(start(noon, { speed: 10 }), noon, noon + 6 * MINUTE);
    const slow = play(start(), noon, noon + 60 * MINUTE);
    expect(fast.length).toBeGreaterThan(slow.length * 0.9);
    for (const { now, deed } of fast) expect(Math.abs(now - deed.event.at)).toBeLessThan(51);
    const planned = new Set(ids(slow.map(({ deed }) => deed)).filter((id) => !isTour(id, noon)));
    expect(ids(fast.map(({ deed }) => deed)).filter((id) => planned.has(id))).toEqual([]);
  });

  it('a message names the press that it belongs to', () => {
    const { past } = start();
    const presses = new Set(past.filter(({ event }) => event.type === 'feedback.rated').map(({ event }) => event.id));
    const messages = past.filter(({ event }) => event.type === 'feedback.messaged');
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) expect(presses.has(String(body(message)['rating']))).toBe(true);
  });
});
