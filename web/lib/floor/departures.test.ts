import { expect, it } from 'vitest';
import { madeAlert as alert } from '../../testing/made-alert.ts';
import type { FeedItem } from '../../../contract/views/floor.ts';
import { departures } from './departures.ts';

const told = (id: string, what: 'cleared' | 'resolved' | 'claimed' | 'expired', by: string | null = null): FeedItem =>
  ({ offset: 1, id: 'e', at: 1, type: 'alert.cleared', touchpoint: null, device: 'hub', text: { kind: 'alert', alert: id, what, by, cause: null } });

it('cards that went are shown off with how they ended, by themselves or by a person', () => {
  const before = [alert('a'), alert('b'), alert('c'), alert('stays')];
  const gone = departures(before, [alert('stays')], [told('a', 'cleared'), told('b', 'resolved', 'Igor'), told('c', 'expired'), told('stays', 'claimed', 'Anna')]);
  expect(gone.map((one) => [one.alert.id, one.gone.what, one.gone.by])).toEqual([['a', 'cleared', null], ['b', 'resolved', 'Igor'], ['c', 'expired', null]]);
});

it('nothing is said of alerts whose end nobody told', () => {
  expect(departures([alert('a')], [], [told('a', 'claimed', 'Anna')])).toEqual([]);
});

it('a network that came back does not fill the page with what is over', () => {
  const many = Array.from({ length: 100 }, (_, index) => alert(String(index)));
  expect(departures(many, [], many.map((one) => told(one.id, 'cleared'))).length).toBeLessThanOrEqual(20);
});
