import { describe, expect, it } from 'vitest';
import type { CameraChoices, Polygon } from '../../../contract/cameras.ts';
import { addArea, addMask, asOneStep, begin, change, dropCorner, dropShape, finished, flawOf, isChanged, moveCorner, putCorners, reachOf, splitSide, stepsOf, turnLine, undo } from './draft.ts';

const BLANK: CameraChoices = { purpose: null, emotions: true, counting: false, demographics: false, areas: [], staff: null, masks: [], line: null };
const SQUARE: Polygon = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]];
const CROSSED: Polygon = [[0.1, 0.1], [0.5, 0.5], [0.5, 0.1], [0.1, 0.5]];
const ready: CameraChoices = { ...BLANK, purpose: 'Mood at the till', staff: 'none' };

describe('the order of steps', () => {
  it('nobody gets past a step that is not done', () => {
    expect(reachOf(BLANK)).toBe('purpose');
    expect(reachOf({ ...BLANK, purpose: '  ' })).toBe('purpose');
    expect(reachOf({ ...BLANK, purpose: 'Why' })).toBe('staff');
    expect(reachOf({ ...BLANK, purpose: 'Why', staff: 'masked' })).toBe('staff');
    expect(reachOf({ ...ready, areas: [{ id: 'a', name: 'A', role: 'contact', polygon: CROSSED, zone: null, touchpoint: null }] })).toBe('areas');
    expect(reachOf({ ...ready, counting: true })).toBe('line');
    expect(reachOf(ready)).toBe('check');
  });

  it('asks for a line only where people are counted', () => {
    expect(stepsOf(ready)).not.toContain('line');
    expect(stepsOf({ ...ready, counting: true })).toContain('line');
  });

  it.each([
    ['purpose', { emotions: false }, 'no_work'], ['purpose', { purpose: null }, 'no_purpose'], ['staff', { staff: null }, 'staff_unsaid'], ['staff', { staff: 'masked' }, 'mask_missing'],
    ['staff', { staff: 'masked', masks: [CROSSED] }, 'mask_crossed'], ['staff', { staff: 'masked', masks: [[[0, 0], [0.01, 0], [0, 0.01]]] }, 'mask_small'], ['staff', { staff: 'none', masks: [CROSSED] }, null],
    ['line', { counting: true }, 'line_missing'], ['line', { counting: true, line: { from: [0, 0], to: [0.01, 0], inward: 'left', reentryS: 0, groupS: 0 } }, 'line_short'],
  ] as const)('%s with %o: %s', (step, part, flaw) => {
    expect(flawOf(step, { ...ready, ...part } as CameraChoices)).toBe(flaw);
  });
});

describe('a draft', () => {
  it('takes everything back step by step', () => {
    const drawn = addArea(begin(ready), SQUARE, 'Till').draft;
    const masked = addMask(drawn, SQUARE);
    expect(masked.now.staff).toBe('masked');
    expect(undo(masked).now).toEqual(drawn.now);
    expect(undo(undo(masked)).now).toEqual(ready);
    expect(isChanged(masked)).toBe(true);
    expect(isChanged(undo(undo(masked)))).toBe(false);
  });

  it('gives each area an id of its own, also after one was taken away', () => {
    const one = addArea(begin(ready), SQUARE, 'A');
    const two = addArea(one.draft, SQUARE, 'B');
    const three = addArea(dropShape(two.draft, { kind: 'area', id: one.id }), SQUARE, 'C');
    expect(new Set(three.draft.now.areas.map(({ id }) => id)).size).toBe(2);
    for (const { id } of three.draft.now.areas) expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
  });

  it('keeps corners in the picture, splits a side in its middle and leaves a triangle its three', () => {
    const shape = { kind: 'area', id: 'area-1' } as const;
    const draft = addArea(begin(ready), SQUARE, 'A').draft;
    expect(moveCorner(draft, shape, 0, [-1, 2]).now.areas[0]!.polygon[0]).toEqual([0, 1]);
    const split = splitSide(draft, shape, 3);
    expect(split.now.areas[0]!.polygon[4]).toEqual([0.1, 0.3]);
    const triangle = dropCorner(draft, shape, 0);
    expect(triangle.now.areas[0]!.polygon).toHaveLength(3);
    expect(dropCorner(triangle, shape, 0)).toBe(triangle);
    expect(moveCorner(draft, shape, 9, [0, 0])).toBe(draft);
  });

  it('is one step back after a drag of many moves', () => {
    const shape = { kind: 'area', id: 'area-1' } as const;
    const from = addArea(begin(ready), SQUARE, 'A').draft;
    const moved = moveCorner(from, shape, 0, [0.2, 0.2]);
    expect(undo(asOneStep(moveCorner(moved, shape, 0, [0.3, 0.3]), from)).now).toEqual(from.now);
  });

  it('draws and turns a line, and keeps its times when it is drawn anew', () => {
    const drawn = putCorners(begin({ ...ready, counting: true }), { kind: 'line' }, [[0.2, 0.5], [0.8, 0.5]]);
    expect(drawn.now.line).toMatchObject({ from: [0.2, 0.5], to: [0.8, 0.5], inward: 'left' });
    const timed = change(turnLine(drawn), { line: { ...turnLine(drawn).now.line!, reentryS: 33 } });
    expect(putCorners(timed, { kind: 'line' }, [[0, 0], [1, 1]]).now.line).toMatchObject({ to: [1, 1], inward: 'right', reentryS: 33 });
  });

  it('sends nothing that the choices do not use', () => {
    const sent = finished({ ...ready, purpose: ' Why ', emotions: false, counting: true, demographics: true, staff: 'none', masks: [SQUARE], line: null });
    expect(sent).toMatchObject({ purpose: 'Why', demographics: false, masks: [], line: null });
    expect(finished({ ...ready, line: { from: [0, 0], to: [1, 1], inward: 'left', reentryS: 1, groupS: 1 } }).line).toBeNull();
  });
});
