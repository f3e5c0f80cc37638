import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FACES, FACTORS, IDLE, lifetimeMs, step, TIMES, type Deed, type Flow, type Input } from './rating-flow.ts';

function run(inputs: [number, Input][]): { flow: Flow; deeds: Deed[] } {
  let flow = IDLE;
  const deeds: Deed[] = [];
  for (const [now, input] of inputs) {
    const next = step(flow, input, now);
    flow = next.flow;
    if (next.deed) deeds.push(next.deed);
  }
  return { flow, deeds };
}

test.each([4, 3] as const)('face %i is sent at once and thanked at once', (face) => {
  const { flow, deeds } = run([[0, { was: 'press', face, rating: 'R' }]]);
  expect(deeds).toEqual([{ do: 'rate', rating: 'R', face, held: false }]);
  expect(flow.screen).toEqual({ at: 'thanks', face });
});

test('a bad press is held, and its reason becomes part of it', () => {
  const { flow, deeds } = run([[0, { was: 'press', face: 2, rating: 'R' }], [2000, { was: 'factor', factor: 'queue' }]]);
  expect(deeds).toEqual([{ do: 'rate', rating: 'R', face: 2, held: true }, { do: 'release', rating: 'R', face: 2, factor: 'queue' }]);
  expect(flow.screen.at).toBe('thanks');
});

test.each([{ was: 'skip' }, { was: 'timeout' }] as const)('a bad press goes without reason after $was', (input) => {
  expect(run([[0, { was: 'press', face: 2, rating: 'R' }], [8000, input]]).deeds.at(-1)).toEqual({ do: 'release', rating: 'R', face: 2, factor: null });
});

test('the worst press does not wait for its reason', () => {
  const { deeds } = run([[0, { was: 'press', face: 1, rating: 'R' }], [2000, { was: 'factor', factor: 'staff' }]]);
  expect(deeds).toEqual([{ do: 'rate', rating: 'R', face: 1, held: false }, { do: 'explain', rating: 'R', factor: 'staff' }]);
  expect(run([[0, { was: 'press', face: 1, rating: 'R' }], [8000, { was: 'timeout' }]]).deeds).toHaveLength(1);
});

test('a finger that bounces presses once, also onto the reasons that appear under it', () => {
  expect(run([[0, { was: 'press', face: 4, rating: 'A' }], [120, { was: 'press', face: 4, rating: 'B' }]]).deeds).toHaveLength(1);
  const { flow, deeds } = run([[0, { was: 'press', face: 1, rating: 'A' }], [299, { was: 'factor', factor: 'price' }]]);
  expect(deeds).toHaveLength(1);
  expect(flow.screen.at).toBe('why');
});

test('the button is ready again 1.5 to 3 s after its thanks, and the question ends by itself', () => {
  expect(lifetimeMs({ at: 'ready' })).toBeNull();
  expect(lifetimeMs({ at: 'thanks', face: 4 })).toBeGreaterThanOrEqual(1500);
  expect(lifetimeMs({ at: 'thanks', face: 4 })).toBeLessThanOrEqual(3000);
  expect(lifetimeMs({ at: 'why', rating: 'R', face: 2 })).toBe(8000);
  expect(run([[0, { was: 'press', face: 4, rating: 'A' }], [1800, { was: 'timeout' }], [1801, { was: 'press', face: 3, rating: 'B' }]]).deeds).toHaveLength(2);
});

const SEED = 20264;
const input = fc.oneof(
  fc.record({ was: fc.constant('press' as const), face: fc.constantFrom(...FACES), rating: fc.uuid() }),
  fc.record({ was: fc.constant('factor' as const), factor: fc.constantFrom(...FACTORS) }),
  fc.constant({ was: 'skip' as const }),
  fc.constant({ was: 'timeout' as const }),
);

test(`whatever is pressed: each held press is let go exactly once, and no reason comes without its press (seed ${SEED})`, () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), input), { maxLength: 60 }), (inputs) => {
    let now = 0;
    const timed = inputs.map(([gap, one]): [number, Input] => [now += gap, one]);
    const { flow, deeds } = run([...timed, [now + TIMES.followUpMs, { was: 'timeout' }]]);
    expect(flow.screen.at).toBe('ready');
    const held = deeds.flatMap((deed) => deed.do === 'rate' && deed.held ? [deed.rating] : []);
    const released = deeds.flatMap((deed) => deed.do === 'release' ? [deed.rating] : []);
    expect(released).toEqual(held);
    const sent = new Set(deeds.flatMap((deed) => deed.do === 'rate' && !deed.held ? [deed.rating] : []));
    for (const deed of deeds) if (deed.do === 'explain') expect(sent.has(deed.rating)).toBe(true);
  }), { seed: SEED, numRuns: 400 });
});
