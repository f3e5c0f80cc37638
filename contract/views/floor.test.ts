import { describe, expect, it } from 'vitest';
import type { AnyEvent, EventType } from '../events.ts';
import { dayOf, MINUTE, minuteOf } from '../time.ts';
import { applyFloor, emptyFloor, FLOOR_FEED, FLOOR_MINUTES, FLOOR_TYPES, type FloorState } from './floor.ts';
import { applyWall, emptyWall } from './wall.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const SITE = { id: 'shop', name: 'Shop', timezone: 'UTC' };
const fresh = (): FloorState => emptyFloor(SITE, dayOf('UTC', NOON), { places: {}, cameras: { 'cam-1': { name: 'Door', touchpoint: null } } });
let offset = 0;
const event = <T extends EventType>(type: T, body: AnyEvent<T>['body'], at = NOON): AnyEvent => ({ offset: ++offset, id: `id-${offset}`, type, site: 'shop', at, received: at, device: 'd', touchpoint: 'till-3', body }) as unknown as AnyEvent;
const rated = (value: number, at = NOON) => event('feedback.rated', { value, scale: 4 }, at);
const opened = (alert: string, at = NOON) => event('alert.opened', { alert, kind: 'feedback.negative', severity: 'high', source: '01JD0000000000000000000000', since: at, touchpoint: 'till-3', rating: { value: 1, scale: 4 } }, at);
const ANNA = { id: 'anna', name: 'Anna' };
const fold = (events: AnyEvent[], state = fresh()): FloorState => { for (const one of events) applyFloor(state, one); return state; };

describe('the floor', () => {
  it('counts ratings, footfall and receipts by minute and for the day', () => {
    const state = fold([rated(1), rated(2), rated(4), rated(4, NOON + MINUTE), event('traffic.counted', { in: 3, out: 1 }), event('sale.recorded', { receipt: 'r', total: 100, currency: 'RUB' })]);
    expect(state.today).toMatchObject({ lowest: 1, negative: 1, neutral: 0, positive: 2, in: 3, out: 1, receipts: 1 });
    expect(state.minutes).toMatchObject([{ minute: minuteOf(NOON), lowest: 1, negative: 1, positive: 1, in: 3, out: 1, receipts: 1 }, { minute: minuteOf(NOON) + 1, positive: 1 }]);
  });

  it('knows who is inside, by zone and touchpoint, whatever order counts and discounts come in', () => {
    const state = { ...fresh(), zoneOf: { 'till-3': 'hall' } };
    fold([event('traffic.counted', { in: 5, out: 2 }), event('traffic.discounted', { in: 1, out: 0, reason: 'staff' })], state);
    expect(state.inside).toEqual({ site: { people: 2, drift: 0, owed: 0 }, zones: { hall: { people: 2, drift: 0, owed: 0 } }, touchpoints: { 'till-3': { people: 2, drift: 0, owed: 0 } } });
    expect(state.today).toMatchObject({ in: 4, out: 2 });
    fold([event('traffic.counted', { in: 0, out: 5 })], state);
    expect(state.inside.site).toEqual({ people: 0, drift: 3, owed: 0 });
    fold([event('traffic.discounted', { in: 2, out: 0, reason: 'staff' }), event('traffic.counted', { in: 3, out: 0 })], state);
    expect(state.inside.site).toEqual({ people: 1, drift: 3, owed: 0 });
    fold([event('traffic.counted', { in: 40, out: 0 }, NOON - 86_400_000), { ...event('traffic.counted', { in: 4, out: 0 }), touchpoint: null }], state);
    expect([state.inside.site.people, state.inside.zones['hall']!.people]).toEqual([5, 1]);
  });

  it('puts late events into their own minute, and yesterday\'s into no number of today', () => {
    const state = fold([rated(4), rated(4, NOON - 5 * MINUTE), rated(4, NOON - 86_400_000)]);
    expect(state.minutes.map(({ minute }) => minute - minuteOf(NOON))).toEqual([-5, 0]);
    expect(state.today.positive).toBe(2);
  });

  it('keeps the last minutes and the last lines, however much comes', () => {
    const state = fresh();
    for (let i = 0; i < 2 * FLOOR_MINUTES; i++) applyFloor(state, rated(4, NOON + i * MINUTE));
    expect(state.minutes).toHaveLength(FLOOR_MINUTES);
    expect(state.minutes.at(-1)!.minute).toBe(minuteOf(NOON) + 2 * FLOOR_MINUTES - 1);
    expect(state.feed).toHaveLength(FLOOR_FEED);
    expect(state.feed[0]!.at).toBeGreaterThan(state.feed[1]!.at);
  });

  it('weighs the site\'s mood of a minute by people, and hears nothing of single cameras', () => {
    const summed = (people: number, mood: number, smile: number) => event('emotion.summed', { from: NOON - MINUTE, to: NOON, people, mood, smile });
    expect(fold([summed(5, 1, 0.2), summed(15, -1, 0.4)]).minutes[0]!.mood).toEqual({ people: 20, mood: -10, smile: 7 });
    expect(FLOOR_TYPES.has('emotion.windowed')).toBe(false);
  });

  it('walks an alert from open over claimed and given back to resolved, and measures how long a claim took', () => {
    const state = fold([opened('a'), opened('a'), event('alert.claimed', { alert: 'a', by: ANNA }, NOON + 30_000)]);
    expect(state.alerts).toMatchObject([{ id: 'a', state: 'claimed', owner: ANNA }]);
    expect(state.today).toMatchObject({ claims: 1, claimSeconds: 30 });
    fold([event('alert.released', { alert: 'a', by: ANNA })], state);
    expect(state.alerts).toMatchObject([{ state: 'open', owner: null }]);
    fold([event('alert.resolved', { alert: 'a', by: ANNA, cause: 'queue' }), event('alert.claimed', { alert: 'a', by: ANNA })], state);
    expect(state.alerts).toEqual([]);
    expect(state.today.resolved).toBe(1);
  });

  it('tells of a camera once, not also as a device', () => {
    const state = fold([event('device.seen', { device: 'cam-1' }), event('camera.connected', { camera: 'cam-1', node: 'n' }), event('device.silent', { device: 'button', lastSeen: 0 })]);
    expect(state.feed.map(({ text }) => text.kind)).toEqual(['device', 'camera']);
  });
});

describe('the wall', () => {
  it('counts today\'s ratings only, the worst face among the negative', () => {
    const state = emptyWall(SITE, dayOf('UTC', NOON));
    for (const one of [rated(1), rated(2), rated(3), rated(4), rated(4, NOON - 86_400_000), event('traffic.counted', { in: 1, out: 1 })]) applyWall(state, one);
    expect(state).toMatchObject({ positive: 2, negative: 2, neutral: 0, lastAt: NOON });
  });
});
