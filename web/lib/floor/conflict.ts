import type { ApiError } from '../api.ts';
import type { Command, CommandAction } from '../commands.ts';
import { formatClock } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { problemText } from '../problem-text.ts';
import { refusalOf } from './refusal.ts';

const ACTION_WORDS: Record<CommandAction, () => string> = { claim: m.floor_claim, depart: m.floor_depart, release: m.floor_release, resolve: m.floor_done, snooze: m.floor_snooze };

/** Why a command came to nothing, told plainly: who was faster and when, with the place first. */
export function refusalText(command: Command, error: ApiError, timezone: string): string {
  const { place, action } = command.about;
  const refusal = refusalOf(error);
  switch (refusal.why) {
    case 'claimed': return refusal.at === null ? m.floor_conflict_claimed_untimed({ place, name: refusal.name }) : m.floor_conflict_claimed({ place, name: refusal.name, time: formatClock(refusal.at, timezone) });
    case 'ended': return refusal.at === null ? m.floor_conflict_ended_untimed({ place, name: refusal.name }) : m.floor_conflict_ended({ place, name: refusal.name, time: formatClock(refusal.at, timezone) });
    case 'too_old': return m.floor_conflict_too_old({ place, action: ACTION_WORDS[action]().replace(/…$/, ''), time: formatClock(command.at, timezone) });
    case 'cause': return m.floor_conflict_cause({ place });
    case 'cleared': return m.floor_conflict_cleared({ place });
    case 'expired': return m.floor_conflict_expired({ place });
    case 'over': return m.floor_conflict_over({ place });
    case 'changed': return m.floor_conflict_changed({ place });
    case 'other': return m.floor_refused({ place, problem: problemText(error) });
  }
}
