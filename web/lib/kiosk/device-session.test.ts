import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeviceSelf } from '../../../contract/places.ts';
import type { Answer, Call } from './device-api.ts';
import { DeviceSession, readSelf, type SessionView } from './device-session.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const SELF: DeviceSelf = { id: 'button-1', kind: 'button', name: 'Касса 3', site: { id: 'shop', name: 'Магазин', timezone: 'Europe/Moscow' }, touchpoint: { id: 'till-3', name: 'Касса 3', zone: null }, now: 1 };
const ok = (body: unknown): Answer => ({ kind: 'answer', status: 200, body, code: null, retryAfterMs: null });
const problem = (status: number, code: string | null): Answer => ({ kind: 'answer', status, body: {}, code: code as never, retryAfterMs: null });

function setUp(stored: DeviceSelf | null = null) {
  const clock = new FakeClock();
  const views: SessionView[] = [];
  const kept: DeviceSelf[] = [];
  const requests: { path: string; token: string | undefined; body: unknown }[] = [];
  const hub: { answer: ((path: string) => Answer) } = { answer: (path) => ok(path.endsWith('/me') ? SELF : { now: 1, clockOffsetMs: 0 }) };
  const call: Call = async (path, options) => {
    requests.push({ path, token: options?.token, body: options?.body });
    return hub.answer(path);
  };
  const session = new DeviceSession({ token: 'secret', self: stored, version: '1', call, clock, random: () => 1, waiting: () => 7, onView: (view) => views.push(view), onSelf: (self) => kept.push(self) });
  return { clock, views, kept, requests, hub, session, last: () => views.at(-1)! };
}

test('it tells the hub that it is here every 30 s, with what it still holds', async () => {
  const { session, clock, requests, last, kept } = setUp();
  session.start();
  await settle();
  expect(last()).toMatchObject({ self: SELF, reachable: true, revoked: false });
  expect(kept).toEqual([SELF]);
  await clock.advance(60_000);
  const beats = requests.filter((one) => one.path.endsWith('/heartbeat'));
  expect(beats).toHaveLength(3);
  expect(beats[2]).toMatchObject({ token: 'secret', body: { sentAt: clock.now(), version: '1', outbox: 7 } });
  session.stop();
  await clock.advance(600_000);
  expect(requests.filter((one) => one.path.endsWith('/heartbeat'))).toHaveLength(3);
});

test('it starts from what it kept when there is no hub, and comes back by itself', async () => {
  const { session, clock, hub, last } = setUp(SELF);
  const good = hub.answer;
  hub.answer = () => ({ kind: 'unreachable' });
  session.start();
  await settle();
  expect(last()).toMatchObject({ self: SELF, reachable: false, heardAt: null });
  await clock.advance(120_000);
  hub.answer = good;
  await clock.advance(30_000);
  expect(last().reachable).toBe(true);
  session.stop();
});

test.each(['device_revoked', 'unauthorised'])('%s ends the session for good', async (code) => {
  const { session, clock, hub, last, requests } = setUp(SELF);
  session.start();
  await settle();
  hub.answer = () => problem(401, code);
  await clock.advance(30_000);
  expect(last().revoked).toBe(true);
  const before = requests.length;
  await clock.advance(600_000);
  expect(requests).toHaveLength(before);
});

test('a 401 that is not the hub\'s own (a proxy asks for a password) revokes nothing', async () => {
  const { session, clock, hub, last } = setUp(SELF);
  hub.answer = () => problem(401, null);
  session.start();
  await clock.advance(120_000);
  expect(last()).toMatchObject({ revoked: false, reachable: false });
  session.stop();
});

test('rubbish is no account of a device', () => {
  fc.assert(fc.property(fc.anything(), (body) => { expect(readSelf(body)).toBeUndefined(); }), { seed: 20265 });
  expect(readSelf({ ...SELF, site: null })).toBeUndefined();
  expect(readSelf({ ...SELF, touchpoint: null })).toBeDefined();
});
