import type { AlertKind } from '../../../contract/alert-words.ts';

/** A whole number. `optional`: it may be left out, then it is null. */
export interface CountField { type: 'count'; name: string; min: number; max: number; fallback: number | null; optional?: true }
/** A share 0..1, which people read and write as percent. */
export interface ShareField { type: 'share'; name: string; min: number; max: number; fallback: number }
/** A number with decimals. */
export interface DecimalField { type: 'decimal'; name: string; min: number; max: number; step: number; fallback: number }
export interface ChoiceField { type: 'choice'; name: string; options: readonly string[]; fallback: string }
export type Field = CountField | ShareField | DecimalField | ChoiceField;
export type ParamValue = number | string | null;

const count = (name: string, min: number, max: number, fallback: number): CountField => ({ type: 'count', name, min, max, fallback });
const share = (name: string, fallback: number): ShareField => ({ type: 'share', name, min: 0.01, max: 1, fallback });
const choice = (name: string, options: readonly string[], fallback: string): ChoiceField => ({ type: 'choice', name, options, fallback });

/** The contract's `RULE_PARAMS` as plain tables, so that the page does without schemas; a test holds the two together. */
export const RULE_FIELDS: Record<AlertKind, readonly Field[]> = {
  'feedback.negative': [choice('faces', ['lowest', 'negative'], 'lowest')],
  'feedback.rate': [choice('sensitivity', ['calm', 'usual', 'keen'], 'usual'), count('minimum', 3, 50, 4)],
  'feedback.run': [count('count', 2, 50, 3), { type: 'count', name: 'minutes', min: 1, max: 240, fallback: null, optional: true }],
  'feedback.praise': [count('count', 3, 500, 10), count('minutes', 5, 600, 60)],
  'emotion.episode': [choice('from', ['opened', 'escalated'], 'opened')],
  'emotion.mood': [{ type: 'decimal', name: 'drop', min: 0.05, max: 1, step: 0.05, fallback: 0.25 }, count('minutes', 5, 120, 15), count('faces', 10, 10_000, 60)],
  'traffic.crowd': [count('people', 1, 100_000, 30)],
  'sales.conversion': [share('plan', 0.25), count('minutes', 15, 600, 60), count('visitors', 5, 10_000, 40)],
  'staff.consultations': [share('plan', 0.3), count('minutes', 15, 600, 60), count('visitors', 5, 10_000, 40)],
  'staff.idle': [count('minutes', 2, 120, 10), count('people', 1, 1_000, 3)],
  'device.silent': [],
  'device.battery': [count('percent', 1, 60, 20)],
  'camera.frozen': [],
  'camera.stopped': [],
  'duty.unreachable': [],
};

export const RULE_GROUPS = {
  visitors: ['feedback.negative', 'feedback.rate', 'feedback.run', 'feedback.praise'],
  mood: ['emotion.episode', 'emotion.mood'],
  crowd: ['traffic.crowd', 'staff.idle', 'staff.consultations', 'sales.conversion', 'duty.unreachable'],
  equipment: ['device.silent', 'device.battery', 'camera.frozen', 'camera.stopped'],
} as const satisfies Record<string, readonly AlertKind[]>;
export type RuleGroup = keyof typeof RULE_GROUPS;
export const GROUP_NAMES = Object.keys(RULE_GROUPS) as RuleGroup[];
export const groupOf = (kind: AlertKind): RuleGroup => GROUP_NAMES.find((group) => (RULE_GROUPS[group] as readonly AlertKind[]).includes(kind)) ?? 'visitors';
/** Kinds that are about the site as a whole and have no narrower place. */
export const WHOLE_SITE_KINDS: readonly AlertKind[] = ['duty.unreachable'];

/** Parameters that a rule of this kind starts with. */
export function defaultParams(kind: AlertKind): Record<string, ParamValue> {
  return Object.fromEntries(RULE_FIELDS[kind].map((field) => [field.name, field.fallback]));
}

/** The kind's parameters out of what a rule says, each missing or strange one at its default. */
export function paramsOf(kind: AlertKind, params: object): Record<string, ParamValue> {
  const given = params as Readonly<Record<string, unknown>>;
  return Object.fromEntries(RULE_FIELDS[kind].map((field) => [field.name, known(field, given[field.name])]));
}

function known(field: Field, value: unknown): ParamValue {
  if (field.type === 'choice') return typeof value === 'string' && field.options.includes(value) ? value : field.fallback;
  return typeof value === 'number' && Number.isFinite(value) ? value : field.fallback;
}

/** Whether every parameter stands within its bounds. */
export function paramsFit(kind: AlertKind, params: Readonly<Record<string, unknown>>): boolean {
  return RULE_FIELDS[kind].every((field) => {
    const value = params[field.name];
    if (field.type === 'choice') return typeof value === 'string' && field.options.includes(value);
    if (field.type === 'count' && field.optional && value === null) return true;
    if (typeof value !== 'number' || !(value >= field.min && value <= field.max)) return false;
    return field.type !== 'count' || Number.isInteger(value);
  });
}
