import type { AlertKind } from '../../../contract/alert-words.ts';
import { m } from '../paraglide/messages.js';

interface FieldWords { label: () => string; hint?: () => string; options?: Record<string, () => string> }

/** Names of the parameters, for each kind or for all that have one of that name. */
const WORDS: Record<string, FieldWords> = {
  'feedback.negative.faces': { label: m.field_faces, options: { lowest: m.field_faces_lowest, negative: m.field_faces_negative } },
  sensitivity: { label: m.field_sensitivity, hint: m.field_sensitivity_hint, options: { calm: m.field_sensitivity_calm, usual: m.field_sensitivity_usual, keen: m.field_sensitivity_keen } },
  minimum: { label: m.field_minimum },
  'feedback.run.count': { label: m.field_run_count },
  'feedback.run.minutes': { label: m.field_run_minutes },
  'feedback.praise.count': { label: m.field_praise_count },
  from: { label: m.field_from, options: { opened: m.field_from_opened, escalated: m.field_from_escalated } },
  drop: { label: m.field_drop, hint: m.field_drop_hint },
  'emotion.mood.minutes': { label: m.field_mood_minutes },
  'emotion.mood.faces': { label: m.field_faces_count },
  'staff.idle.minutes': { label: m.field_idle_minutes },
  'staff.idle.people': { label: m.field_idle_people },
  people: { label: m.field_people },
  plan: { label: m.field_plan },
  minutes: { label: m.field_minutes },
  visitors: { label: m.field_visitors },
  percent: { label: m.field_percent },
};

/** @throws RangeError for a parameter without words: a new one must get some. */
export function fieldWords(kind: AlertKind, name: string): FieldWords {
  const words = WORDS[`${kind}.${name}`] ?? WORDS[name];
  if (!words) throw new RangeError(`no words for ${name} of ${kind}`);
  return words;
}
