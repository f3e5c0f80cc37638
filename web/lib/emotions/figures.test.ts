import { describe, expect, it } from 'vitest';
import type { Estimate } from '../../../contract/portraits.ts';
import { leader, leftOf, moodWhole, shareWhole, signOf } from './figures.ts';

const NONE: Estimate = { value: null, low: null, high: null };
const of = (value: number, low: number, high: number): Estimate => ({ value, low, high });
const spaces = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

describe('a number with its interval', () => {
  it('is written in the language of the page', () => {
    expect(spaces(shareWhole(of(0.64, 0.551, 0.72), 'ru'))).toBe('64 % (55–72)');
    expect(shareWhole(of(0.64, 0.551, 0.72), 'en')).toBe('64% (55–72)');
    expect(moodWhole(of(-0.12, -0.3, 0.05), 'ru')).toBe('−0,12 (−0,30 … +0,05)');
  });

  it('is a dash where nothing is known', () => {
    expect(shareWhole(NONE, 'en')).toBe('–');
    expect(moodWhole(NONE, 'en')).toBe('–');
  });
});

it('an interval that holds zero says nothing', () => {
  expect([of(0.2, 0.1, 0.3), of(-0.2, -0.3, -0.1), of(0.2, -0.1, 0.5), NONE].map(signOf)).toEqual(['more', 'less', 'unclear', 'unknown']);
});

it('nobody leads whose interval touches that of another', () => {
  const rows = [{ id: 'a', e: of(0.5, 0.4, 0.6) }, { id: 'b', e: of(0.2, 0.1, 0.3) }, { id: 'c', e: NONE }];
  expect(leader(rows, ({ e }) => e)?.id).toBe('a');
  expect(leader([...rows, { id: 'd', e: of(0.4, 0.3, 0.45) }], ({ e }) => e)).toBeNull();
  expect(leader(rows.slice(0, 1), ({ e }) => e)).toBeNull();
});

it('why faces were not read stands with the chief reason first', () => {
  expect(leftOf({ left: { small: 0.1, blurred: 0.2, turned: 0.001, cut: 0, still: 0 } })).toEqual([{ why: 'blurred', share: 0.2 }, { why: 'small', share: 0.1 }]);
  expect(leftOf({ left: null })).toEqual([]);
});
