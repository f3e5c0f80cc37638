import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal, type Alert } from '../alerts.ts';
import type { AnyEvent } from '../events.ts';
import { changeAlert, openedAlert, type AlertChange } from './alerts.ts';

const AT = 1_790_000_000_000;
const people = [{ id: 'anna', name: 'Anna' }, { id: 'igor', name: 'Igor' }];
const event = (type: string, at: number, body: object) => ({ offset: at - AT + 1, id: '01', type, site: 'shop', at, received: at, device: 'hub', touchpoint: null, body: { alert: 'a', ...body } });
const opened = () => openedAlert(event('alert.opened', AT, { kind: 'feedback.negative', severity: 'high', source: '01', since: AT, touchpoint: 'till-3' }) as Extract<AnyEvent, { type: 'alert.opened' }>);

const by = fc.constantFrom(...people).map((actor) => ({ by: actor }));
const changes: fc.Arbitrary<{ type: AlertChange['type']; body: object }> = fc.oneof(
  ...(['alert.seen', 'alert.claimed', 'alert.departed', 'alert.released'] as const).map((type) => by.map((body) => ({ type, body }))),
  fc.record({ type: fc.constant('alert.snoozed' as const), body: fc.tuple(by, fc.nat(1000)).map(([who, ms]) => ({ ...who, until: AT + ms, reason: 'busy' })) }),
  fc.record({ type: fc.constant('alert.returned' as const), body: fc.constantFrom({ why: 'no_outcome', from: people[0] }, { why: 'snooze_over', from: null }) }),
  fc.record({ type: fc.constant('alert.escalated' as const), body: fc.constantFrom({ step: 1 }, { step: 2 }) }),
  fc.record({ type: fc.constant('alert.noticed' as const), body: fc.constant({ channel: 'push' }) }),
  fc.record({
    type: fc.constant('alert.grown' as const),
    body: fc.record({ source: fc.constant('02'), count: fc.integer({ min: 2, max: 9 }), last: fc.constant(AT), severity: fc.constantFrom('high', 'urgent'), facts: fc.record({ n: fc.nat(9) }) }, { requiredKeys: ['source', 'count', 'last', 'severity'] }),
  }),
);
const ends: fc.Arbitrary<{ type: AlertChange['type']; body: object }> = fc.oneof(
  fc.record({ type: fc.constant('alert.resolved' as const), body: fc.tuple(by, fc.constantFrom({}, { as: 'unreachable' }, { as: 'false' }, { cause: 'queue', note: 'n' })).map(([who, how]) => ({ ...who, ...how })) }),
  fc.record({ type: fc.constantFrom('alert.expired' as const, 'alert.cleared' as const), body: fc.constant({ source: '03' }) }),
);
/** A history as the log might have it, in the order of time, with or without an end, and what must not count after it. */
const histories = fc.tuple(fc.array(changes, { maxLength: 25 }), fc.array(ends, { maxLength: 2 }), fc.array(changes, { maxLength: 3 }))
  .map((parts) => parts.flat().map(({ type, body }, i) => event(type, AT + 1000 * (i + 1), body) as AlertChange));

function fold(alert: Alert, events: readonly AlertChange[]): Alert {
  for (const one of events) changeAlert(alert, one);
  return alert;
}

describe('changeAlert', () => {
  it('[C8] sets how things stand: any suffix of a history, folded again onto its end, changes nothing', () => {
    fc.assert(fc.property(histories, (history) => {
      const end = fold(opened(), history);
      for (let from = 0; from <= history.length; from++) expect(fold(structuredClone(end), history.slice(from))).toEqual(end);
    }), { numRuns: 500 });
  });

  it('[C2] changes nothing about an alert that is over', () => {
    fc.assert(fc.property(histories, fc.array(fc.oneof(changes, ends), { maxLength: 5 }), (history, later) => {
      const end = fold(opened(), history);
      fc.pre(isFinal(end.state));
      expect(fold(structuredClone(end), later.map(({ type, body }) => event(type, AT + 1_000_000, body) as AlertChange))).toEqual(end);
    }));
  });

  it('[C5] has an owner exactly while somebody has it, and a snooze only while nobody has', () => {
    fc.assert(fc.property(histories, (history) => {
      const alert = opened();
      for (const one of history) {
        changeAlert(alert, one);
        if (isFinal(alert.state)) return;
        expect([alert.owner !== null, alert.claimedAt !== null]).toEqual(alert.state === 'open' ? [false, false] : [true, true]);
        expect(alert.departedAt !== null).toBe(alert.state === 'on_the_way');
        if (alert.state !== 'open') expect(alert.snoozedUntil).toBeNull();
      }
    }));
  });

  it('[C11] tells from the first step again what was given back, put back or snoozed', () => {
    for (const [type, body] of [['alert.released', { by: people[0] }], ['alert.returned', { why: 'no_outcome', from: people[0] }], ['alert.snoozed', { by: people[0], until: AT + 9, reason: 'r' }]] as const) {
      const alert = fold(opened(), [event('alert.escalated', AT + 1, { step: 2 }) as AlertChange, event('alert.claimed', AT + 2, { by: people[0] }) as AlertChange]);
      expect(alert.step).toBe(2);
      expect(fold(alert, [event(type, AT + 3, body) as AlertChange])).toMatchObject({ state: 'open', owner: null, step: 0 });
    }
  });
});
