import { expect, it } from 'vitest';
import { ALERT_KINDS } from '../../../contract/alert-words.ts';
import { advice } from './advice.ts';
import { defaultParams, paramsFit, type ParamValue } from './fields.ts';

it('a rule that cries wolf is made quieter step by step', () => {
  expect(advice({ kind: 'feedback.rate', params: { sensitivity: 'keen' } })).toEqual({ do: 'calmer' });
  expect(advice({ kind: 'feedback.rate', params: { sensitivity: 'calm', minimum: 4 } })).toEqual({ do: 'more_ratings', value: 6 });
  expect(advice({ kind: 'feedback.run', params: { count: 3, minutes: null } })).toEqual({ do: 'longer_run', value: 4 });
  expect(advice({ kind: 'emotion.mood', params: { drop: 0.25 } })).toEqual({ do: 'larger_drop', value: 0.35 });
});

const FIELD = { more_ratings: ['minimum', 'count'], longer_run: ['count'], more_people: ['people'], longer: ['minutes'], larger_drop: ['drop'], lower_plan: ['plan'] } as const;

it.each(ALERT_KINDS)('what is advised for %s can be set', (kind) => {
  const start: Record<string, ParamValue> = defaultParams(kind);
  const step = advice({ kind, params: start });
  if (!('value' in step)) return expect(['worst_only', 'calmer', 'when_rising', 'narrow']).toContain(step.do);
  const name = FIELD[step.do].find((one) => one in start);
  expect(name).toBeDefined();
  expect(paramsFit(kind, { ...start, [name!]: step.value })).toBe(true);
  expect(step.value).not.toBe(start[name!]);
});
