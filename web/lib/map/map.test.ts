import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FloorPlan } from '../../../contract/plans.ts';
import { contains, cornerAt, crest, depth, distance, heart, moved, spots, untangle, type Polygon } from './geometry.ts';
import { layoutOf } from './layout.ts';
import { asOneStep, begin, dropCorner, dropTouchpoint, dropZone, isChanged, moveCorner, putTouchpoint, putZone, undo } from './draft.ts';
import { centred, fitted, MAX_ZOOM, pictureAt, settled, shownSize, zoomed } from './view.ts';

const SEED = 77_120;
const square: Polygon = [{ x: 0.2, y: 0.2 }, { x: 0.6, y: 0.2 }, { x: 0.6, y: 0.6 }, { x: 0.2, y: 0.6 }];
/** An L: its middle is outside of it. */
const angle: Polygon = [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 0.2 }, { x: 0.2, y: 0.2 }, { x: 0.2, y: 1 }, { x: 0, y: 1 }];

describe('polygons', () => {
  it('know what is inside', () => {
    expect([{ x: 0.3, y: 0.3 }, { x: 0.59, y: 0.21 }].every((point) => contains(square, point))).toBe(true);
    expect([{ x: 0.1, y: 0.3 }, { x: 0.7, y: 0.3 }, { x: 0.3, y: 0.7 }].some((point) => contains(square, point))).toBe(false);
    expect([contains(angle, { x: 0.1, y: 0.9 }), contains(angle, { x: 0.6, y: 0.6 })]).toEqual([true, false]);
  });

  it('have their heart inside, where there is most room', () => {
    const middle = heart(square, 1);
    expect(distance(middle, { x: 0.4, y: 0.4 }, 1)).toBeLessThan(0.03);
    expect(contains(angle, heart(angle, 1.6))).toBe(true);
    expect(heart([{ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }], 1)).toEqual({ x: 0.5, y: 0.5 });
  });

  it('have a crest near the upper side, inside', () => {
    for (const polygon of [square, angle, angle.map(({ x, y }) => ({ x, y: 1 - y }))]) {
      const top = crest(polygon);
      expect(contains(polygon, top)).toBe(true);
      expect(top.y - Math.min(...polygon.map(({ y }) => y))).toBeLessThan(0.15);
    }
    expect(crest(square).x).toBeCloseTo(0.4);
    expect(crest([{ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }])).toEqual({ x: 0.5, y: 0.5 });
  });

  it('hold several spots apart from each other and from what is there', () => {
    const found = spots(angle, 5, 1, [{ x: 0.1, y: 0.1 }]);
    expect(found.every((point) => contains(angle, point) && depth(angle, point, 1) > 0.02)).toBe(true);
    for (const [i, a] of found.entries()) for (const b of found.slice(i + 1)) expect(distance(a, b, 1)).toBeGreaterThan(0.1);
  });

  it('are found by their corners, the newest first', () => {
    expect(cornerAt(square, { x: 0.21, y: 0.2 }, 0.03, 1)).toBe(0);
    expect(cornerAt([...square, { x: 0.2, y: 0.21 }], { x: 0.2, y: 0.2 }, 0.03, 1)).toBe(4);
    expect(cornerAt(square, { x: 0.4, y: 0.4 }, 0.03, 1)).toBe(-1);
    // A tall picture: half of its height is more than half of its width.
    expect(distance({ x: 0, y: 0 }, { x: 0, y: 0.5 }, 0.5)).toBe(1);
  });

  it('points do not leave the picture', () => expect(moved({ x: 0.99, y: 0.01 }, 0.05, -0.05)).toEqual({ x: 1, y: 0 }));
});

