import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventEnvelope } from '../../../contract/events.ts';
import { judge, readReply } from './delivery.ts';
import type { Answer } from './device-api.ts';

const event = (id: string): EventEnvelope => ({ id, type: 'feedback.rated', site: 'shop', at: 1, body: { value: 4, scale: 4 } });
const batch = [event('A'), event('B'), event('C')];
const answer = (status: number, body: unknown, code: string | null = null, retryAfterMs: number | null = null): Answer =>
  ({ kind: 'answer', status, body, code: code as never, retryAfterMs });

test('accepted and duplicate events are delivered, a rejected one is refused with its code', () => {
  const verdict = judge(answer(200, { accepted: 1, duplicates: 1, rejected: [{ index: 1, id: 'B', code: 'too_old', message: 'x' }] }), batch);
  expect(verdict).toEqual({ delivered: ['A', 'C'], refused: [{ id: 'B', code: 'too_old' }], then: { go: 'on' } });
});

test('a rejection for a full or busy store keeps the event for later', () => {
  const verdict = judge(answer(200, { accepted: 2, duplicates: 0, rejected: [{ index: 2, id: 'C', code: 'storage_full', message: 'x' }] }), batch);
  expect(verdict).toEqual({ delivered: ['A', 'B'], refused: [], then: { go: 'later', reason: 'storage_full' } });
});

test('a 200 that does not account for every event is not believed', () => {
  for (const body of [null, '<html>', { accepted: 1, duplicates: 0, rejected: [] }, { accepted: 3 }, { accepted: 2, duplicates: 0, rejected: [{ index: 7, code: 'invalid' }] }]) {
    expect(judge(answer(200, body), batch).then).toEqual({ go: 'later', reason: 'not_the_hub' });
  }
});

test('401 and 403 keep everything and name the reason', () => {
  expect(judge(answer(401, {}, 'device_revoked'), batch)).toEqual({ delivered: [], refused: [], then: { go: 'blocked', code: 'device_revoked' } });
  expect(judge(answer(403, null), batch).then).toEqual({ go: 'blocked', code: '403' });
});

test('429 waits as long as the hub asks', () => {
  expect(judge(answer(429, {}, 'rate_limited', 3000), batch).then).toEqual({ go: 'after', ms: 3000 });
});

test('a request that the hub cannot read is halved, and a single unreadable event is refused', () => {
  expect(judge(answer(413, {}, 'too_large'), batch).then).toEqual({ go: 'smaller' });
  expect(judge(answer(400, {}, 'malformed'), [event('A')]).refused).toEqual([{ id: 'A', code: 'malformed' }]);
  expect(judge(answer(400, null), [event('A')]).refused).toEqual([]);
});

test('a 422 that carries the account of the batch is read like a 200', () => {
  const rejected = batch.map((item, index) => ({ index, id: item.id, code: 'invalid', message: 'x' }));
  expect(judge(answer(422, { code: 'nothing_usable', accepted: 0, duplicates: 0, rejected }, 'nothing_usable'), batch).refused).toHaveLength(3);
});

test('no answer and a failing hub keep everything', () => {
  expect(judge({ kind: 'unreachable' }, batch).then).toEqual({ go: 'later', reason: 'unreachable' });
  expect(judge(answer(503, {}, 'store_busy'), batch).then).toEqual({ go: 'later', reason: 'store_busy' });
});

test('whatever the answer, no event is both delivered and refused, and rubbish never throws', () => {
  fc.assert(fc.property(fc.integer({ min: 100, max: 599 }), fc.anything(), fc.option(fc.string()), (status, body, code) => {
    const { delivered, refused } = judge(answer(status, body, code), batch);
    const out = [...delivered, ...refused.map((item) => item.id)];
    expect(new Set(out).size).toBe(out.length);
    expect(out.every((id) => batch.some((item) => item.id === id))).toBe(true);
    if (status >= 500) expect(out).toEqual([]);
  }), { seed: 20261, numRuns: 500 });
});

test('a reply whose rejections repeat an index does not add up to more than the batch', () => {
  expect(readReply({ accepted: 1, duplicates: 1, rejected: [{ index: 0, code: 'invalid' }, { index: 0, code: 'invalid' }] }, 3)).toBeUndefined();
});
