import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PRESENCE_GONE_MS, type DutyBoard, type DutyChange, type NewShift, type Shift, type User } from '../../contract/index.ts';
import { startHub, type TestHub } from '../testing/hub.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let hub: TestHub;
let admin: { user: User; cookie: string };
let anna: { user: User; cookie: string };
let boris: { user: User; cookie: string };
/** The hour of the day (UTC, which is the site's) at which the test starts, and its weekday. */
const startOf = (): Date => new Date(hub.clock());

beforeEach(async () => {
  hub = await startHub();
  admin = await hub.person('administrator');
  [anna, boris] = [await hub.person('floor', ['shop']), await hub.person('floor', ['shop'])];
  await hub.call('POST', '/api/v1/sites', { cookie: admin.cookie, body: { id: 'shop', name: 'Shop', timezone: 'UTC' } });
  for (const id of ['tills', 'hall']) await hub.call('POST', '/api/v1/sites/shop/zones', { cookie: admin.cookie, body: { id, name: id } });
});
afterEach(() => hub.close());

const minuteOfDay = (at: number): number => Math.floor(at / MINUTE) % 1440;
/** A shift of every day from so many minutes from now, for so long. */
const shiftIn = (minutes: number, length: number, people: NewShift['people'] = [{ user: anna.user.id, role: 'floor', zones: null }], name = 'Day'): NewShift => ({
  name, days: [1, 2, 3, 4, 5, 6, 7], from: minuteOfDay(hub.clock() + minutes * MINUTE), to: minuteOfDay(hub.clock() + (minutes + length) * MINUTE), people,
});
const post = async (shift: NewShift): Promise<Shift> => {
  const answer = await hub.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shift });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as unknown as Shift;
};
const board = async (cookie = admin.cookie): Promise<DutyBoard> => (await hub.call('GET', '/api/v1/sites/shop/duty', { cookie })).body as unknown as DutyBoard;
const onDuty = async (): Promise<string[]> => (await board()).people.map(({ user }) => user).sort();
const say = (who: { cookie: string }, change: DutyChange | object) => hub.call('PUT', '/api/v1/sites/shop/duty', { cookie: who.cookie, body: change });
const seen = (who: { cookie: string }) => hub.call('POST', '/api/v1/sites/shop/presence', { cookie: who.cookie });
const stated = (): [string, string][] => hub.committed.filter(({ type }) => type === 'duty.started' || type === 'duty.ended').map(({ type, event }) => [type, (event.body as { by: { id: string } }).by.id]);
const checks = (): object[] => hub.committed.filter(({ type }) => type === 'duty.checked').map(({ event }) => event.body);
/** To the next whole minute, so that minutes of shifts are moments of the clock. */
const toMinute = (): void => hub.advance(MINUTE - (hub.clock() % MINUTE));

