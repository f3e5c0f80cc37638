import { describe, expect, it } from 'vitest';
import type { ShownAlert } from '../floor/pending.ts';
import { madeAlert } from '../../testing/made-alert.ts';
import { byNeed, FRESH_MS, initials, mapStates, placeState, worst, peopleInside } from './states.ts';

const NOW = 10_000_000;
const shown = (id: string, values: Parameters<typeof madeAlert>[1] = {}): ShownAlert => ({ alert: madeAlert(id, { since: NOW - 60_000, openedAt: NOW - 60_000, ...values }), pending: null });
const owner = { id: 'u', name: 'Анна Белова' };

describe('a place', () => {
  it.each([
    ['open', [shown('a'), shown('b', { owner, state: 'claimed' })]], ['trouble', [shown('a', { tone: 'equipment' }), shown('b', { owner, state: 'claimed' })]], ['taken', [shown('a', { owner, state: 'claimed' }), shown('b', { tone: 'praise' })]],
    ['snoozed', [shown('a', { snoozedUntil: NOW + 1 })]], ['open', [shown('a', { snoozedUntil: NOW - 1 })]], ['good', [shown('a', { tone: 'praise' })]],
  ] as const)('shows %s', (mark, alerts) => expect(placeState(alerts, undefined, NOW).mark).toBe(mark));

  it('counts what waits, and since when', () => {
    const state = placeState([shown('a', { since: NOW - 5_000 }), shown('b', { since: NOW - 90_000, tone: 'equipment' }), shown('c', { since: NOW - 500_000, owner, state: 'on_the_way' })], undefined, NOW);
    expect(state).toMatchObject({ mark: 'open', waiting: 2, since: NOW - 90_000, owner, walking: true });
    expect(state.alerts.map(({ alert }) => alert.id)).toEqual(['a', 'b', 'c']);
  });

  it('is fresh for some seconds, unless somebody has it', () => {
    expect(placeState([shown('a', { openedAt: NOW - FRESH_MS + 1 })], undefined, NOW).fresh).toBe(true);
    expect(placeState([shown('a', { openedAt: NOW - FRESH_MS })], undefined, NOW).fresh).toBe(false);
    expect(placeState([shown('a', { openedAt: NOW, owner, state: 'claimed' })], undefined, NOW).fresh).toBe(false);
  });

  it('without alerts is lively for an hour after a rating', () => {
    const ratings = { lowest: 1, negative: 1, neutral: 2, positive: 6, last: 'positive' as const, lastAt: NOW - 3_599_000 };
    expect(placeState([], ratings, NOW)).toMatchObject({ mark: 'lively', today: { positive: 6, total: 10 }, waiting: 0, since: null, owner: null });
    expect(placeState([], ratings, NOW + 1_000).mark).toBe('quiet');
    expect(placeState([], undefined, NOW)).toMatchObject({ mark: 'quiet', today: { positive: 0, total: 0 }, lastAt: null });
  });
});

describe('the map', () => {
  const floor = { byPlace: {}, zoneOf: { till: 'hall' }, devices: { button: { name: 'B', touchpoint: 'till' }, loose: { name: 'L', touchpoint: null } } };
  const places = { zones: [{ id: 'hall' }], touchpoints: [{ id: 'till' }] };
  it('puts an alert at its touchpoint, its device\'s, its zone, or the site, and nowhere twice', () => {
    const alerts = [shown('a', { touchpoint: 'till', zone: 'hall' }), shown('b', { device: 'button' }), shown('c', { zone: 'hall' }), shown('d'), shown('e', { touchpoint: 'removed' }), shown('f', { zone: 'removed' }), shown('g', { device: 'loose' }), shown('h', { device: '__proto__' })];
    const states = mapStates(floor, alerts, places, NOW);
    const ids = (state: { alerts: ShownAlert[] } | undefined) => state?.alerts.map(({ alert }) => alert.id).sort();
    expect([ids(states.touchpoints.get('till')), ids(states.zones.get('hall')), ids(states.site)]).toEqual([['a', 'b'], ['c'], ['d', 'e', 'f', 'g', 'h']]);
  });
});

it('tints a zone by its worst place and lists what waits first', () => {
  expect(worst(['quiet', 'taken', 'lively'])).toBe('taken');
  expect(worst([])).toBe('quiet');
  const row = (name: string, ...alerts: ShownAlert[]) => ({ name, state: placeState(alerts, undefined, NOW) });
  expect([row('b'), row('a'), row('late', shown('x', { since: NOW - 9_000 })), row('early', shown('y', { since: NOW - 90_000 })), row('held', shown('z', { owner, state: 'claimed' }))].sort(byNeed).map(({ name }) => name)).toEqual(['early', 'late', 'held', 'a', 'b']);
});

it('shortens names', () => expect(['Анна Белова', 'admin', 'j.smith', '  ', '👩 X Y'].map(initials)).toEqual(['АБ', 'A', 'JS', '?', '👩X']));

it('knows who is inside a zone and the site, and nothing where nobody counts', () => {
  const inside = { site: { people: 9, drift: 2, owed: 0 }, zones: { hall: { people: 0, drift: 0, owed: 0 } }, touchpoints: {} };
  expect([peopleInside({ inside }, null), peopleInside({ inside }, 'hall'), peopleInside({ inside }, 'cafe'), peopleInside({ inside }, '__proto__'), peopleInside({}, null)]).toEqual([9, 0, null, null, null]);
});
