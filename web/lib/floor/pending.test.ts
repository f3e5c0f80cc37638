import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../contract/alerts.ts';
import type { Command } from '../commands.ts';
import { newAlerts, shownAlerts, type Settled } from './pending.ts';

const anna = { id: 'anna', name: 'Анна' };
const igor = { id: 'igor', name: 'Игорь' };
const alert = (id: string, values: Partial<Alert> = {}): Alert => ({
  id, site: 's', kind: 'feedback.negative', severity: 'high', state: 'open', touchpoint: null, since: 1, openedAt: 1, rating: null,
  owner: null, claimedAt: null, resolvedAt: null, cause: null, outcome: null, note: null, ...values,
});
const command = (id: string, action: Command['about']['action']): Command => ({ key: id + action, path: '', at: 5, about: { alert: id, action } });
const none = new Map<string, Settled>();
const ids = (shown: { alert: Alert }[]) => shown.map((one) => one.alert.id);

describe('alerts on the floor', () => {
  it('stand by who must act, then how bad, then how long', () => {
    const alerts = [
      alert('theirs', { state: 'claimed', owner: igor, since: 0 }),
      alert('mine', { state: 'claimed', owner: anna }),
      alert('mild', { severity: 'low', since: 0 }),
      alert('newer', { since: 9 }),
      alert('older', { since: 2 }),
    ];
    expect(ids(shownAlerts(alerts, [], none, anna, 0))).toEqual(['older', 'newer', 'mild', 'mine', 'theirs']);
  });

  it('show a claim at once and take it back when it leaves the queue unheard', () => {
    const [claimed] = shownAlerts([alert('a')], [command('a', 'claim')], none, anna, 0);
    expect(claimed).toMatchObject({ pending: 'claim', alert: { state: 'claimed', owner: anna } });
    const [back] = shownAlerts([alert('a')], [], none, anna, 0);
    expect(back).toMatchObject({ pending: null, alert: { state: 'open', owner: null } });
  });

  it('let the last of several commands speak', () => {
    const [shown] = shownAlerts([alert('a')], [command('a', 'claim'), command('a', 'release')], none, anna, 0);
    expect(shown).toMatchObject({ pending: 'release', alert: { state: 'open' } });
  });

  it('hide what is being resolved', () => {
    expect(shownAlerts([alert('a')], [command('a', 'resolve')], none, anna, 0)).toEqual([]);
  });

  it('hold an answer against the stream for a moment only', () => {
    const settled = new Map([['a', { alert: alert('a', { state: 'claimed', owner: anna }), until: 100 }]]);
    expect(shownAlerts([alert('a')], [], settled, anna, 99)[0]?.alert.state).toBe('claimed');
    expect(shownAlerts([alert('a')], [], settled, anna, 100)[0]?.alert.state).toBe('open');
  });

  it('ring only for open ones that were not there before, and never at the first look', () => {
    const alerts = [alert('old'), alert('new'), alert('taken', { state: 'claimed', owner: igor })];
    expect(newAlerts(alerts, null)).toEqual([]);
    expect(newAlerts(alerts, new Set(['old'])).map((one) => one.id)).toEqual(['new']);
  });
});
