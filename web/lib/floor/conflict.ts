import { ALERT_STATES, type AlertState } from '../../../contract/alert-words.ts';
import type { ApiError } from '../api.ts';
import type { Command, CommandAction } from '../commands.ts';
import { formatClock } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { problemText } from '../problem-text.ts';

const ACTION_WORDS: Record<CommandAction, () => string> = { claim: m.floor_claim, depart: m.floor_depart, release: m.floor_release, resolve: m.floor_done, snooze: m.floor_snooze };

/** How the alert stands by the hub's refusal. Whatever is missing there is null here. */
interface Standing {
  state: AlertState | null;
  owner: string | null;
  claimedAt: number | null;
  endedAt: number | null;
}

function standingOf(error: ApiError): Standing {
  const { problem } = error;
  const time = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  const state = ALERT_STATES.find((one) => one === problem['state']) ?? null;
  return { state, owner: error.owner, claimedAt: time(problem['claimedAt']), endedAt: time(problem['resolvedAt']) };
}

/** Why a command came to nothing, told plainly: who was faster and when, with the place first. */
export function refusalText(command: Command, error: ApiError, timezone: string): string {
  const { place, action } = command.about;
  const { state, owner, claimedAt, endedAt } = standingOf(error);
  const clock = (at: number) => formatClock(at, timezone);
  switch (error.code) {
    case 'too_old': return m.floor_conflict_too_old({ place, action: ACTION_WORDS[action]().replace(/…$/, ''), time: clock(command.at) });
    case 'unknown_cause': return m.floor_conflict_cause({ place });
    case 'already_resolved':
      if (state === 'cleared') return m.floor_conflict_cleared({ place });
      if (state === 'expired') return m.floor_conflict_expired({ place });
      if (owner === null) return m.floor_conflict_over({ place });
      return endedAt === null ? m.floor_conflict_ended_untimed({ place, name: owner }) : m.floor_conflict_ended({ place, name: owner, time: clock(endedAt) });
    case 'already_claimed': case 'not_yours':
      if (owner === null) return m.floor_conflict_changed({ place });
      return claimedAt === null ? m.floor_conflict_claimed_untimed({ place, name: owner }) : m.floor_conflict_claimed({ place, name: owner, time: clock(claimedAt) });
    case 'wrong_state': return m.floor_conflict_changed({ place });
    default: return m.floor_refused({ place, problem: problemText(error) });
  }
}
