import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Answer, Call } from './device-api.ts';
import { nextView, PairingSession, START, type PairingView } from './pairing.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

const ok = (body: unknown, status = 200): Answer => ({ kind: 'answer', status, body, code: null, retryAfterMs: null });
const problem = (status: number, code: string): Answer => ({ kind: 'answer', status, body: { code }, code: code as never, retryAfterMs: null });
const AWAY: Answer = { kind: 'unreachable' };
const pairing = (code: string) => ok({ code, secret: `secret-of-${code}-long-enough`, expiresAt: 1, pollMs: 2000 }, 201);

/** A hub that answers from a script; the last answer of each kind repeats. */
function setUp(script: { asks: Answer[]; polls: Answer[] }) {
  const clock = new FakeClock();
  const views: PairingView[] = [];
  const calls: { path: string; body: unknown }[] = [];
  const take = (answers: Answer[]) => answers.length > 1 ? answers.shift()! : answers[0]!;
  const call: Call = async (path, options) => {
    calls.push({ path, body: options?.body });
    return path.endsWith('/token') ? take(script.polls) : take(script.asks);
  };
  const session = new PairingSession({ kind: 'button' }, { call, clock, random: () => 1, onView: (view) => views.push(view) });
  return { clock, views, calls, session, last: () => views.at(-1)! };
}

test('a code is shown, polled with its secret, and becomes a token', async () => {
  const { session, clock, calls, last } = setUp({ asks: [pairing('123456')], polls: [ok({ state: 'pending', expiresAt: 1 }), ok({ state: 'paired', device: 'till-3', token: 't0ken' })] });
  session.start();
  await settle();
  expect(last()).toMatchObject({ at: 'showing', code: '123456', reachable: true });
  await clock.advance(2_000);
  expect(last().at).toBe('showing');
  await clock.advance(2_000);
  expect(last()).toEqual({ at: 'paired', device: 'till-3', token: 't0ken' });
  expect(calls[1]).toEqual({ path: '/api/v1/pairings/123456/token', body: { secret: 'secret-of-123456-long-enough' } });
  await clock.advance(3_600_000);
  expect(calls).toHaveLength(3);
  expect(clock.pending).toBe(0);
});

test.each([['pairing_expired', 410], ['pairing_unknown', 404], ['pairing_taken', 409]])('%s gives a new code by itself', async (code, status) => {
  const { session, clock, last } = setUp({ asks: [pairing('111111'), pairing('222222')], polls: [problem(status, code), ok({ state: 'pending', expiresAt: 1 })] });
  session.start();
  await clock.advance(2_000);
  expect(last()).toMatchObject({ at: 'showing', code: '222222' });
  session.stop();
});

test('a code that nobody confirms is renewed after its time, however wrong the device clock is', async () => {
  const { session, clock, last } = setUp({ asks: [pairing('111111'), pairing('222222')], polls: [ok({ state: 'pending', expiresAt: 1 })] });
  session.start();
  await settle();
  clock.epoch -= 10 * 365 * 86_400_000;
  await clock.advance(10 * 60_000 + 1);
  expect(last()).toMatchObject({ at: 'showing', code: '222222' });
  session.stop();
});

test('without a hub it says so, goes on trying, and comes back by itself', async () => {
  const { session, clock, calls, last } = setUp({ asks: [AWAY, AWAY, AWAY, pairing('111111')], polls: [ok({ state: 'pending', expiresAt: 1 })] });
  session.start();
  await settle();
  expect(last()).toMatchObject({ at: 'asking', reachable: false, failures: 1 });
  await clock.advance(20_000);
  expect(last()).toMatchObject({ at: 'showing', code: '111111', reachable: true });
  expect(calls.filter((one) => one.path === '/api/v1/pairings')).toHaveLength(4);
  session.stop();
});

test('an outage while the code is shown keeps the code', async () => {
  const { session, clock, views, last } = setUp({ asks: [pairing('111111')], polls: [AWAY, AWAY, ok({ state: 'paired', device: 'd', token: 't' })] });
  session.start();
  await clock.advance(2_000);
  expect(last()).toMatchObject({ at: 'showing', code: '111111', reachable: false });
  await clock.advance(30_000);
  expect(last().at).toBe('paired');
  expect(views.filter((view) => view.at === 'showing').every((view) => view.code === '111111')).toBe(true);
});

test('the network coming back does not wait for the backoff', async () => {
  const { session, clock, calls } = setUp({ asks: [AWAY], polls: [] });
  session.start();
  await clock.advance(60_000);
  const before = calls.length;
  session.wake();
  await clock.advance(1);
  expect(calls.length).toBe(before + 1);
  session.stop();
});

test('a stopped session asks nothing any more', async () => {
  const { session, clock, calls } = setUp({ asks: [pairing('111111')], polls: [ok({ state: 'pending', expiresAt: 1 })] });
  session.start();
  await settle();
  session.stop();
  await clock.advance(3_600_000);
  expect(calls).toHaveLength(1);
});

test('rubbish from the network never throws and never pairs', () => {
  fc.assert(fc.property(fc.anything(), fc.integer({ min: 200, max: 599 }), (body, status) => {
    const answer = ok(body, status);
    const asked = nextView(START, { was: 'asked', answer });
    expect(['asking', 'showing']).toContain(asked.at);
    const showing: PairingView = { at: 'showing', code: '123456', secret: 's', pollMs: 1, reachable: true, failures: 0 };
    expect(nextView(showing, { was: 'polled', answer }).at).not.toBe('paired');
  }), { seed: 20263, numRuns: 400 });
});
