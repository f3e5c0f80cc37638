import { describe, expect, it } from 'vitest';
import type { AnyEvent } from '../../contract/index.ts';
import { alertFor, FRESH_MS } from './rules.ts';

const NOW = 1_790_000_000_000;
const rated = (value: number, at: number): AnyEvent => ({ offset: 1, id: '01JD0000000000000000000000', type: 'feedback.rated', site: 'shop', at, received: at, device: 'button', touchpoint: 'till-3', body: { value, scale: 4 } });

describe('alertFor', () => {
  it('calls for the worst face only, and only while the visitor may still be there', () => {
    expect(alertFor(rated(1, NOW - FRESH_MS), NOW)).toMatchObject({ alert: '01jd0000000000000000000000', since: NOW - FRESH_MS, touchpoint: 'till-3', rating: { value: 1, scale: 4 } });
    expect(alertFor(rated(1, NOW - FRESH_MS - 1), NOW)).toBeUndefined();
    for (const value of [2, 3, 4]) expect(alertFor(rated(value, NOW), NOW)).toBeUndefined();
  });
});
