import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALERT_COMMANDS, changeAlert, FINAL_STATES, isFinal, openedAlert, type Actor, type Alert, type AlertChange, type AlertEvent, type AnyEvent, type BodyOf } from '../../contract/index.ts';
import { decide, type AlertCommand, type Decision } from './lifecycle.ts';

const AT = 1_790_000_000_000;
const CAUSES = ['queue', 'staff'];
const anna: Actor = { id: 'anna', name: 'Anna' };
const people: Actor[] = [anna, { id: 'igor', name: 'Igor' }, { id: 'vera', name: 'Vera' }];

const stated = (type: AlertEvent['type'], at: number, body: object) => ({ offset: 1, id: '01', type, site: 'shop', at, received: at, device: 'hub', touchpoint: null, body }) as AlertChange;
const opened = (): Alert => openedAlert({ ...stated('alert.opened', AT, {}), body: { alert: 'a', kind: 'feedback.negative', severity: 'high', source: '01', since: AT, touchpoint: null } satisfies BodyOf<'alert.opened'> } as unknown as Extract<AnyEvent, { type: 'alert.opened' }>);
/** The alert after these commands, which must all be carried out. */
function after(...steps: [Actor, AlertCommand][]): Alert {
  const alert = opened();
  for (const [by, command] of steps) {
    const decision = decide(alert, by, command, AT);
    if (!('event' in decision)) throw new Error(`${command.what} is not carried out: ${JSON.stringify(decision)}`);
    changeAlert(alert, stated(decision.event.type, AT, decision.event.body));
  }
  return alert;
}
const resolve = (how: Extract<AlertCommand, { what: 'resolve' }>['how']): AlertCommand => ({ what: 'resolve', how, causes: CAUSES });

const commands = fc.oneof(
  fc.constantFrom<AlertCommand>({ what: 'claim' }, { what: 'depart' }, { what: 'release' }, { what: 'seen' }),
  fc.constantFrom({ cause: 'queue' }, { as: 'unreachable' as const }, { as: 'false' as const, note: 'nobody there' }, { cause: 'moon' }, {}).map(resolve),
  fc.integer({ min: -1, max: 200 }).map((minutes): AlertCommand => ({ what: 'snooze', until: AT + minutes * 60_000, reason: 'delivery' })),
);
const hubEvents = fc.constantFrom<{ type: AlertEvent['type']; body: object }>(
  { type: 'alert.returned', body: { alert: 'a', why: 'no_outcome', from: null } }, { type: 'alert.escalated', body: { alert: 'a', step: 1 } },
  { type: 'alert.expired', body: { alert: 'a' } }, { type: 'alert.cleared', body: { alert: 'a', source: '02' } },
);
const steps = fc.array(fc.oneof({ weight: 8, arbitrary: fc.tuple(fc.constantFrom(...people), commands) }, { weight: 1, arbitrary: hubEvents }), { maxLength: 40 });

/** The state and owner that a command promises when it answers that it was carried out. */
function promised(before: Alert, by: Actor, command: AlertCommand): Pick<Alert, 'state' | 'owner'> {
  switch (command.what) {
    case 'claim': return { state: before.state === 'on_the_way' ? 'on_the_way' : 'claimed', owner: by };
    case 'depart': return { state: 'on_the_way', owner: by };
    case 'release': case 'snooze': return { state: 'open', owner: null };
    case 'resolve': return { state: command.how.as ?? 'resolved', owner: by };
    case 'seen': return { state: before.state, owner: before.owner };
  }
}

