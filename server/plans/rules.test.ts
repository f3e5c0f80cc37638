import { expect, it } from 'vitest';
import { areaOf, drawingFlaw, presentIn, tidy } from './rules.ts';

const square = [{ x: 0.1, y: 0.1 }, { x: 0.5, y: 0.1 }, { x: 0.5, y: 0.5 }, { x: 0.1, y: 0.5 }];
const site = { zones: [{ id: 'hall', name: 'Hall' }], touchpoints: [{ id: 'till', name: 'Till', zone: null }] };

it('measures areas whichever way round the corners go', () => {
  expect(areaOf(square)).toBeCloseTo(0.16);
  expect(areaOf(square.toReversed())).toBeCloseTo(0.16);
  expect(areaOf([{ x: 0, y: 0 }, { x: 1, y: 1 }, { x: 0.5, y: 0.5 }])).toBe(0);
});

it('takes only places that there are, and zones that can be seen', () => {
  expect(drawingFlaw({ zones: { hall: square }, touchpoints: { till: { x: 0, y: 1 } } }, site)).toBeUndefined();
  expect(drawingFlaw({ zones: { attic: square }, touchpoints: {} }, site)?.path).toBe('/zones/attic');
  expect(drawingFlaw({ zones: {}, touchpoints: { door: { x: 0, y: 1 } } }, site)?.path).toBe('/touchpoints/door');
  expect(drawingFlaw({ zones: { hall: [square[0]!, square[0]!, square[0]!] }, touchpoints: {} }, site)?.message).toMatch(/no area/);
  expect(drawingFlaw(JSON.parse('{"zones":{"__proto__":[]},"touchpoints":{}}') as never, site)?.path).toBe('/zones/__proto__');
});

it('keeps four digits and forgets what is gone', () => {
  expect(tidy({ zones: {}, touchpoints: { till: { x: 0.123456, y: 0.99999 } } }).touchpoints).toEqual({ till: { x: 0.1235, y: 1 } });
  expect(presentIn({ zones: { hall: square, attic: square }, touchpoints: { till: square[0]!, door: square[0]! } }, site)).toEqual({ zones: { hall: square }, touchpoints: { till: square[0] } });
});