describe('duty by shifts', () => {
  beforeEach(toMinute);

  it('starts and ends with the shift, each stated once', async () => {
    const shift = await post(shiftIn(10, 60));
    expect(await onDuty()).toEqual([]);
    hub.advance(10 * MINUTE - 1);
    await hub.duty.tick();
    expect(stated()).toEqual([]);
    hub.advance(1);
    for (let i = 0; i < 3; i++) await hub.duty.tick();
    expect(stated()).toEqual([['duty.started', anna.user.id]]);
    expect(hub.committed.at(-1)!.event.body).toEqual({ by: { id: anna.user.id, name: anna.user.name }, role: 'floor', zones: null, until: hub.clock() + HOUR, shift: shift.id });
    expect(await board()).toEqual({ people: [{ user: anna.user.id, name: anna.user.name, role: 'floor', zones: null, shift: shift.id, until: hub.clock() + HOUR, seenAt: null, reach: [] }], shift: { id: shift.id, name: 'Day', endsAt: hub.clock() + HOUR } });
    hub.advance(HOUR);
    for (let i = 0; i < 3; i++) await hub.duty.tick();
    expect(stated()).toEqual([['duty.started', anna.user.id], ['duty.ended', anna.user.id]]);
    expect(await board()).toEqual({ people: [], shift: null });
    hub.advance(23 * HOUR);
    await hub.duty.tick();
    expect(stated()).toHaveLength(3);
  });

  it('is stated at once when the people of a running shift change', async () => {
    const shift = await post(shiftIn(-30, 60));
    expect(stated()).toEqual([['duty.started', anna.user.id]]);
    const put = await hub.call('PUT', `/api/v1/shifts/${shift.id}`, { cookie: admin.cookie, body: shiftIn(-30, 60, [{ user: boris.user.id, role: 'second', zones: ['hall'] }]) });
    expect(put.status).toBe(200);
    expect(stated().slice(1)).toEqual([['duty.ended', anna.user.id], ['duty.started', boris.user.id]]);
    expect((await board()).people).toMatchObject([{ user: boris.user.id, role: 'second', zones: ['hall'] }]);
    expect((await hub.call('DELETE', `/api/v1/shifts/${shift.id}`, { cookie: admin.cookie })).status).toBe(204);
    expect(await onDuty()).toEqual([]);
    expect((await hub.call('GET', '/api/v1/sites/shop/shifts', { cookie: admin.cookie })).body).toEqual({ shifts: [] });
  });

  it('keeps who goes over into the next shift on duty', async () => {
    await post(shiftIn(-30, 60, undefined, 'First'));
    const second = await post(shiftIn(30, 60, [{ user: anna.user.id, role: 'floor', zones: ['tills'] }], 'Second'));
    hub.advance(30 * MINUTE);
    await hub.duty.tick();
    expect(stated()).toEqual([['duty.started', anna.user.id], ['duty.started', anna.user.id]]);
    expect((await board()).people).toMatchObject([{ shift: second.id, zones: ['tills'] }]);
  });

  it('leaves people at once who were disabled, or got other sites or another role, and takes them back', async () => {
    await post(shiftIn(-30, 600));
    const patch = (body: object) => hub.call('PATCH', `/api/v1/users/${anna.user.id}`, { cookie: admin.cookie, body });
    for (const [out, back] of [[{ disabled: true }, { disabled: false }], [{ sites: [] }, { sites: ['shop'] }], [{ role: 'analyst' }, { role: 'floor' }]]) {
      expect((await patch(out!)).status).toBe(200);
      await expect.poll(onDuty).toEqual([]);
      await expect.poll(() => stated().at(-1)).toEqual(['duty.ended', anna.user.id]);
      await patch(back!);
      await expect.poll(() => stated().at(-1)).toEqual(['duty.started', anna.user.id]);
      expect(await onDuty()).toEqual([anna.user.id]);
    }
  });

  it('follows a zone that is removed, and the site\'s time zone', async () => {
    await post(shiftIn(-30, 60, [{ user: anna.user.id, role: 'floor', zones: ['hall'] }]));
    await hub.call('DELETE', '/api/v1/sites/shop/zones/hall', { cookie: admin.cookie });
    await expect.poll(async () => (await board()).people).toMatchObject([{ zones: null }]);
    await hub.call('PATCH', '/api/v1/sites/shop', { cookie: admin.cookie, body: { timezone: 'Asia/Tokyo' } });
    await expect.poll(onDuty).toEqual([]);
    expect(stated().at(-1)).toEqual(['duty.ended', anna.user.id]);
  });

  it('stands again after the clock was set an hour forwards, and an hour back', async () => {
    await post(shiftIn(-30, 60));
    await post(shiftIn(45, 60, [{ user: boris.user.id, role: 'floor', zones: null }], 'Late'));
    await hub.duty.tick();
    hub.advance(HOUR);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([boris.user.id]);
    hub.advance(-HOUR);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([anna.user.id]);
    hub.advance(30 * MINUTE);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([]);
  });

  it('goes by the site\'s own clock over the night on which clocks change', async () => {
    await hub.call('PATCH', '/api/v1/sites/shop', { cookie: admin.cookie, body: { timezone: 'Europe/Berlin' } });
    const jump = (text: string): void => hub.advance(Date.parse(text) - hub.clock());
    jump('2026-10-24T12:00:00Z');
    // Everybody's session is over by then.
    admin = await hub.person('administrator');
    const night = await post({ name: 'Night', days: [6], from: 22 * 60, to: 6 * 60, people: [{ user: anna.user.id, role: 'floor', zones: null }] });
    const edges: [string, boolean][] = [['2026-10-24T19:59:59Z', false], ['2026-10-24T20:00:00Z', true], ['2026-10-25T04:59:59Z', true], ['2026-10-25T05:00:00Z', false]];
    for (const [text, there] of edges) {
      jump(text);
      await hub.duty.tick();
      expect(await onDuty(), text).toEqual(there ? [anna.user.id] : []);
    }
    jump('2026-03-28T20:59:59Z');
    await hub.call('PUT', `/api/v1/shifts/${night.id}`, { cookie: admin.cookie, body: { ...night, id: undefined, site: undefined } });
    for (const [text, there] of [['2026-03-28T21:00:00Z', true], ['2026-03-29T03:59:59Z', true], ['2026-03-29T04:00:00Z', false]] as const) {
      jump(text);
      await hub.duty.tick();
      expect(await onDuty(), text).toEqual(there ? [anna.user.id] : []);
    }
    expect(stated()).toHaveLength(4);
  });
});

