import { expect, it } from 'vitest';
import type { AnyEvent, EmotionWindow } from '../../contract/index.ts';
import { placedWindows } from './placed.ts';
import { randomFrom, sharesWith, windowOf, type Somebody } from './testing/people.ts';

const random = randomFrom(5);
const somebody = (area: string | null): Somebody => ({ camera: 'cam', area, staff: false, at: 0, shares: sharesWith(random(), random), seconds: 5, turned: true, male: true, band: 1 });
const event = (body: EmotionWindow): AnyEvent => ({ offset: 1, id: '01', type: 'emotion.windowed', site: 's', at: 10_000, received: 10_000, device: 'v', touchpoint: 'till', body });
const window = windowOf('cam', 0, [somebody('a'), somebody('a'), somebody('b'), somebody('c')], ['a', 'b', 'c']);
const sum = (events: readonly AnyEvent[], of: (body: EmotionWindow) => number): number => events.reduce((total, { body }) => total + of(body as EmotionWindow), 0);

it('tells windows by the places of their areas, and the parts add up', () => {
  const placed = placedWindows([event(window)], new Map([['cam', new Map([['a', 'shelf'], ['b', 'shelf']])]]));
  expect(placed.map(({ touchpoint, body }) => [touchpoint, (body as EmotionWindow).faces, (body as EmotionWindow).visits!.n])).toEqual([['shelf', 9, 3], ['till', 3, 1]]);
  expect(sum(placed, ({ faces, mood }) => faces * mood!)).toBeCloseTo(window.faces * window.mood!, 9);
});
it('leaves alone what has no place of its own', () => {
  expect(placedWindows([event(window)], new Map())).toEqual([event(window)]);
  expect(placedWindows([event(window)], new Map([['other', new Map([['a', 'shelf']])]]))).toEqual([event(window)]);
});
