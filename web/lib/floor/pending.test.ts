import { describe, expect, it } from 'vitest';
import { madeAlert as alert } from '../../testing/made-alert.ts';
import type { Command, CommandAction } from '../commands.ts';
import { shownAlerts, type Settled } from './pending.ts';

const anna = { id: 'anna', name: 'Анна' };
const igor = { id: 'igor', name: 'Игорь' };
const command = (id: string, action: CommandAction, body?: unknown): Command => ({ key: id + action, path: '', at: 5, body, about: { alert: id, action, place: '' } });
const none = new Map<string, Settled>();

describe('what a person just did', () => {
  it('shows at once and is taken back when it leaves the queue unheard', () => {
    const [claimed] = shownAlerts([alert('a')], [command('a', 'claim')], none, anna, 0);
    expect(claimed).toMatchObject({ pending: 'claim', alert: { state: 'claimed', owner: anna, claimedAt: 5 } });
    const [back] = shownAlerts([alert('a')], [], none, anna, 0);
    expect(back).toMatchObject({ pending: null, alert: { state: 'open', owner: null } });
  });

  it('adds up over several commands of the same alert', () => {
    const [way] = shownAlerts([alert('a')], [command('a', 'claim'), { ...command('a', 'depart'), at: 9 }], none, anna, 0);
    expect(way).toMatchObject({ pending: 'depart', alert: { state: 'on_the_way', claimedAt: 5, departedAt: 9 } });
    const [back] = shownAlerts([alert('a')], [command('a', 'claim'), command('a', 'release')], none, anna, 0);
    expect(back).toMatchObject({ pending: 'release', alert: { state: 'open', owner: null } });
  });

  it.each([['resolved'], ['unreachable'], ['false']] as const)('hides what is being ended as %s', (as) => {
    expect(shownAlerts([alert('a')], [command('a', 'resolve', { as })], none, anna, 0)).toEqual([]);
  });

  it('puts off for as long as was chosen', () => {
    const until = (wish: object) => shownAlerts([alert('a', { state: 'claimed', owner: anna })], [command('a', 'snooze', wish)], none, anna, 0)[0]?.alert;
    expect(until({ for: 15, reason: 'x' })).toMatchObject({ state: 'open', owner: null, snoozedUntil: 5 + 15 * 60_000 });
    expect(until({ for: 'shift', reason: 'x' })?.snoozedUntil).toBeGreaterThan(5 + 60 * 60_000);
  });

  it('leaves the other alerts as they are, and the same objects', () => {
    const [a, b] = [alert('a'), alert('b', { state: 'claimed', owner: igor })];
    const shown = shownAlerts([a, b], [command('a', 'claim')], none, anna, 0);
    expect(shown[1]?.alert).toBe(b);
  });
});

describe('the hub\'s answer', () => {
  it('holds against the stream for a moment only', () => {
    const settled = new Map([['a', { alert: alert('a', { state: 'claimed', owner: anna }), until: 100 }]]);
    expect(shownAlerts([alert('a')], [], settled, anna, 99)[0]?.alert.state).toBe('claimed');
    expect(shownAlerts([alert('a')], [], settled, anna, 100)[0]?.alert.state).toBe('open');
  });
});