describe('duty by one\'s own word', () => {
  beforeEach(toMinute);

  it('wins over the shift until its end', async () => {
    await post(shiftIn(-30, 60));
    expect((await say(anna, { on: false })).body).toMatchObject({ people: [] });
    await hub.duty.tick();
    expect(await onDuty()).toEqual([]);
    // The next shift has its people again.
    hub.advance(23 * HOUR + 30 * MINUTE);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([anna.user.id]);
    expect(stated().map(([type]) => type)).toEqual(['duty.started', 'duty.ended', 'duty.started']);
  });

  it('brings people who are in no shift, until they say or until the shift ends', async () => {
    await post(shiftIn(-30, 60));
    const { people } = (await say(boris, { on: true, zones: ['hall'] })).body as unknown as DutyBoard;
    expect(people).toHaveLength(2);
    expect(people.find(({ user }) => user === boris.user.id)).toMatchObject({ zones: ['hall'], shift: null, until: hub.clock() + 30 * MINUTE, role: 'floor' });
    hub.advance(30 * MINUTE);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([]);
    // No shift runs: for half a day at most.
    await say(boris, { on: true });
    expect((await board()).people).toMatchObject([{ until: hub.clock() + 12 * HOUR }]);
    await say(boris, { on: true, until: null });
    expect((await board()).people).toMatchObject([{ until: null }]);
    hub.advance(40 * HOUR);
    await hub.duty.tick();
    expect(await onDuty()).toContain(boris.user.id);
    await say(boris, { on: false });
    expect(await onDuty()).not.toContain(boris.user.id);
  });

  it('lasts until the moment it names', async () => {
    await post(shiftIn(-30, 600));
    await say(anna, { on: false, until: hub.clock() + 5 * MINUTE });
    hub.advance(5 * MINUTE - 1);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([]);
    hub.advance(1);
    await hub.duty.tick();
    expect(await onDuty()).toEqual([anna.user.id]);
    await say(anna, { on: false });
    await say(anna, { on: true });
    expect(await onDuty()).toEqual([anna.user.id]);
  });

  it('is taken from those who may take alerts here, for zones that there are and times to come', async () => {
    const analyst = await hub.person('analyst');
    const stranger = await hub.person('floor', []);
    expect((await say(analyst, { on: true })).status).toBe(403);
    expect((await say(stranger, { on: true })).status).toBe(404);
    expect(await say(anna, { on: true, zones: ['cellar'] })).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect((await say(anna, { on: true, until: hub.clock() })).status).toBe(422);
    for (const bad of [{}, { on: 'yes' }, { on: true, zones: [] }, { on: true, until: -1 }, { on: true, extra: 1 }, { on: true, zones: Array(51).fill('hall') }, [], 'on', { on: true, until: 1e20 }]) expect((await say(anna, bad as object)).status, JSON.stringify(bad)).toBeGreaterThanOrEqual(400);
    expect(await onDuty()).toEqual([]);
    expect((await hub.call('PUT', '/api/v1/sites/nowhere/duty', { cookie: admin.cookie, body: { on: true } })).status).toBe(404);
  });
});

