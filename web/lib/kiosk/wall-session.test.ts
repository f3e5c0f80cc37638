import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, Call } from './device-api.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';
import { readWallSession, WallAccessKeeper, type WallView } from './wall-session.ts';

const SITE = { id: 'shop', name: 'Магазин', timezone: 'Europe/Moscow' };
const good: Answer = { kind: 'answer', status: 200, body: { wall: {}, site: SITE }, code: null, retryAfterMs: null };
const refusal = (status: number, code: string | null): Answer => ({ kind: 'answer', status, body: {}, code: code as never, retryAfterMs: null });

function setUp(answers: Answer[]) {
  const clock = new FakeClock();
  const views: WallView[] = [];
  const calls: { path: string; body: unknown; cookies: boolean | undefined }[] = [];
  const call: Call = async (path, options) => {
    calls.push({ path, body: options?.body, cookies: options?.cookies });
    return answers.length > 1 ? answers.shift()! : answers[0]!;
  };
  const keeper = new WallAccessKeeper({ wall: 'w1', token: 'secret', call, clock, random: () => 1, onView: (view) => views.push(view) });
  return { clock, views, calls, keeper, last: () => views.at(-1) };
}

test('the token goes into the body, never into the address, and opens the wall', async () => {
  const { keeper, calls, last } = setUp([good]);
  keeper.start();
  await settle();
  expect(last()).toEqual({ at: 'open', access: { site: SITE } });
  expect(calls).toEqual([{ path: '/api/v1/walls/w1/session', body: { token: 'secret' }, cookies: true }]);
});

test('it waits out a hub that is away or failing', async () => {
  const { keeper, clock, views, last } = setUp([{ kind: 'unreachable' }, refusal(503, 'unavailable'), refusal(429, 'rate_limited'), good]);
  keeper.start();
  await settle();
  expect(last()).toEqual({ at: 'opening', reachable: false });
  await clock.advance(30_000);
  expect(last()?.at).toBe('open');
  expect(views.some((view) => view.at === 'closed')).toBe(false);
});

test.each([401, 403, 404])('a %i from the hub closes the wall for good', async (status) => {
  const { keeper, clock, calls, last } = setUp([refusal(status, 'unauthorised')]);
  keeper.start();
  await settle();
  expect(last()).toEqual({ at: 'closed' });
  keeper.renew();
  keeper.wake();
  await clock.advance(600_000);
  expect(calls).toHaveLength(1);
});

test('a 404 from something that is not the hub closes nothing', async () => {
  const { keeper, last } = setUp([refusal(404, null)]);
  keeper.start();
  await settle();
  expect(last()).toEqual({ at: 'opening', reachable: false });
  keeper.stop();
});

test('a lost session is renewed, and a session that does not last makes no storm', async () => {
  const { keeper, clock, calls } = setUp([good]);
  keeper.start();
  await settle();
  await clock.advance(3_600_000);
  for (let turn = 0; turn < 100; turn++) {
    keeper.renew();
    await clock.advance(100);
  }
  expect(calls.length).toBeGreaterThanOrEqual(3);
  expect(calls.length).toBeLessThanOrEqual(4);
  keeper.stop();
});

test('rubbish is no session', () => {
  fc.assert(fc.property(fc.anything(), (body) => { expect(readWallSession(body)).toBeUndefined(); }), { seed: 20268 });
});
