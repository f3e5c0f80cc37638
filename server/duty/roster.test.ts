import { describe, expect, it } from 'vitest';
import type { DutyRole } from '../../contract/index.ts';
import { CHECK_AFTER_MS, crewOf, dueChecks, dutyChanges, nextLook, roster, runningShift, type KeptShift, type RosterSources, type Word } from './roster.ts';

const at = (text: string): number => Date.parse(`2026-03-02T${text}:00Z`);
const HOUR = 3600_000;
type Person = [user: string, role?: DutyRole, zones?: string[] | null];
const shift = (id: string, from: number, to: number, people: Person[], more: Partial<KeptShift> = {}): KeptShift => ({
  id, site: 'shop', name: id, days: [1, 2, 3, 4, 5, 6, 7], from: from * 60, to: to * 60, people: people.map(([user, role = 'floor', zones = null]) => ({ user, role, zones })),
  createdAt: 0, checkedFor: null, unreachable: false, ...more,
});
const site = (shifts: KeptShift[], words: Word[] = [], people = ['anna', 'boris', 'vera']): RosterSources => ({
  timezone: 'UTC', shifts, words, people: new Map(people.map((id) => [id, id.toUpperCase()])), zones: new Set(['hall', 'tills', 'cafe']),
});
const word = (user: string, present: boolean, until: number | null, zones?: string[] | null): Word => ({ user, present, until, zones });
const on = (sources: RosterSources, time: string): string[] => [...roster(sources, at(time)).keys()].sort();

describe('the roster', () => {
  it('has the people of running shifts, with their zones, until the end', () => {
    const sources = site([shift('day', 8, 16, [['anna', 'floor', ['tills']], ['boris', 'manager']]), shift('evening', 16, 23, [['vera']])]);
    expect(on(sources, '07:59')).toEqual([]);
    expect(roster(sources, at('08:00')).get('anna')).toEqual({ user: 'anna', name: 'ANNA', role: 'floor', zones: ['tills'], shift: 'day', until: at('16:00'), byHand: false });
    expect(on(sources, '15:59')).toEqual(['anna', 'boris']);
    expect(on(sources, '16:00')).toEqual(['vera']);
  });

  it('leaves out people who may not be on duty, and zones that are gone', () => {
    const sources = site([shift('day', 8, 16, [['anna', 'floor', ['tills', 'gone']], ['boris', 'floor', ['gone']], ['nobody']])]);
    const found = roster(sources, at('10:00'));
    expect([...found.keys()]).toEqual(['anna', 'boris']);
    expect(found.get('anna')!.zones).toEqual(['tills']);
    expect(found.get('boris')!.zones).toBeNull();
  });

  it('keeps a person in two shifts on duty until the later one ends, in the role that is told first', () => {
    const sources = site([shift('a', 8, 16, [['anna', 'manager', ['cafe']], ['boris', 'floor', ['hall']]]), shift('b', 12, 20, [['anna', 'floor', ['tills']], ['boris', 'floor', ['cafe']]])]);
    expect(roster(sources, at('11:00')).get('anna')).toMatchObject({ role: 'manager', zones: ['cafe'], until: at('16:00') });
    expect(roster(sources, at('13:00')).get('anna')).toMatchObject({ role: 'floor', zones: ['tills'], shift: 'b', until: at('20:00') });
    expect(roster(sources, at('13:00')).get('boris')).toMatchObject({ zones: ['cafe', 'hall'] });
    expect(roster(sources, at('17:00')).get('boris')).toMatchObject({ zones: ['cafe'], until: at('20:00') });
    expect(on(sources, '20:00')).toEqual([]);
  });

  it('lets a person\'s own word win until it is over', () => {
    const shifts = [shift('day', 8, 16, [['anna', 'second', ['tills']]])];
    const gone = site(shifts, [word('anna', false, at('12:00'))]);
    expect(on(gone, '11:59')).toEqual([]);
    expect(on(gone, '12:00')).toEqual(['anna']);
    const came = site(shifts, [word('boris', true, at('09:00'), ['hall']), word('vera', true, null)]);
    expect(roster(came, at('07:00')).get('boris')).toEqual({ user: 'boris', name: 'BORIS', role: 'floor', zones: ['hall'], shift: null, until: at('09:00'), byHand: true });
    expect(on(came, '09:00')).toEqual(['anna', 'vera']);
    expect(on(came, '23:00')).toEqual(['vera']);
    // In a shift the role stays, and so do its zones unless others were named.
    expect(roster(site(shifts, [word('anna', true, at('10:00'))]), at('09:00')).get('anna')).toMatchObject({ role: 'second', zones: ['tills'], until: at('16:00'), byHand: true });
    expect(roster(site(shifts, [word('anna', true, at('10:00'), null)]), at('09:00')).get('anna')).toMatchObject({ zones: null });
  });

  it('believes no word of people who may not be on duty', () => {
    expect(on(site([], [word('nobody', true, null)]), '10:00')).toEqual([]);
  });
});