describe('shifts', () => {
  it('are refused when they name people, zones or times that there are not', async () => {
    const good = shiftIn(-30, 60);
    const stranger = await hub.person('floor', []);
    const analyst = await hub.person('analyst');
    const person = good.people[0]!;
    const bad: object[] = [
      { ...good, people: [{ ...person, user: 'nobody' }] }, { ...good, people: [{ ...person, user: stranger.user.id }] }, { ...good, people: [{ ...person, user: analyst.user.id }] }, { ...good, people: [person, person] },
      { ...good, people: [{ ...person, zones: ['cellar'] }] }, { ...good, people: [{ ...person, zones: [] }] }, { ...good, people: [{ ...person, role: 'boss' }] }, { ...good, people: Array(51).fill(person) },
      { ...good, days: [] }, { ...good, days: [0] }, { ...good, days: [8] }, { ...good, days: [1, 1] }, { ...good, from: -1 }, { ...good, to: 1441 }, { ...good, from: 1.5 }, { ...good, name: ' ' }, { ...good, name: 'x'.repeat(81) }, { ...good, id: 'mine' }, {}, [], { ...good, people: null },
    ];
    for (const body of bad) expect((await hub.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body })).status, JSON.stringify(body)).toBe(422);
    expect((await hub.call('GET', '/api/v1/sites/shop/shifts', { cookie: admin.cookie })).body).toEqual({ shifts: [] });
    const { id } = await post(good);
    for (const body of bad) expect((await hub.call('PUT', `/api/v1/shifts/${id}`, { cookie: admin.cookie, body })).status, JSON.stringify(body)).toBe(422);
    expect((await hub.call('GET', '/api/v1/sites/shop/shifts', { cookie: anna.cookie })).body).toEqual({ shifts: [{ ...good, id, site: 'shop' }] });
  });

  it('are changed by those who manage duty at that site only, and each change stands in the journal', async () => {
    const { id } = await post(shiftIn(-30, 60));
    const elsewhere = await hub.person('supervisor', []);
    expect((await hub.call('POST', '/api/v1/sites/shop/shifts', { cookie: anna.cookie, body: shiftIn(0, 60) })).status).toBe(403);
    expect((await hub.call('DELETE', `/api/v1/shifts/${id}`, { cookie: anna.cookie })).status).toBe(403);
    expect((await hub.call('DELETE', `/api/v1/shifts/${id}`, { cookie: elsewhere.cookie })).status).toBe(404);
    expect((await hub.call('PUT', `/api/v1/shifts/${id}`, { cookie: elsewhere.cookie, body: shiftIn(0, 60) })).status).toBe(404);
    expect((await hub.call('DELETE', '/api/v1/shifts/none', { cookie: admin.cookie })).status).toBe(404);
    expect((await hub.call('GET', '/api/v1/sites/shop/shifts')).status).toBe(401);
    const supervisor = await hub.person('supervisor', ['shop']);
    expect((await hub.call('PUT', `/api/v1/shifts/${id}`, { cookie: supervisor.cookie, body: shiftIn(0, 60) })).status).toBe(200);
    expect((await hub.call('DELETE', `/api/v1/shifts/${id}`, { cookie: supervisor.cookie })).status).toBe(204);
    expect((await hub.audit.list(10)).map(({ action }) => action).filter((action) => action.startsWith('shift.'))).toEqual(['shift.deleted', 'shift.updated', 'shift.created']);
  });

  it('are at most fifty a site', async () => {
    for (let i = 0; i < 50; i++) await post(shiftIn(60, 60, [], `S${i}`));
    expect(await hub.call('POST', '/api/v1/sites/shop/shifts', { cookie: admin.cookie, body: shiftIn(60, 60, []) })).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('and rules can name those who may take alerts here', async () => {
    await hub.person('analyst');
    await hub.person('floor', []);
    await seen(boris);
    const people = async (cookie: string) => hub.call('GET', '/api/v1/sites/shop/people', { cookie });
    const found = (await people(admin.cookie)).body as unknown as { people: { id: string; reach: string[] }[] };
    expect(found.people.map(({ id }) => id).sort()).toEqual([admin, anna, boris].map(({ user }) => user.id).sort());
    expect(found.people.find(({ id }) => id === boris.user.id)).toMatchObject({ reach: ['console'], role: 'floor' });
    expect((await people(anna.cookie)).status).toBe(403);
    expect((await people((await hub.person('supervisor', [])).cookie)).status).toBe(404);
  });
});