describe('decide', () => {
  it('[C2] [C5] whatever people and the hub do in whatever order: one owner at a time, what is over stays over, and every event leads to the state that was promised', () => {
    fc.assert(fc.property(steps, (list) => {
      const alert = opened();
      list.forEach((step, i) => {
        const before = structuredClone(alert);
        const now = AT + i;
        if (!Array.isArray(step)) { changeAlert(alert, stated(step.type, now, step.body)); return; }
        const [by, command] = step;
        const decision = decide(alert, by, command, now);
        expect(alert, 'decides without changing').toEqual(before);
        law(before, by, command, decision);
        if ('refused' in decision) return;
        if ('event' in decision) changeAlert(alert, stated(decision.event.type, now, decision.event.body));
        if (!isFinal(before.state)) expect(alert).toMatchObject(promised(before, by, command));
      });
    }), { numRuns: 1_000 });
  });

  /** What holds for each single decision. */
  function law(before: Alert, by: Actor, command: AlertCommand, decision: Decision): void {
    const others = before.owner !== null && before.owner.id !== by.id;
    if (command.what === 'seen') expect('refused' in decision).toBe(false);
    else if (isFinal(before.state)) expect(decision).toMatchObject({ refused: 'already_resolved' });
    else if (others && command.what !== 'resolve') expect(decision).toMatchObject({ refused: command.what === 'release' ? 'not_yours' : 'already_claimed' });
    if ('event' in decision && isFinal(before.state)) throw new Error('an alert that is over got an event');
    // Nobody's alert is taken from them but by its end.
    if ('event' in decision && others) expect(['alert.seen', 'alert.resolved']).toContain(decision.event.type);
  }

  it('[C1] does nothing when the same person wants the same again', () => {
    fc.assert(fc.property(fc.constantFrom(...people), commands, (by, command) => {
      const alert = opened();
      const first = decide(alert, by, command, AT);
      fc.pre('event' in first && command.what !== 'resolve' && command.what !== 'seen');
      if ('event' in first) changeAlert(alert, stated(first.event.type, AT, first.event.body));
      expect(decide(alert, by, command, AT)).toEqual({ nothing: true });
    }));
    expect(decide(after([anna, { what: 'depart' }]), anna, { what: 'claim' }, AT)).toEqual({ nothing: true });
  });

  it('[C3] says who has it', () => {
    expect(decide(after([anna, { what: 'claim' }]), people[1]!, { what: 'claim' }, AT)).toEqual({ refused: 'already_claimed', message: 'Anna has it.' });
    expect(decide(after([anna, { what: 'claim' }]), people[1]!, { what: 'release' }, AT)).toEqual({ refused: 'not_yours', message: 'Only Anna can give it back.' });
    expect(decide(after([anna, resolve({ as: 'false' })]), people[1]!, { what: 'claim' }, AT)).toEqual({ refused: 'already_resolved', message: 'Anna has ended it already.' });
  });

  it('[C3] [C5] answers each command in each state as the table says', () => {
    const said = (alert: Pick<Alert, 'state' | 'owner'>): string[] => ALERT_COMMANDS.map((what) => {
      const command: AlertCommand = what === 'resolve' ? resolve({ cause: 'queue' }) : what === 'snooze' ? { what, until: AT + 60_000, reason: 'r' } : { what };
      const decision = decide({ id: 'a', snoozedUntil: null, ...alert }, anna, command, AT);
      return 'event' in decision ? decision.event.type.slice('alert.'.length) : 'refused' in decision ? decision.refused : '-';
    });
    const igor = people[1]!;
    expect(ALERT_COMMANDS).toEqual(['claim', 'depart', 'release', 'resolve', 'snooze', 'seen']);
    expect(said({ state: 'open', owner: null })).toEqual(['claimed', 'departed', '-', 'resolved', 'snoozed', 'seen']);
    expect(said({ state: 'claimed', owner: anna })).toEqual(['-', 'departed', 'released', 'resolved', 'snoozed', 'seen']);
    expect(said({ state: 'on_the_way', owner: anna })).toEqual(['-', '-', 'released', 'resolved', 'snoozed', 'seen']);
    for (const state of ['claimed', 'on_the_way'] as const) expect(said({ state, owner: igor })).toEqual(['already_claimed', 'already_claimed', 'not_yours', 'resolved', 'already_claimed', 'seen']);
    for (const state of FINAL_STATES) expect(said({ state, owner: anna })).toEqual([...Array.from({ length: 5 }, () => 'already_resolved'), '-']);
  });

  it('[C4] departs with one tap from an open alert, which is its owner\'s from then on', () => {
    expect(after([anna, { what: 'depart' }])).toMatchObject({ state: 'on_the_way', owner: anna, claimedAt: AT, departedAt: AT });
  });

  it('[C6] needs a cause of the site\'s list to resolve, and names the list; none for what was not found or not so', () => {
    for (const how of [{ cause: 'moon' }, { as: 'resolved' as const }, {}, { as: 'false' as const, cause: 'moon' }]) {
      const decision = decide(opened(), anna, resolve(how), AT);
      expect(decision).toMatchObject({ refused: 'unknown_cause' });
      expect((decision as { message: string }).message).toContain('queue, staff');
    }
    expect(after([anna, resolve({ as: 'unreachable', outcome: 'left' })])).toMatchObject({ state: 'unreachable', cause: null, outcome: 'left' });
    expect(after([anna, resolve({ cause: 'staff', note: 'n' })])).toMatchObject({ state: 'resolved', cause: 'staff', note: 'n', outcome: null });
  });

  it('[C7] snoozes open and own alerts, until a later or earlier time when asked again, never into the past', () => {
    const snooze = (minutes: number): AlertCommand => ({ what: 'snooze', until: AT + minutes * 60_000, reason: 'delivery' });
    expect(after([anna, { what: 'claim' }], [anna, snooze(5)], [people[1]!, snooze(60)], [anna, snooze(15)])).toMatchObject({ state: 'open', owner: null, snoozedUntil: AT + 15 * 60_000 });
    expect(decide(opened(), anna, snooze(0), AT)).toMatchObject({ refused: 'wrong_state' });
    expect(after([anna, snooze(5)], [people[1]!, { what: 'claim' }])).toMatchObject({ state: 'claimed', owner: people[1], snoozedUntil: null });
  });
});
