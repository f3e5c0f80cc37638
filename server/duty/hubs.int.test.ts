import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewShift, User } from '../../contract/index.ts';
import { createAudit } from '../audit/index.ts';
import { startHubs, type TestHub } from '../testing/hub.ts';
import { createDuty } from './index.ts';

const MINUTE = 60_000;
let several: Awaited<ReturnType<typeof startHubs>>;
let one: TestHub;
let two: TestHub;
let admin: { user: User; cookie: string };
let anna: { user: User; cookie: string };

beforeEach(async () => {
  several = await startHubs(2);
  [one, two] = several.hubs as [TestHub, TestHub];
  admin = await one.person('administrator');
  anna = await one.person('floor', ['shop']);
  await one.call('POST', '/api/v1/sites', { cookie: admin.cookie, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
  one.advance(MINUTE - (one.clock() % MINUTE));
  await several.links.settled();
});
afterEach(() => several.close());

const shiftIn = (minutes: number, length: number): NewShift => {
  const minute = (offset: number): number => Math.floor(one.clock() / MINUTE + offset) % 1440;
  return { name: 'Day', days: [1, 2, 3, 4, 5, 6, 7], from: minute(minutes), to: minute(minutes + length), people: [{ user: anna.user.id, role: 'floor', zones: null }] };
};
const types = (): string[] => one.committed.map(({ type }) => type).filter((type) => type.startsWith('duty.'));
const tickAll = () => Promise.all([...several.hubs, ...several.hubs, ...several.hubs].map((hub) => hub.duty.tick()));

describe('duty on several hubs', () => {
  it('is stated once, however many look at the same moment', async () => {
    await one.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(5, 60) });
    one.advance(5 * MINUTE);
    await tickAll();
    expect(types()).toEqual(['duty.started']);
    one.advance(MINUTE);
    await tickAll();
    expect(types()).toEqual(['duty.started', 'duty.checked']);
    one.advance(59 * MINUTE);
    await tickAll();
    expect(types()).toEqual(['duty.started', 'duty.checked', 'duty.ended']);
  });

  it('sees consoles and words that another hub heard', async () => {
    await one.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(-5, 60) });
    await two.call('POST', '/api/v1/sites/shop/presence', { cookie: anna.cookie });
    expect((await one.duty.board('shop')).people).toMatchObject([{ reach: ['console'] }]);
    await two.call('PUT', '/api/v1/sites/shop/duty', { cookie: anna.cookie, body: { on: false } });
    expect((await one.duty.board('shop')).people).toEqual([]);
  });

  it('takes a person off once whom one hub disabled, though the word of it was lost', async () => {
    await one.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(-5, 600) });
    several.links.setLive(false);
    await two.call('PATCH', `/api/v1/users/${anna.user.id}`, { cookie: admin.cookie, body: { disabled: true } });
    await expect.poll(types).toEqual(['duty.started', 'duty.ended']);
    one.advance(10 * MINUTE);
    await tickAll();
    expect(types().filter((type) => type === 'duty.ended')).toHaveLength(1);
  });

  it('goes on where a hub that ended had come to, and catches up with what nobody saw', async () => {
    await one.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(5, 60) });
    one.advance(5 * MINUTE);
    await one.duty.tick();
    await one.duty.stop();
    // A hub that starts an hour later finds the shift over.
    one.advance(70 * MINUTE);
    const { store, auth, sites, clock } = two;
    const fresh = createDuty({ store, clock, auth, sites, audit: createAudit({ store, clock }), log: { error: (detail) => { throw new Error(JSON.stringify(detail)); } } });
    expect(types()).toEqual(['duty.started']);
    await fresh.tick();
    await fresh.tick();
    expect(types()).toEqual(['duty.started', 'duty.ended']);
    await fresh.stop();
  });

  it('looks by itself once it is started', async () => {
    await one.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(5, 60) });
    for (const hub of several.hubs) hub.duty.start();
    one.advance(5 * MINUTE);
    await expect.poll(types, { timeout: 5_000 }).toEqual(['duty.started']);
  });
});
