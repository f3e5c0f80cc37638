import { isFinal, type Actor, type Alert, type BodyOf, type ErrorCode, type ResolveAlert } from '../../contract/index.ts';

/**
 * What a person wants to do with an alert. `causes` are those that the site allows; `until` is when the snooze ends,
 * epoch ms.
 */
export type AlertCommand =
  | { what: 'claim' } | { what: 'depart' } | { what: 'release' } | { what: 'seen' }
  | { what: 'resolve'; how: ResolveAlert; causes: readonly string[] }
  | { what: 'snooze'; until: number; reason: string };

type CommandEvent = 'alert.claimed' | 'alert.departed' | 'alert.released' | 'alert.resolved' | 'alert.snoozed' | 'alert.seen';
type Refusal = Extract<ErrorCode, 'already_claimed' | 'already_resolved' | 'not_yours' | 'wrong_state' | 'unknown_cause'>;

/** `event` to append, `nothing` when it is so already, or why it cannot be. */
export type Decision =
  | { event: { [T in CommandEvent]: { type: T; body: BodyOf<T> } }[CommandEvent] }
  | { nothing: true }
  | { refused: Refusal; message: string };

/** The part of an alert that decides what may be done with it. */
export type AlertStanding = Pick<Alert, 'id' | 'state' | 'owner' | 'snoozedUntil'>;

const NOTHING: Decision = { nothing: true };
/** A second tap, or the same wish from another tablet: not a new snooze. */
const SAME_SNOOZE_MS = 60_000;

const refuse = (refused: Refusal, message: string): Decision => ({ refused, message });
const nameOf = (owner: Actor | null): string => owner?.name ?? 'Somebody else';

/**
 * One owner at a time: anybody may take an open alert (claim, or depart at once), only its owner gives it back, anybody
 * who handles alerts may end it, and an alert that is over never comes back. To be seen changes nothing for anybody and is
 * never refused.
 */
export function decide(alert: AlertStanding, by: Actor, command: AlertCommand, now: number): Decision {
  if (isFinal(alert.state)) return command.what === 'seen' ? NOTHING : refuse('already_resolved', endOf(alert));
  const mine = alert.owner?.id === by.id;
  const taken = alert.owner !== null && !mine;
  const body = { alert: alert.id, by };
  switch (command.what) {
    case 'seen': return { event: { type: 'alert.seen', body } };
    case 'claim':
      if (taken) return refuse('already_claimed', `${nameOf(alert.owner)} has it.`);
      return mine ? NOTHING : { event: { type: 'alert.claimed', body } };
    case 'depart':
      if (taken) return refuse('already_claimed', `${nameOf(alert.owner)} has it.`);
      return alert.state === 'on_the_way' ? NOTHING : { event: { type: 'alert.departed', body } };
    case 'release':
      if (taken) return refuse('not_yours', `Only ${nameOf(alert.owner)} can give it back.`);
      return mine ? { event: { type: 'alert.released', body } } : NOTHING;
    case 'snooze': return snooze(alert, by, command, now, taken);
    case 'resolve': return resolve(alert, by, command);
  }
}

/** How an alert ended, in the words of a problem's detail. */
function endOf({ state, owner }: AlertStanding): string {
  if (state === 'expired') return 'It is over: nobody acted while it mattered.';
  if (state === 'cleared') return 'It is over: the numbers recovered.';
  return `${nameOf(owner)} has ended it already.`;
}

function snooze(alert: AlertStanding, by: Actor, { until, reason }: Extract<AlertCommand, { what: 'snooze' }>, now: number, taken: boolean): Decision {
  if (taken) return refuse('already_claimed', `${nameOf(alert.owner)} has it.`);
  if (until <= now) return refuse('wrong_state', 'It would wake at once: the shift is over. Choose a number of minutes.');
  if (alert.snoozedUntil !== null && Math.abs(alert.snoozedUntil - until) < SAME_SNOOZE_MS) return NOTHING;
  return { event: { type: 'alert.snoozed', body: { alert: alert.id, by, until, reason } } };
}

function resolve(alert: AlertStanding, by: Actor, { how, causes }: Extract<AlertCommand, { what: 'resolve' }>): Decision {
  const { as = 'resolved', cause, outcome, note } = how;
  // Nobody knows the cause of what was not found or not so.
  if (cause === undefined ? as === 'resolved' : !causes.includes(cause)) {
    return refuse('unknown_cause', `${cause === undefined ? 'Say what the cause was' : 'This cause is not on the site\'s list'}; choose one of ${causes.join(', ')}.`);
  }
  return {
    event: {
      type: 'alert.resolved',
      body: { alert: alert.id, by, as, ...(cause === undefined ? {} : { cause }), ...(outcome === undefined ? {} : { outcome }), ...(note === undefined ? {} : { note }) },
    },
  };
}
