import { expect, it } from 'vitest';
import { createRightsWatch, RIGHTS_MS } from './rights.ts';

function watched() {
  const state = { open: ['anna', 'igor'], revoked: new Set<string>(), busLive: true, fails: false, asked: 0, closed: [] as string[], errors: 0 };
  const watch = createRightsWatch<string>({
    open: () => state.open,
    findRevoked: async (principals) => {
      state.asked += 1;
      if (state.fails) throw new Error('the store is away');
      return principals.filter((one) => state.revoked.has(one));
    },
    close: (ended) => state.closed.push(...ended),
    busLive: () => state.busLive,
    onError: () => { state.errors += 1; },
  });
  return { state, tick: (now: number) => watch.tick(now) };
}

it('closes what was revoked without anybody saying so, within half a minute', async () => {
  const { state, tick } = watched();
  await tick(0);
  state.revoked.add('igor');
  await tick(RIGHTS_MS.heard - 1);
  expect(state.closed).toEqual([]);
  await tick(RIGHTS_MS.heard);
  expect(state.closed).toEqual(['igor']);
});

it('asks at every call while other hubs cannot be heard, and once more when they can again', async () => {
  const { state, tick } = watched();
  await tick(0);
  state.busLive = false;
  for (let now = 2_000; now <= 6_000; now += RIGHTS_MS.unheard) await tick(now);
  expect(state.asked).toBe(4);
  // Revoked after the last look and before the bus came back: nobody told, and the next look must find it.
  state.revoked.add('anna');
  state.busLive = true;
  await tick(8_000);
  expect(state.closed).toEqual(['anna']);
  await tick(10_000);
  expect(state.asked).toBe(5);
});

it('keeps everything open while the store cannot be read, and asks again as soon as it may', async () => {
  const { state, tick } = watched();
  state.revoked.add('anna');
  state.fails = true;
  await tick(0);
  expect(state).toMatchObject({ closed: [], errors: 1 });
  state.fails = false;
  await tick(RIGHTS_MS.unheard);
  expect(state.closed).toEqual(['anna']);
});

it('asks one question at a time', async () => {
  let answer = (): void => undefined;
  let asked = 0;
  const watch = createRightsWatch<string>({
    open: () => [], findRevoked: () => new Promise((resolve) => { asked += 1; answer = () => resolve([]); }),
    close: () => undefined, busLive: () => false, onError: () => undefined,
  });
  const first = watch.tick(0);
  const second = watch.tick(2_000);
  expect(asked).toBe(1);
  answer();
  await Promise.all([first, second]);
  const third = watch.tick(4_000);
  expect(asked).toBe(2);
  answer();
  await third;
});
