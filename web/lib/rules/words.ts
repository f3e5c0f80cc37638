import type { AlertKind } from '../../../contract/alert-words.ts';
import type { Rule } from '../../../contract/alerts.ts';
import type { AlertFacts } from '../../../contract/facts.ts';
import { formatCount, formatDecimal, formatMood, formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { kindWord } from '../words.ts';
import type { Advice } from './advice.ts';
import { paramsOf, type RuleGroup } from './fields.ts';

/** Rules in the words of the floor. */
export const GROUP_WORDS: Record<RuleGroup, () => string> = {
  visitors: m.rules_group_visitors,
  mood: m.rules_group_mood,
  crowd: m.rules_group_crowd,
  equipment: m.rules_group_equipment,
};

export const ruleName = ({ name, kind }: Pick<Rule, 'name' | 'kind'>): string => name ?? kindWord(kind);

/** One plain sentence of when a rule applies: "When 3 negative ratings in a row come from one place". */
export function ruleSentence({ kind, params }: Pick<Rule, 'kind' | 'params'>, locale: string): string {
  const known = paramsOf(kind, params);
  const number = (name: string) => Number(known[name]);
  const counted = (name: string) => formatCount(number(name), locale);
  const share = (name: string) => formatShare(number(name), locale);
  const sentences: Record<AlertKind, () => string> = {
    'feedback.negative': () => (known['faces'] === 'lowest' ? m.says_negative_lowest() : m.says_negative_negative()),
    'feedback.rate': () => (known['sensitivity'] === 'calm' ? m.says_rate_calm() : known['sensitivity'] === 'keen' ? m.says_rate_keen() : m.says_rate_usual()),
    'feedback.run': () => (known['minutes'] === null ? m.says_run({ count: number('count') }) : m.says_run_minutes({ count: number('count'), minutes: counted('minutes') })),
    'feedback.praise': () => m.says_praise({ count: number('count'), minutes: counted('minutes') }),
    'emotion.episode': () => (known['from'] === 'opened' ? m.says_episode_opened() : m.says_episode_escalated()),
    'emotion.mood': () => m.says_mood({ minutes: counted('minutes'), drop: formatDecimal(number('drop'), locale, 2) }),
    'traffic.crowd': () => m.says_crowd({ count: number('people') }),
    'sales.conversion': () => m.says_conversion({ minutes: counted('minutes'), plan: share('plan') }),
    'staff.consultations': () => m.says_consultations({ minutes: counted('minutes'), plan: share('plan') }),
    'staff.idle': () => m.says_idle({ minutes: counted('minutes'), count: number('people') }),
    'device.silent': m.says_silent,
    'device.battery': () => m.says_battery({ percent: counted('percent') }),
    'camera.frozen': m.says_frozen,
    'camera.stopped': m.says_stopped,
    'duty.unreachable': m.says_unreachable,
  };
  return sentences[kind]();
}

export function adviceWords(step: Advice, locale: string): string {
  switch (step.do) {
    case 'worst_only': return m.advice_worst_only();
    case 'calmer': return m.advice_calmer();
    case 'when_rising': return m.advice_when_rising();
    case 'narrow': return m.advice_narrow();
    case 'more_ratings': return m.advice_more_ratings({ value: formatCount(step.value, locale) });
    case 'longer_run': return m.advice_longer_run({ value: formatCount(step.value, locale) });
    case 'more_people': return m.advice_more_people({ value: formatCount(step.value, locale) });
    case 'longer': return m.advice_longer({ value: formatCount(step.value, locale) });
    case 'larger_drop': return m.advice_larger_drop({ value: formatDecimal(step.value, locale, 2) });
    case 'lower_plan': return m.advice_lower_plan({ value: formatShare(step.value, locale) });
  }
}

/** The numbers behind an alert in a few words: "4 of 6 bad · usually 12% · in 15 min". */
export function factsInWords(kind: AlertKind, count: number, facts: AlertFacts | null, locale: string): string {
  const { n, k, baseline, mood, moodBefore, people, share, plan, percent, minutes } = facts ?? {};
  const counted = (value: number) => formatCount(value, locale);
  const parts = [
    k !== undefined && kind === 'feedback.praise' && m.facts_good({ k: counted(k) }),
    k !== undefined && kind === 'feedback.run' && m.facts_run({ k: counted(k) }),
    k !== undefined && n !== undefined && kind !== 'feedback.praise' && kind !== 'feedback.run' && m.facts_negative({ k: counted(k), n: counted(n) }),
    baseline !== undefined && m.facts_usually({ share: formatShare(baseline, locale) }),
    mood !== undefined && m.facts_mood({ mood: formatMood(mood, locale) }),
    moodBefore !== undefined && m.facts_mood_before({ mood: formatMood(moodBefore, locale) }),
    people !== undefined && m.facts_people({ count: counted(people) }),
    share !== undefined && plan !== undefined && m.facts_share({ share: formatShare(share, locale), plan: formatShare(plan, locale) }),
    percent !== undefined && m.facts_percent({ percent: counted(percent) }),
    minutes !== undefined && (kind === 'staff.idle' ? m.facts_idle : m.facts_minutes)({ minutes: counted(Math.round(minutes)) }),
  ].filter((part) => part !== false);
  if (parts.length === 0 && count > 1) return m.facts_count({ count: counted(count) });
  return parts.join(' · ');
}

/** Whole seconds as a length that people say: `45 s`, `3 min`, `2 h`. */
export function durationInWords(seconds: number): string {
  if (seconds < 60 || seconds % 60 !== 0) return m.dur_seconds({ count: seconds });
  if (seconds < 3600 || seconds % 3600 !== 0) return m.dur_minutes({ count: seconds / 60 });
  return seconds % 86_400 === 0 ? m.dur_days({ count: seconds / 86_400 }) : m.dur_hours({ count: seconds / 3600 });
}
