import { ALERT_STATES } from '../../../contract/alert-words.ts';
import type { Alert } from '../../../contract/alerts.ts';
import type { ApiError } from '../api.ts';

/** Why a command came to nothing. Times are epoch ms by the hub's clock; null where the hub did not say. */
export type Refusal =
  | { why: 'too_old' | 'cause' | 'cleared' | 'expired' | 'over' | 'changed' | 'other' }
  | { why: 'claimed' | 'ended'; name: string; at: number | null };

/** How the alert stands by the hub's refusal, as far as that says it whole; null otherwise. */
export function standingOf({ status, problem }: ApiError): Pick<Alert, 'state' | 'owner' | 'claimedAt'> | null {
  const state = ALERT_STATES.find((one) => one === problem['state']);
  if (status !== 409 || !state) return null;
  const { id, name } = (problem['owner'] ?? {}) as { id?: unknown; name?: unknown };
  return { state, owner: typeof id === 'string' && typeof name === 'string' ? { id, name } : null, claimedAt: timeOf(problem['claimedAt']) };
}

const timeOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** Reads a refusal: what the alert is now, who has it or ended it, and since when. */
export function refusalOf(error: ApiError): Refusal {
  const { problem, owner } = error;
  const state = ALERT_STATES.find((one) => one === problem['state']);
  switch (error.code) {
    case 'too_old': return { why: 'too_old' };
    case 'unknown_cause': return { why: 'cause' };
    case 'already_resolved':
      if (state === 'cleared' || state === 'expired') return { why: state };
      return owner === null ? { why: 'over' } : { why: 'ended', name: owner, at: timeOf(problem['resolvedAt']) };
    case 'already_claimed': case 'not_yours': return owner === null ? { why: 'changed' } : { why: 'claimed', name: owner, at: timeOf(problem['claimedAt']) };
    case 'wrong_state': return { why: 'changed' };
    default: return { why: 'other' };
  }
}
