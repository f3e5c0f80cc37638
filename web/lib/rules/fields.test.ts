import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { ALERT_KINDS, RULE_PARAMS } from '../../../contract/alerts.ts';
import { defaultParams, GROUP_NAMES, groupOf, paramsFit, paramsOf, RULE_FIELDS, RULE_GROUPS, type Field } from './fields.ts';

interface LooseSchema { minimum?: number; maximum?: number; default?: unknown; enum?: string[]; type?: string; anyOf?: LooseSchema[] }

/** A field as the contract's schema describes it. */
function described(name: string, schema: LooseSchema) {
  if (schema.enum) return { name, options: schema.enum, fallback: schema.default };
  const number = schema.anyOf?.find((one) => one.type !== 'null') ?? schema;
  return { name, whole: number.type === 'integer', min: number.minimum, max: number.maximum, fallback: schema.default, optional: schema.anyOf !== undefined };
}
function shown(field: Field) {
  if (field.type === 'choice') return { name: field.name, options: [...field.options], fallback: field.fallback };
  return { name: field.name, whole: field.type === 'count', min: field.min, max: field.max, fallback: field.fallback, optional: field.type === 'count' && field.optional === true };
}

describe.each(ALERT_KINDS)('the fields of %s', (kind) => {
  const schema = RULE_PARAMS[kind] as TSchema & { properties: Record<string, LooseSchema> };

  it('are the contract\'s: names, bounds and defaults', () => {
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(RULE_FIELDS[kind].map(shown).sort(byName)).toEqual(Object.entries(schema.properties).map(([name, one]) => described(name, one)).sort(byName));
  });

  it('start with parameters that the contract takes', () => {
    expect(Check(schema, defaultParams(kind))).toBe(true);
    expect(paramsFit(kind, defaultParams(kind))).toBe(true);
  });

  it('fit exactly when the contract takes them', () => {
    for (const field of RULE_FIELDS[kind]) {
      const tried = field.type === 'choice' ? [...field.options, 'other', null] : [field.min, field.max, field.min - 1, field.max + 1, field.min + 0.5, Number.NaN, null, undefined, '7'];
      for (const value of tried) {
        const params = { ...defaultParams(kind), [field.name]: value };
        expect([field.name, value, paramsFit(kind, params)]).toEqual([field.name, value, Check(schema, params)]);
      }
    }
  });

  it('belong to one group', () => {
    expect(GROUP_NAMES.filter((group) => (RULE_GROUPS[group] as readonly string[]).includes(kind))).toEqual([groupOf(kind)]);
  });
});

it('what a rule says is kept, what it lacks or has wrong is at its default', () => {
  expect(paramsOf('feedback.run', { count: 5, minutes: 'soon', left: 1 })).toEqual({ count: 5, minutes: null });
  expect(paramsOf('feedback.rate', { sensitivity: 'wild' })).toEqual({ sensitivity: 'usual', minimum: 4 });
});
