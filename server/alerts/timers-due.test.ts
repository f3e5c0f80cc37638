import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALERT_STATES, isFinal } from '../../contract/index.ts';
import { dueEvent, nextAt, type AlertTimes, type Timing } from './timers-due.ts';

const AT = 1_790_000_000_000;
const anna = { id: 'anna', name: 'Anna' };
const timing: Timing = { secondS: 60, managerS: 180, returnS: 600, expireS: 14_400 };
const open: AlertTimes = { id: 'a', state: 'open', step: 0, owner: null, claimedAt: null, snoozedUntil: null, waitingSince: AT, quiet: false, timing };
const taken: AlertTimes = { ...open, state: 'claimed', owner: anna, claimedAt: AT + 1_000 };
const said = (alert: AlertTimes, seconds: number) => {
  const event = dueEvent(alert, AT + seconds * 1000);
  return event && [event.type, 'step' in event.body ? event.body.step : 'why' in event.body ? event.body.why : null];
};

const seconds = fc.option(fc.integer({ min: 10, max: 20_000 }), { nil: null });
const alerts: fc.Arbitrary<AlertTimes> = fc.record({
  id: fc.constant('a'), state: fc.constantFrom(...ALERT_STATES), step: fc.constantFrom(0, 1, 2), owner: fc.constantFrom(null, anna), claimedAt: fc.option(fc.integer({ min: AT, max: AT + 1e7 }), { nil: null }),
  snoozedUntil: fc.option(fc.integer({ min: AT, max: AT + 1e7 }), { nil: null }), waitingSince: fc.integer({ min: AT, max: AT + 1e7 }), quiet: fc.boolean(),
  timing: fc.record({ secondS: seconds, managerS: seconds, returnS: seconds, expireS: seconds }),
});

describe('dueEvent', () => {
  it('[C10] has something to say from the moment of `nextAt` on and never before', () => {
    fc.assert(fc.property(alerts, fc.integer({ min: -1e7, max: 4e7 }), (alert, ms) => {
      const next = nextAt(alert);
      expect(dueEvent(alert, AT + ms) !== undefined).toBe(next !== null && AT + ms >= next);
      if (next !== null) expect([dueEvent(alert, next - 1), dueEvent(alert, next) === undefined]).toEqual([undefined, false]);
      if (isFinal(alert.state)) expect(next).toBeNull();
    }), { numRuns: 1_000 });
  });

  it('[C11] tells the second person, then the manager, each at its moment', () => {
    expect([59.999, 60, 179.999].map((at) => said(open, at))).toEqual([undefined, ['alert.escalated', 1], ['alert.escalated', 1]]);
    expect([60, 179.999, 180].map((at) => said({ ...open, step: 1 }, at))).toEqual([undefined, undefined, ['alert.escalated', 2]]);
    expect(said({ ...open, step: 2 }, 14_399)).toBeUndefined();
  });

  it('[C11] says only the highest step when both are due, and only that it is over when it is', () => {
    expect(said(open, 181)).toEqual(['alert.escalated', 2]);
    expect(said(open, 14_400)).toEqual(['alert.expired', null]);
    expect(said({ ...open, timing: { ...timing, secondS: 300 } }, 400)).toEqual(['alert.escalated', 2]);
  });

  it('[C11] tells nobody further of what nobody is told of, and not of what is snoozed', () => {
    expect(said({ ...open, quiet: true }, 1_000)).toBeUndefined();
    expect(said({ ...open, quiet: true }, 14_400)).toEqual(['alert.expired', null]);
    const snoozed = { ...open, snoozedUntil: AT + 20_000_000 };
    expect([said(snoozed, 19_999), said(snoozed, 20_000)]).toEqual([undefined, ['alert.returned', 'snooze_over']]);
  });

  it('[C12] puts back what was taken and not ended, counted from the claim, whether the person set out or not', () => {
    expect([said(taken, 600.999), said(taken, 601)]).toEqual([undefined, ['alert.returned', 'no_outcome']]);
    expect(dueEvent({ ...taken, state: 'on_the_way' }, AT + 601_000)).toEqual({ type: 'alert.returned', body: { alert: 'a', why: 'no_outcome', from: anna } });
    expect(said({ ...taken, timing: { ...timing, returnS: null } }, 1e6)).toBeUndefined();
  });
});