describe('untangle', () => {
  const size = { width: 360, height: 220 };
  it('leaves alone what is far enough apart', () => {
    const points = [{ x: 40, y: 40 }, { x: 200, y: 40 }];
    expect(untangle(points, 48, size)).toEqual(points);
  });
  it(`parts what lies together and stays within (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.record({ x: fc.integer({ min: 0, max: 360 }), y: fc.integer({ min: 0, max: 220 }) }), { maxLength: 9 }), (points) => {
      const out = untangle(points, 48, size);
      for (const [i, a] of out.entries()) {
        expect(a.x >= 24 && a.x <= 336 && a.y >= 24 && a.y <= 196).toBe(true);
        for (const b of out.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(36);
      }
    }), { seed: SEED });
  });
  it('parts two on the same spot', () => {
    const [a, b] = untangle([{ x: 100, y: 100 }, { x: 100, y: 100 }], 48, size);
    expect(Math.hypot(a!.x - b!.x, a!.y - b!.y)).toBeGreaterThan(47);
  });
});

describe('layout', () => {
  const blank: FloorPlan = { picture: null, zones: {}, touchpoints: {}, updatedAt: null };
  const site = {
    zones: [{ id: 'hall', name: 'Hall' }, { id: 'tills', name: 'Tills' }],
    touchpoints: [{ id: 'door', name: 'Door', zone: 'hall' }, { id: 'till-1', name: 'Till 1', zone: 'tills' }, { id: 'till-2', name: 'Till 2', zone: 'tills' }, { id: 'yard', name: 'Yard', zone: null }],
  };

  it.each([1.6, 0.7])('without a plan has a tile for each zone with its touchpoints, at aspect %d', (aspect) => {
    const { zones, touchpoints, made, unplaced } = layoutOf(blank, site, aspect);
    expect([made, unplaced]).toEqual([true, []]);
    expect(touchpoints.map(({ id }) => id).sort()).toEqual(['door', 'till-1', 'till-2', 'yard']);
    for (const { zone, at } of touchpoints) for (const tile of zones) expect(contains(tile.polygon, at)).toBe(tile.id === zone);
    for (const { polygon, label } of zones) expect(contains(polygon, label)).toBe(true);
    for (const [i, a] of zones.entries()) for (const b of zones.slice(i + 1)) expect(b.polygon.some((corner) => contains(a.polygon, corner))).toBe(false);
  });

  it('of a site without anything, and of one with fifty zones', () => {
    expect(layoutOf(blank, { zones: [], touchpoints: [] }, 1.6)).toMatchObject({ zones: [], touchpoints: [] });
    const many = { zones: Array.from({ length: 50 }, (_, i) => ({ id: `z${i}`, name: `Zone ${i}` })), touchpoints: [] };
    expect(layoutOf(blank, many, 1.6).zones).toHaveLength(50);
  });

  it('of a plan places what was placed, guesses within drawn zones, and says what it cannot place', () => {
    const plan: FloorPlan = { picture: { file: 'f', width: 2000, height: 1000 }, zones: { tills: [...square] }, touchpoints: { 'till-1': { x: 0.3, y: 0.3 }, gone: { x: 0, y: 0 } }, updatedAt: 1 };
    const { aspect, zones, touchpoints, unplaced, made } = layoutOf(plan, site, 1);
    expect({ aspect, unplaced, made, zones: zones.map(({ id }) => id) }).toEqual({ aspect: 2, unplaced: ['door', 'yard'], made: false, zones: ['tills'] });
    expect(touchpoints.map(({ id, guessed }) => [id, guessed])).toEqual([['till-1', false], ['till-2', true]]);
    expect(contains(square, touchpoints[1]!.at)).toBe(true);
    expect(distance(touchpoints[1]!.at, { x: 0.3, y: 0.3 }, 2)).toBeGreaterThan(0.05);
  });
});

describe('the view', () => {
  const window = { width: 800, height: 600 };
  it('shows all of the plan in the middle at first', () => {
    expect(fitted(window, 2)).toEqual({ width: 800, height: 400 });
    expect(settled({ zoom: 1, x: 55, y: -70 }, window, 2)).toEqual({ zoom: 1, x: 0, y: 100 });
    expect(fitted({ width: 0, height: 0 }, 2).width).toBeGreaterThan(0);
  });
  it(`keeps under the fingers what is there, and covers the window (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), fc.double({ min: 0.3, max: 3, noNaN: true }), fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 600 }), (factor, aspect, x, y) => {
      const first = zoomed(settled({ zoom: 1, x: 0, y: 0 }, window, aspect), 3, { x: 400, y: 300 }, window, aspect);
      const next = zoomed(first, factor, { x, y }, window, aspect);
      expect(next.zoom >= 1 && next.zoom <= MAX_ZOOM).toBe(true);
      const size = shownSize(window, aspect, next.zoom);
      expect(next.x <= Math.max(0, (window.width - size.width) / 2) + 1e-6 && next.x + size.width >= Math.min(window.width, window.width / 2 + size.width / 2) - 1e-6).toBe(true);
      const [before, after] = [pictureAt({ x, y }, first, window, aspect), pictureAt({ x, y }, next, window, aspect)];
      // Where no edge is in the way.
      if (next.x < -1 && next.x + size.width > window.width + 1) expect(after.x).toBeCloseTo(before.x, 6);
    }), { seed: SEED });
  });
  it('brings a place into the middle', () => {
    const view = centred({ x: 0.5, y: 0.5 }, { zoom: 4, x: 0, y: 0 }, window, 2);
    expect(pictureAt({ x: 400, y: 300 }, view, window, 2)).toEqual({ x: 0.5, y: 0.5 });
  });
});

describe('a draft', () => {
  const draft = begin({ zones: { hall: [...square] }, touchpoints: {} });
  it('changes step by step and back', () => {
    const changed = dropZone(putTouchpoint(draft, 'till', { x: 0.5, y: 1.5 }), 'hall');
    expect(changed.now).toEqual({ zones: {}, touchpoints: { till: { x: 0.5, y: 1 } } });
    expect(draft.now.zones).toHaveProperty('hall');
    expect(isChanged(changed)).toBe(true);
    expect(undo(undo(changed)).now).toEqual(draft.now);
    expect(isChanged(undo(undo(changed)))).toBe(false);
    expect(undo(draft)).toBe(draft);
  });
  it('counts a drag as one step', () => {
    let dragged = draft;
    for (let i = 0; i < 20; i++) dragged = moveCorner(dragged, 'hall', 0, { x: i / 100, y: 0 });
    const one = asOneStep(dragged, draft);
    expect(one.before).toHaveLength(1);
    expect(undo(one).now).toEqual(draft.now);
    expect(asOneStep(draft, draft)).toBe(draft);
  });
  it('keeps zones that can be zones', () => {
    expect(() => putZone(draft, 'hall', square.slice(0, 2))).toThrow(RangeError);
    expect(() => putZone(draft, 'hall', Array(41).fill(square[0]))).toThrow(RangeError);
    const triangle = dropCorner(draft, 'hall', 1);
    expect(triangle.now.zones['hall']).toHaveLength(3);
    expect(dropCorner(triangle, 'hall', 0)).toBe(triangle);
    expect(moveCorner(draft, 'none', 0, { x: 0, y: 0 })).toBe(draft);
    expect(moveCorner(draft, 'hall', 9, { x: 0, y: 0 })).toBe(draft);
  });
  it('is not changed by drawing the same in another order', () => {
    const base = begin({ zones: {}, touchpoints: { a: { x: 0, y: 0 }, b: { x: 1, y: 1 } } });
    expect(isChanged(putTouchpoint(dropTouchpoint(base, 'a'), 'a', { x: 0, y: 0 }))).toBe(false);
  });
});