describe('consoles in sight', () => {
  it('are told by people and shown to colleagues until they are gone', async () => {
    await post(shiftIn(-30, 600));
    expect((await seen(anna)).status).toBe(204);
    const heardAt = hub.clock();
    expect((await board(boris.cookie)).people).toMatchObject([{ seenAt: heardAt, reach: ['console'] }]);
    hub.advance(PRESENCE_GONE_MS - 1);
    expect((await board()).people).toMatchObject([{ reach: ['console'] }]);
    hub.advance(1);
    expect((await board()).people).toMatchObject([{ seenAt: heardAt, reach: [] }]);
    hub.duty.setReach(async (_db, users) => new Map(users.map((user) => [user, ['push', 'email'] as const])));
    expect((await board()).people).toMatchObject([{ reach: ['push', 'email'] }]);
    hub.advance(24 * HOUR);
    expect((await board()).people).toMatchObject([{ seenAt: null }]);
    expect((await hub.call('POST', '/api/v1/sites/nowhere/presence', { cookie: admin.cookie })).status).toBe(404);
    expect((await hub.call('POST', '/api/v1/sites/shop/presence')).status).toBe(401);
  });
});

describe('the check of a shift', () => {
  beforeEach(toMinute);
  const until = async (minutes: number): Promise<void> => { hub.advance(minutes * MINUTE); await hub.duty.tick(); };

  it('says that nobody can be reached, once, and that somebody can again, once', async () => {
    const { id } = await post(shiftIn(10, 600));
    await until(10);
    hub.advance(59_999);
    await hub.duty.tick();
    expect(checks()).toEqual([]);
    hub.advance(1);
    await hub.duty.tick();
    expect(checks()).toEqual([{ shift: id, name: 'Day', reachable: false }]);
    for (let i = 0; i < 5; i++) await until(1);
    expect(checks()).toHaveLength(1);
    await seen(anna);
    hub.advance(10_000);
    await hub.duty.tick();
    expect(checks().slice(1)).toEqual([{ shift: id, name: 'Day', reachable: true }]);
    // Their console goes out of sight again: the check is of the shift's start.
    await until(60);
    expect(checks()).toHaveLength(2);
    await until(23 * 60);
    await until(1);
    expect(checks()).toHaveLength(3);
  });

  it('is silent while somebody is reachable by any way, and does not count others', async () => {
    hub.duty.setReach(async () => new Map([[anna.user.id, ['email' as const]]]));
    await post(shiftIn(-1, 600, undefined, 'Anna'));
    const { id } = await post(shiftIn(-1, 600, [{ user: boris.user.id, role: 'floor', zones: null }], 'Boris'));
    await until(2);
    expect(checks()).toEqual([{ shift: id, name: 'Boris', reachable: false }]);
    // Somebody comes by hand instead.
    const vera = await hub.person('floor', ['shop']);
    await seen(vera);
    await say(vera, { on: true });
    expect(checks().at(-1)).toEqual({ shift: id, name: 'Boris', reachable: true });
  });

  it('is set right by the next time that the shift is on', async () => {
    await post(shiftIn(0, 60));
    await until(1);
    expect(checks()).toMatchObject([{ reachable: false }]);
    await until(23 * 60 + 59);
    await seen(anna);
    await until(1);
    expect(checks()).toMatchObject([{ reachable: false }, { reachable: true }]);
  });
});

