import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { ALERT_KINDS, NewRule, type Rule } from '../../../contract/alerts.ts';
import { draftFits, editable, newRule, placeKey, placeName, placeOf, sendable, stepsFit, withKind } from './draft.ts';

const SITE = { zones: [{ id: 'hall', name: 'Hall' }], touchpoints: [{ id: 'till3', name: 'Till 3', zone: 'hall' }] };

describe('a rule that is being written', () => {
  it.each(ALERT_KINDS)('of kind %s starts as the hub would take it', (kind) => {
    expect(Check(NewRule, newRule(kind))).toBe(true);
    expect(draftFits(newRule(kind))).toBe(true);
  });

  it('loses what the hub gave it, and gets parameters that it lacks', () => {
    const rule: Rule = { ...newRule('feedback.run'), params: { count: 4 }, id: 'r1', site: 's', builtIn: true };
    expect(Check(NewRule, editable(rule))).toBe(true);
    expect(editable(rule).params).toEqual({ count: 4, minutes: null });
  });

  it('keeps place, hours and people when its kind changes; what is about the site as a whole has no place', () => {
    const draft = { ...newRule('feedback.run'), place: { zone: 'hall', touchpoint: null }, tell: ['anna'], severity: 'low' as const };
    expect(withKind(draft, 'traffic.crowd')).toMatchObject({ kind: 'traffic.crowd', place: { zone: 'hall' }, tell: ['anna'], severity: 'medium', params: { people: 30 } });
    expect(withKind(draft, 'duty.unreachable').place).toEqual({ zone: null, touchpoint: null });
  });

  it('does not fit while a number, a day or a person is missing', () => {
    const run = newRule('feedback.run');
    expect(draftFits({ ...run, params: { minutes: null } })).toBe(false);
    expect(draftFits({ ...run, hours: [{ days: [], from: 0, to: 60 }] })).toBe(false);
    expect(draftFits({ ...run, tell: [] })).toBe(false);
  });

  it('tells the manager after the second person, or one of them never', () => {
    const steps = (secondS: number | null, managerS: number | null) => stepsFit({ secondS, managerS, returnS: null });
    expect([steps(60, 180), steps(null, 30), steps(60, null), steps(60, 60), steps(180, 60)]).toEqual([true, true, true, false, false]);
  });

  it('has no name when only spaces were typed', () => {
    expect(sendable({ ...newRule('feedback.run'), name: '  ' }).name).toBeNull();
    expect(sendable({ ...newRule('feedback.run'), name: ' Tills ' }).name).toBe('Tills');
  });

  it('has a place that survives being chosen from a list', () => {
    for (const place of [{ zone: null, touchpoint: null }, { zone: 'hall', touchpoint: null }, { zone: null, touchpoint: 'till3' }]) expect(placeOf(placeKey(place))).toEqual(place);
    expect(placeName(SITE, { zone: null, touchpoint: 'till3' })).toBe('Till 3');
    expect(placeName(SITE, { zone: 'hall', touchpoint: null })).toBe('Hall');
    expect(placeName(SITE, { zone: 'gone', touchpoint: null })).toBeNull();
  });
});
