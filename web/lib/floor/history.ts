import type { AlertDetail } from '../../../contract/alerts.ts';
import { m } from '../paraglide/messages.js';

type Step = AlertDetail['history'][number];

/** The step itself in words. What this program does not know is left to the person's name and words. */
function wordOf({ what, by, text }: Step): string {
  const name = by ?? '';
  switch (what) {
    case 'opened': return m.floor_h_opened();
    case 'grown': return text === null ? m.floor_h_grown() : `${m.floor_h_grown()} · ×${text}`;
    case 'seen': return m.floor_h_seen({ name });
    case 'claimed': return m.floor_h_claimed({ name });
    case 'departed': return m.floor_h_departed({ name });
    case 'released': return m.floor_h_released({ name });
    case 'snoozed': return m.floor_h_snoozed({ name });
    case 'returned': return m.floor_h_returned();
    case 'escalated': return text === '2' ? m.floor_step_2() : m.floor_step_1();
    case 'noticed': return m.floor_h_noticed();
    case 'resolved': return m.floor_h_resolved({ name });
    case 'unreachable': return `${m.floor_as_unreachable()} · ${name}`;
    case 'false': return `${m.floor_as_false()} · ${name}`;
    case 'expired': return m.floor_h_expired();
    case 'cleared': return m.floor_h_cleared();
    default: return name;
  }
}

/** Steps whose text is in a person's own words; the others carry values, which `wordOf` puts into words. */
const OWN_WORDS: ReadonlySet<string> = new Set(['snoozed', 'resolved', 'unreachable', 'false']);

/** A step of an alert's history as a line, with the person's own words after it. */
export function historyText(step: Step): string {
  const word = wordOf(step).replace(/ · $/, '');
  return step.text !== null && OWN_WORDS.has(step.what) ? `${word} · ${step.text}` : word;
}