describe('whom to tell', () => {
  beforeEach(toMinute);
  const told = async (step: 0 | 1 | 2, zone: string | null = null, tell: string[] | null = null): Promise<string[]> =>
    (await hub.store.read((db) => hub.duty.recipients(db, 'shop', { zone, step, tell }, hub.clock()))).map(({ user }) => user);
  const person = (who: { user: User }, role: 'floor' | 'second' | 'manager', zones: string[] | null = null) => ({ user: who.user.id, role, zones });

  it('goes from the zone to the second and the manager', async () => {
    const [second, manager, supervisor] = [await hub.person('floor', ['shop']), await hub.person('supervisor', ['shop']), await hub.person('supervisor', ['shop'])];
    await post(shiftIn(-30, 600, [person(anna, 'floor', ['tills']), person(boris, 'floor', ['hall']), person(second, 'second')]));
    expect(await told(0, 'tills')).toEqual([anna.user.id]);
    expect(await told(1, 'tills')).toEqual([second.user.id, boris.user.id]);
    // No manager on duty: supervisors and administrators of the site.
    expect(new Set(await told(2, 'tills'))).toEqual(new Set([manager.user.id, supervisor.user.id, admin.user.id]));
    await post(shiftIn(-30, 600, [person(manager, 'manager')], 'Managers'));
    expect(await told(2, 'tills')).toEqual([manager.user.id]);
    await seen(boris);
    expect((await told(0))[0]).toBe(boris.user.id);
    expect(await told(0, 'tills', [supervisor.user.id, 'nobody', boris.user.id])).toEqual([supervisor.user.id, boris.user.id]);
    // Nobody whom the rule names is left.
    expect(await told(0, 'tills', ['nobody'])).toEqual([anna.user.id]);
    const [first] = await hub.store.read((db) => hub.duty.recipients(db, 'shop', { zone: 'tills', step: 0, tell: null }, hub.clock()));
    expect(first).toEqual({ user: anna.user.id, name: anna.user.name, email: anna.user.email, locale: 'en' });
    expect(await hub.duty.onDutyAt('shop', 'tills')).toEqual([anna, second, manager].map(({ user }) => ({ id: user.id, name: user.name })));
    expect(await hub.duty.onDutyAt('shop', null)).toHaveLength(4);
  });

  it('is never nobody', async () => {
    expect(await told(0)).toEqual([admin.user.id]);
    expect(await told(1)).toEqual([admin.user.id]);
    expect(await told(2)).toEqual([admin.user.id]);
    const supervisor = await hub.person('supervisor', ['shop']);
    await hub.person('supervisor', []);
    expect(await told(0)).toEqual([supervisor.user.id]);
    await seen(boris);
    expect(await told(0)).toEqual([boris.user.id]);
    expect(await told(1)).toEqual([supervisor.user.id]);
    hub.advance(PRESENCE_GONE_MS);
    expect(await told(0)).toEqual([supervisor.user.id]);
  });

  it('leaves out who was disabled a moment ago, and whose time is over though nobody has looked yet', async () => {
    await post(shiftIn(-30, 60, [person(anna, 'floor'), person(boris, 'floor')]));
    await hub.call('PATCH', `/api/v1/users/${boris.user.id}`, { cookie: admin.cookie, body: { disabled: true } });
    expect(await told(0)).toEqual([anna.user.id]);
    hub.advance(HOUR);
    expect(await told(0)).toEqual([admin.user.id]);
  });

  it('knows the end of the shift', async () => {
    const end = async (who: { user: User }) => hub.store.read((db) => hub.duty.endOfShift(db, 'shop', who.user.id, hub.clock()));
    const midnight = startOf().setUTCHours(24, 0, 0, 0);
    expect(await end(anna)).toBe(midnight);
    await post(shiftIn(-30, 60));
    await post(shiftIn(-10, 90, [person(boris, 'floor')], 'Late'));
    expect(await end(anna)).toBe(hub.clock() + 30 * MINUTE);
    expect(await end(boris)).toBe(hub.clock() + 80 * MINUTE);
    expect(await end(admin)).toBe(hub.clock() + 80 * MINUTE);
  });
});