describe('what the log is told', () => {
  const sources = site([shift('a', 8, 16, [['anna'], ['boris']]), shift('b', 16, 20, [['anna']])]);
  it('is who came, who went, and whose duty is another one now', () => {
    const before = [...roster(sources, at('10:00')).values()];
    expect(dutyChanges([], new Map(before.map((one) => [one.user, one])))).toEqual({ started: before, ended: [] });
    expect(dutyChanges(before, roster(sources, at('11:00')))).toEqual({ started: [], ended: [] });
    const later = dutyChanges(before, roster(sources, at('16:00')));
    expect(later.ended.map(({ user }) => user)).toEqual(['boris']);
    expect(later.started).toMatchObject([{ user: 'anna', shift: 'b', until: at('20:00') }]);
  });
  it('does not care about the order of zones', () => {
    const zoned = site([shift('a', 8, 16, [['anna', 'floor', ['tills', 'hall']]])]);
    const other = site([shift('a', 8, 16, [['anna', 'floor', ['hall', 'tills']]])]);
    expect(dutyChanges([...roster(zoned, at('10:00')).values()], roster(other, at('10:00')))).toEqual({ started: [], ended: [] });
  });
});

describe('the check of a shift', () => {
  it('comes a minute after its start, once for each time that it is on', () => {
    const fresh = site([shift('day', 8, 16, [['anna']])]);
    expect(dueChecks(fresh, at('08:00') + CHECK_AFTER_MS - 1)).toEqual([]);
    expect(dueChecks(fresh, at('08:01'))).toMatchObject([{ start: at('08:00'), again: false }]);
    // A hub that was away catches up.
    expect(dueChecks(fresh, at('15:00'))).toHaveLength(1);
    expect(dueChecks(fresh, at('16:00'))).toEqual([]);
    const done = site([shift('day', 8, 16, [['anna']], { checkedFor: at('08:00') })]);
    expect(dueChecks(done, at('09:00'))).toEqual([]);
    expect(dueChecks(done, at('08:01') + 24 * HOUR)).toHaveLength(1);
  });
  it('gives a shift that was made while it runs a minute too', () => {
    const made = site([shift('day', 8, 16, [['anna']], { createdAt: at('10:00') })]);
    expect(dueChecks(made, at('10:00'))).toEqual([]);
    expect(dueChecks(made, at('10:01'))).toHaveLength(1);
  });
  it('is repeated while nobody can be reached', () => {
    expect(dueChecks(site([shift('day', 8, 16, [['anna']], { checkedFor: at('08:00'), unreachable: true })]), at('09:00'))).toMatchObject([{ again: true }]);
  });
  it('counts those who came by their own word', () => {
    const shifts = [shift('a', 8, 16, [['anna']]), shift('b', 8, 16, [['boris']])];
    const onDuty = roster(site(shifts, [word('vera', true, null), word('anna', false, at('16:00'))]), at('10:00'));
    expect(crewOf(shifts[0]!, onDuty)).toEqual(['vera']);
    expect(crewOf(shifts[1]!, onDuty).sort()).toEqual(['boris', 'vera']);
  });
});

describe('the next look', () => {
  it('is at the next moment at which anything changes by time', () => {
    const sources = site([shift('day', 8, 16, [['anna']]), shift('evening', 15, 23, [])]);
    const soon = (time: string, more: Partial<RosterSources> = {}): string => new Date(nextLook({ ...sources, ...more }, at(time))!).toISOString().slice(11, 16);
    expect(soon('07:55')).toBe('08:00');
    expect(soon('08:00')).toBe('08:01');
    const checked = { shifts: sources.shifts.map((one) => ({ ...one, checkedFor: one.id === 'day' ? at('08:00') : at('15:00') })) };
    expect(soon('14:55', checked)).toBe('15:00');
    expect(soon('15:55', checked)).toBe('16:00');
    expect(soon('10:00', { ...checked, words: [word('anna', false, at('10:05'))] })).toBe('10:05');
    // Nothing for hours: a look all the same, for what was missed.
    expect(soon('10:00', checked)).toBe('10:10');
  });
  it('is never without shifts and words', () => {
    expect(nextLook(site([]), at('10:00'))).toBeNull();
    expect(nextLook(site([], [word('anna', true, null)]), at('10:00'))).not.toBeNull();
  });
});

it('the running shift is the one that began last', () => {
  const sources = site([shift('day', 8, 16, []), shift('evening', 15, 23, [])]);
  expect(runningShift(sources, at('10:00'))).toMatchObject({ id: 'day', endsAt: at('16:00') });
  expect(runningShift(sources, at('15:30'))).toMatchObject({ id: 'evening' });
  expect(runningShift(sources, at('23:30'))).toBeNull();
});
