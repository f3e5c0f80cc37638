import { describe, expect, it } from 'vitest';
import { claimKey, claimTrouble, noticeOf, readPush } from './push-notice.ts';

const push = { receipt: 'r-1', tag: 'alert-1', title: 'Касса 3', body: 'Ужасно', url: '/floor?alert=1', severity: 'urgent', actions: [{ action: 'claim', title: 'Беру' }, { action: 'open', title: 'Открыть' }], alert: 'a1' };
const clock = (at: number) => `${at}:00`;

describe('a push message', () => {
  it('becomes a notice with its buttons that stays while it is urgent', () => {
    const notice = noticeOf(readPush(push)!);
    expect(notice).toMatchObject({ title: 'Касса 3', options: { body: 'Ужасно', tag: 'alert-1', renotify: true, requireInteraction: true, actions: push.actions, data: { receipt: 'r-1', url: '/floor?alert=1', alert: 'a1', language: 'ru' } } });
    expect(noticeOf(readPush({ ...push, severity: 'high' })!).options.requireInteraction).toBe(false);
  });
  it('that is about no alert cannot be claimed', () => {
    expect(noticeOf(readPush({ ...push, alert: null })!).options.actions).toEqual([push.actions[1]]);
  });
  it.each([[null], [7], ['x'], [[]], [{}], [{ ...push, receipt: 5 }], [{ ...push, title: null }], [{ ...push, body: {} }]])('that is rubbish is no notice: %j', (value) => expect(readPush(value)).toBeNull());
  it.each([['https://evil.example'], ['//evil.example'], ['/\\evil.example'], [7], ['javascript:alert(1)']])('never leads elsewhere: %s', (url) => expect(readPush({ ...push, url })?.url).toBe('/floor'));
  it('loses buttons that this program does not know', () => {
    expect(readPush({ ...push, actions: [{ action: 'erase', title: 'x' }, null, 3, { action: 'open' }, { action: 'open', title: 'Open' }] })?.actions).toEqual([{ action: 'open', title: 'Open' }]);
  });
});

describe('a claim from a notice', () => {
  it.each([['r'], ['01J9Z'.repeat(30)], ['a/b?c=d'], ['']])('has one valid key for the receipt %j', (receipt) => {
    expect(claimKey(receipt)).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
    expect(claimKey(receipt)).toBe(claimKey(receipt));
  });
  it('says nothing when it worked and plainly who was faster when it did not', () => {
    const said = (status: number, body: unknown) => claimTrouble({ status, body }, 'en', clock);
    expect(said(200, {})).toBeNull();
    expect(said(409, { state: 'claimed', owner: { name: 'Anna' }, claimedAt: 14 })).toBe('Anna took it at 14:00');
    expect(said(409, { state: 'resolved', owner: { name: 'Igor' }, resolvedAt: 15 })).toBe('Igor finished it at 15:00');
    expect(said(409, { state: 'cleared', owner: null })).toBe('No longer needed: it is over.');
    expect(said(401, null)).toContain('Sign in');
    expect(said(500, '<html>')).toContain('could not');
    expect(claimTrouble('offline', 'ru', clock)).toContain('Нет связи');
    expect(claimTrouble({ status: 409, body: { owner: { name: 'Анна' }, claimedAt: 14 } }, 'ru', clock)).toBe('Взято в 14:00 · Анна');
  });
});
