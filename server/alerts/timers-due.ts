import { isFinal, type Actor, type Alert, type BodyOf } from '../../contract/index.ts';

/** Seconds until the hub acts by itself, as the rule and the site said when the alert was raised; null: never. */
export type Timing = NonNullable<BodyOf<'alert.opened'>['timing']>;

/** For alerts that say nothing of it themselves; `expireS` is the site's. */
export const DEFAULT_TIMING = { secondS: 60, managerS: 180, returnS: 600 } as const;

/** What of an alert decides when the hub acts by itself. Times are epoch ms. */
export interface AlertTimes extends Pick<Alert, 'id' | 'state' | 'step' | 'owner' | 'claimedAt' | 'snoozedUntil'> {
  /** Since when it waits for somebody: opened, given back or put back. */
  waitingSince: number;
  /** Nobody is told of it, so nobody further is either. */
  quiet: boolean;
  timing: Timing;
}

export type DueEvent =
  | { type: 'alert.escalated'; body: BodyOf<'alert.escalated'> }
  | { type: 'alert.returned'; body: BodyOf<'alert.returned'> }
  | { type: 'alert.expired'; body: BodyOf<'alert.expired'> };

interface Due { at: number; event: DueEvent }

const after = (from: number, seconds: number | null, event: DueEvent): Due[] => (seconds === null ? [] : [{ at: from + seconds * 1000, event }]);

/** Everything that is to come if nobody does anything, the weightiest first. */
function ahead({ id: alert, state, step, owner, claimedAt, snoozedUntil, waitingSince, quiet, timing }: AlertTimes): Due[] {
  if (isFinal(state)) return [];
  if (state !== 'open') {
    const from: Actor | null = owner;
    // Counted from the claim, also when the person set out later: the visitor has waited since then.
    return after(claimedAt ?? waitingSince, timing.returnS, { type: 'alert.returned', body: { alert, why: 'no_outcome', from } });
  }
  if (snoozedUntil !== null) return [{ at: snoozedUntil, event: { type: 'alert.returned', body: { alert, why: 'snooze_over', from: null } } }];
  const escalation = (to: 1 | 2, seconds: number | null): Due[] => (quiet || step >= to ? [] : after(waitingSince, seconds, { type: 'alert.escalated', body: { alert, step: to } }));
  return [...after(waitingSince, timing.expireS, { type: 'alert.expired', body: { alert } }), ...escalation(2, timing.managerS), ...escalation(1, timing.secondS)];
}

/**
 * What the hub states about an alert at `now` (epoch ms), undefined when nothing is due. One thing at a time: of several
 * that became due while no hub ran only the weightiest is said, for the manager need not hear that the second person
 * should have been told.
 */
export const dueEvent = (alert: AlertTimes, now: number): DueEvent | undefined => ahead(alert).find(({ at }) => at <= now)?.event;

/** When `dueEvent` next has something to say, epoch ms; null: never, unless somebody does something. */
export function nextAt(alert: AlertTimes): number | null {
  const moments = ahead(alert).map(({ at }) => at);
  return moments.length === 0 ? null : Math.min(...moments);
}
