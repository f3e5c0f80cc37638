import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AnyEvent } from '../../contract/index.ts';
import { alertFor, decide, FRESH_MS, type AlertCommand } from './rules.ts';

const NOW = 1_790_000_000_000;
const rated = (value: number, at: number): AnyEvent => ({ offset: 1, id: '01JD0000000000000000000000', type: 'feedback.rated', site: 'shop', at, received: at, device: 'button', touchpoint: 'till-3', body: { value, scale: 4 } });

describe('alertFor', () => {
  it('calls for the worst face only, and only while the visitor may still be there', () => {
    expect(alertFor(rated(1, NOW - FRESH_MS), NOW)).toMatchObject({ alert: '01jd0000000000000000000000', since: NOW - FRESH_MS, touchpoint: 'till-3', rating: { value: 1, scale: 4 } });
    expect(alertFor(rated(1, NOW - FRESH_MS - 1), NOW)).toBeUndefined();
    for (const value of [2, 3, 4]) expect(alertFor(rated(value, NOW), NOW)).toBeUndefined();
  });
});

describe('decide', () => {
  const people = [{ id: 'anna', name: 'Anna' }, { id: 'igor', name: 'Igor' }];
  const step = fc.tuple(fc.constantFrom(...people), fc.constantFrom<AlertCommand>({ what: 'claim' }, { what: 'release' }, { what: 'resolve', cause: 'queue' }));

  it('[C2] whatever people do in whatever order: one owner at a time, and a resolved alert stays resolved', () => {
    fc.assert(fc.property(fc.array(step), (steps) => {
      const alert: Pick<Alert, 'id' | 'state' | 'owner'> = { id: 'a', state: 'open', owner: null };
      for (const [by, command] of steps) {
        const before = { ...alert };
        const decision = decide(alert, by, command);
        if (before.state === 'resolved') { expect(decision).toMatchObject({ refused: 'already_resolved' }); continue; }
        if (command.what === 'claim' && before.owner && before.owner !== by) expect(decision).toMatchObject({ refused: 'already_claimed' });
        if (command.what === 'release' && before.owner && before.owner !== by) expect(decision).toMatchObject({ refused: 'not_yours' });
        if (!('event' in decision)) continue;
        if (decision.event.type === 'alert.claimed') { expect(before.owner).toBeNull(); alert.state = 'claimed'; alert.owner = by; }
        if (decision.event.type === 'alert.released') { expect(before.owner).toBe(by); alert.state = 'open'; alert.owner = null; }
        if (decision.event.type === 'alert.resolved') { alert.state = 'resolved'; alert.owner = by; }
      }
    }));
  });

  it('says who has it', () => {
    expect(decide({ id: 'a', state: 'claimed', owner: people[0]! }, people[1]!, { what: 'claim' })).toEqual({ refused: 'already_claimed', message: 'Anna has it.' });
  });
});
