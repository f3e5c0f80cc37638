import { expect, it } from 'vitest';
import { withoutReach } from './reach.ts';

const member = (user: string) => ({ user, role: 'floor' as const, zones: null });

it('a shift is out of reach when nobody of it has notices, mail or a bot; a page that is open now does not count', () => {
  const [told, seen, gone, empty] = [{ people: [member('anna'), member('igor')] }, { people: [member('igor')] }, { people: [member('left')] }, { people: [] }];
  const people = [{ id: 'anna', reach: ['email' as const] }, { id: 'igor', reach: ['console' as const] }];
  expect(withoutReach([told, seen, gone, empty], people)).toEqual([seen, gone]);
});
