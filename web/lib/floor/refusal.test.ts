import { expect, it } from 'vitest';
import { ApiError, type ProblemCode } from '../api.ts';
import { refusalOf, standingOf } from './refusal.ts';

const refused = (code: ProblemCode, owner: string | null, problem: Record<string, unknown>) => refusalOf(new ApiError(409, code, { owner, problem }));

it('says who took it and when', () => {
  expect(refused('already_claimed', 'Anna', { state: 'claimed', claimedAt: 1400 })).toEqual({ why: 'claimed', name: 'Anna', at: 1400 });
  expect(refused('not_yours', 'Anna', { state: 'on_the_way', claimedAt: 1400 })).toEqual({ why: 'claimed', name: 'Anna', at: 1400 });
});
it('says who finished it and when', () => {
  expect(refused('already_resolved', 'Igor', { state: 'false', claimedAt: 1, resolvedAt: 1405 })).toEqual({ why: 'ended', name: 'Igor', at: 1405 });
});
it('names nobody for what ended by itself, whoever had it', () => {
  expect(refused('already_resolved', 'Igor', { state: 'cleared', resolvedAt: 5 })).toEqual({ why: 'cleared' });
  expect(refused('already_resolved', null, { state: 'expired' })).toEqual({ why: 'expired' });
});
it.each([[{}], [{ state: 7, claimedAt: 'x' }], [{ state: '<b>', claimedAt: Number.NaN, resolvedAt: {} }]])('does not invent times or states from %j', (problem) => {
  expect(refused('already_claimed', 'Anna', problem)).toEqual({ why: 'claimed', name: 'Anna', at: null });
  expect(refused('already_resolved', null, problem)).toEqual({ why: 'over' });
  expect(refused('already_claimed', null, problem)).toEqual({ why: 'changed' });
});
it('tells a lost cause and an old command apart from everything else', () => {
  expect(refused('unknown_cause', null, {})).toEqual({ why: 'cause' });
  expect(refusalOf(new ApiError(0, 'too_old'))).toEqual({ why: 'too_old' });
  expect(refused('internal', 'Anna', {})).toEqual({ why: 'other' });
});

it('lets the card stand as the hub says, and only as far as it says it', () => {
  const standing = (status: number, problem: Record<string, unknown>) => standingOf(new ApiError(status, 'already_claimed', { problem }));
  expect(standing(409, { state: 'claimed', owner: { id: 'a', name: 'Anna' }, claimedAt: 5 })).toEqual({ state: 'claimed', owner: { id: 'a', name: 'Anna' }, claimedAt: 5 });
  expect(standing(409, { state: 'open', owner: 'x' })).toEqual({ state: 'open', owner: null, claimedAt: null });
  expect(standing(409, { state: '?' })).toBeNull();
  expect(standing(500, { state: 'claimed' })).toBeNull();
});
