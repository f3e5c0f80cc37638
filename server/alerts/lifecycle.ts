import { isFinal, type Actor, type Alert, type BodyOf, type ErrorCode, type ResolveAlert } from '../../contract/index.ts';

/** What a person wants to do with an alert. */
export type AlertCommand = { what: 'claim' } | { what: 'release' } | ({ what: 'resolve' } & ResolveAlert);

/** `event` to append, `nothing` when it is so already, or why it cannot be. */
export type Decision =
  | { event: { type: 'alert.claimed' | 'alert.released' | 'alert.resolved'; body: BodyOf<'alert.claimed'> | BodyOf<'alert.resolved'> } }
  | { nothing: true }
  | { refused: Extract<ErrorCode, 'already_claimed' | 'already_resolved' | 'not_yours'>; message: string };

/**
 * One owner at a time: an open alert can be claimed by anybody, a claimed one released by its owner and resolved by
 * anybody who handles alerts; a resolved one never comes back.
 */
export function decide(alert: Pick<Alert, 'id' | 'state' | 'owner'>, by: Actor, command: AlertCommand): Decision {
  if (isFinal(alert.state)) return { refused: 'already_resolved', message: `${alert.owner?.name ?? 'Somebody'} has resolved it already.` };
  const mine = alert.owner?.id === by.id;
  switch (command.what) {
    case 'claim':
      if (mine) return { nothing: true };
      if (alert.state === 'claimed') return { refused: 'already_claimed', message: `${alert.owner?.name ?? 'Somebody'} has it.` };
      return { event: { type: 'alert.claimed', body: { alert: alert.id, by } } };
    case 'release':
      if (alert.state === 'open') return { nothing: true };
      if (!mine) return { refused: 'not_yours', message: `Only ${alert.owner?.name ?? 'its owner'} can give it back.` };
      return { event: { type: 'alert.released', body: { alert: alert.id, by } } };
    case 'resolve': {
      const { cause, outcome, note } = command;
      return { event: { type: 'alert.resolved', body: { alert: alert.id, by, cause, ...(outcome ? { outcome } : {}), ...(note ? { note } : {}) } } };
    }
  }
}
