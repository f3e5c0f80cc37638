import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../contract/alerts.ts';
import { madeAlert as alert } from '../../testing/made-alert.ts';
import { EVERYTHING, parseFilter, toggled } from './filter.ts';
import { arrange, GROUPS, type Row } from './inbox.ts';
import { Steady } from './steady.ts';

const anna = { id: 'anna', name: 'Анна' };
const igor = { id: 'igor', name: 'Игорь' };
const places = { zoneOf: { till: 'tills', door: 'entrance' }, devices: { button: { name: 'Button', touchpoint: 'door' } } };
const row = (one: Alert): Row => ({ alert: one, pending: null, gone: null });
const inbox = (alerts: Alert[], filter = EVERYTHING, now = 0) => arrange(alerts.map(row), places, filter, anna, now);
const idsOf = (alerts: Alert[], filter = EVERYTHING, now = 0) => {
  const { groups } = inbox(alerts, filter, now);
  return Object.fromEntries(GROUPS.filter((group) => groups[group].length > 0).map((group) => [group, groups[group].map((one) => one.alert.id)]));
};

describe('the inbox', () => {
  it('stands by urgency, then by age, then steadily', () => {
    const alerts = [
      alert('low', { severity: 'low', since: 0 }), alert('medium', { severity: 'medium', since: 0 }), alert('newer', { since: 9 }), alert('twin-b', { since: 2 }),
      alert('twin-a', { since: 2 }), alert('urgent', { severity: 'urgent', since: 100 }),
    ];
    expect(idsOf(alerts)).toEqual({ waiting: ['urgent', 'twin-a', 'twin-b', 'newer', 'medium', 'low'] });
    expect(idsOf([...alerts].reverse())).toEqual({ waiting: ['urgent', 'twin-a', 'twin-b', 'newer', 'medium', 'low'] });
  });

  it('groups by whose turn it is', () => {
    const alerts = [
      alert('theirs', { state: 'claimed', owner: igor }), alert('mine', { state: 'on_the_way', owner: anna }), alert('open'),
      alert('put-off', { snoozedUntil: 50 }), alert('praise', { tone: 'praise', severity: 'low' }),
    ];
    expect(idsOf(alerts)).toEqual({ waiting: ['open'], mine: ['mine'], others: ['theirs'], good: ['praise'], snoozed: ['put-off'] });
    expect(idsOf(alerts, EVERYTHING, 50)['waiting']).toEqual(['open', 'put-off']);
  });

  it('filters by zone of the alert, its touchpoint or its device, and by kind, and says what it holds back', () => {
    const alerts = [
      alert('a', { touchpoint: 'till' }), alert('b', { device: 'button', kind: 'device.silent' }), alert('c', { zone: 'hall', severity: 'urgent' }), alert('d', {}),
      alert('mine', { touchpoint: 'door', state: 'claimed', owner: anna }),
    ];
    expect(idsOf(alerts, { zones: ['tills'], kinds: [] })).toEqual({ waiting: ['a'], mine: ['mine'] });
    expect(idsOf(alerts, { zones: ['entrance', 'tills'], kinds: ['device.silent'] })).toEqual({ waiting: ['b'], mine: ['mine'] });
    expect(inbox(alerts, { zones: ['tills'], kinds: [] }).hidden).toEqual({ count: 3, urgent: 1 });
    expect(inbox(alerts).hidden).toEqual({ count: 0, urgent: 0 });
    expect(inbox(alerts).zones).toEqual(['entrance', 'hall', 'tills']);
  });
});

describe('a filter', () => {
  it('is switched chip by chip and remembered', () => {
    const filter = toggled(toggled(EVERYTHING, 'zones', 'a'), 'kinds', 'k');
    expect(parseFilter(JSON.stringify(filter))).toEqual({ zones: ['a'], kinds: ['k'] });
    expect(toggled(filter, 'zones', 'a').zones).toEqual([]);
  });
  it.each([null, '', 'null', '7', '{"zones":3}', '{"zones":[1,null,{}],"kinds":"x"}'])('shows everything after rubbish: %s', (text) => {
    expect(parseFilter(text)).toEqual(EVERYTHING);
  });
});

describe('a steady list', () => {
  it('keeps objects that did not change and replaces those that did', () => {
    const steady = new Steady<Alert>();
    const round = (count: number) => ['a', 'b'].map((id) => steady.same(id, alert(id, { count: id === 'b' ? count : 1 })));
    const first = round(1);
    steady.turn();
    const second = round(2);
    steady.turn();
    expect(second[0]).toBe(first[0]);
    expect(second[1]).not.toBe(first[1]);
    expect(second[1]?.count).toBe(2);
  });
});
