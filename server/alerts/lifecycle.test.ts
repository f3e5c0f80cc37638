import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../contract/index.ts';
import { decide, type AlertCommand } from './lifecycle.ts';

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
