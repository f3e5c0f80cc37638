import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SITE, startRig, type Rig } from './testing/rig.ts';

let rig: Rig;
beforeEach(async () => { rig = await startRig(); });
afterEach(async () => {
  const errors = [rig.main.errors, rig.push.wrong].flat();
  await rig.close();
  expect(errors).toEqual([]);
});

const MINUTE = 60_000;
/** Lets time pass in small steps, as hubs see it. */
async function pass(ms: number, step = 5_000): Promise<void> {
  for (let left = ms; left > 0; left -= step) { rig.hub.advance(Math.min(step, left)); await rig.settle(); }
}

describe('a storm of 200 alerts', () => {
  it('is three notices to each person, and every urgent one beside them', async () => {
    await rig.onDuty(['tablet'], { order: ['push'] });
    const { user } = await rig.onDuty([], { order: ['email'] });
    const urgent: string[] = [];
    for (let i = 0; i < 200; i++) {
      const severity = i % 20 === 7 ? 'urgent' as const : 'high' as const;
      const alert = await rig.open({ severity });
      if (severity === 'urgent') urgent.push(alert);
    }
    await rig.settle();
    await pass(20_000);
    const pushed = rig.push.of('tablet').map(({ payload }) => payload);
    expect(pushed.filter(({ severity }) => severity === 'urgent').map(({ alert }) => alert).sort()).toEqual([...urgent].sort());
    const others = pushed.filter(({ severity }) => severity !== 'urgent');
    expect(others).toHaveLength(3);
    expect(others.map(({ title }) => title)).toEqual(['Unhappy visitor: Till 3', 'Unhappy visitor: Till 3', '188 more events on the floor']);
    expect(others[2]).toMatchObject({ alert: null, tag: `floor-${SITE}`, url: `/floor?site=${SITE}`, actions: [{ action: 'open', title: 'Open' }] });
    expect(rig.smtp.to(user.email)).toHaveLength(urgent.length + 3);
    await pass(4 * MINUTE, MINUTE);
    expect(rig.push.messages).toHaveLength(urgent.length + 3);
    // All of them have been told of, though not one by one.
    expect(rig.hub.committed.filter(({ type }) => type === 'alert.noticed')).toHaveLength(200);
  }, 120_000);

  it('that goes on is one more notice each time there is room, never more than three within five minutes', async () => {
    await rig.onDuty(['tablet'], { order: ['push'] });
    const times: number[] = [];
    for (let step = 0; step < 90; step++) {
      await rig.open();
      const before = rig.push.messages.length;
      await rig.settle();
      for (let n = before; n < rig.push.messages.length; n++) times.push(rig.hub.clock());
      rig.hub.advance(10_000);
    }
    for (const at of times) expect(times.filter((other) => other > at - 5 * MINUTE && other <= at).length, String(at - times[0]!)).toBeLessThanOrEqual(3);
    expect(times.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...times.slice(1).map((at, i) => at - times[i]!))).toBeLessThanOrEqual(5 * MINUTE);
  }, 120_000);
});

describe('what was held back', () => {
  it('is told as itself when it is alone', async () => {
    await rig.onDuty(['tablet'], { order: ['push'] });
    for (let i = 0; i < 2; i++) await rig.open();
    await rig.settle();
    const third = await rig.open();
    await rig.settle();
    expect(rig.push.messages).toHaveLength(2);
    await pass(5_000);
    expect(rig.push.messages[2]!.payload).toMatchObject({ alert: third, title: 'Unhappy visitor: Till 3', actions: [{ action: 'claim' }, { action: 'open' }] });
  });

  it('is not told when somebody has taken it all, and tells only what nobody took', async () => {
    const { user } = await rig.onDuty(['tablet'], { order: ['push'] });
    const alerts: string[] = [];
    for (let i = 0; i < 6; i++) alerts.push(await rig.open());
    await rig.settle();
    const by = { id: user.id, name: user.name };
    for (const alert of alerts.slice(2, 4)) await rig.state('alert.claimed', { alert, by });
    await rig.settle();
    await pass(5_000);
    expect(rig.push.messages.map(({ payload }) => payload.title)).toEqual(['Unhappy visitor: Till 3', 'Unhappy visitor: Till 3', '2 more events on the floor']);
    const later = [await rig.open(), await rig.open()];
    await rig.settle();
    for (const alert of later) await rig.state('alert.claimed', { alert, by });
    await rig.settle();
    await pass(6 * MINUTE, MINUTE);
    expect(rig.push.messages).toHaveLength(3);
  });
});

describe('the hourly cap', () => {
  it('holds back what is not urgent until the hour has room again', async () => {
    const settings = (await rig.hub.call('GET', `/api/v1/sites/${SITE}/alert-settings`, { cookie: rig.admin })).body as object;
    const put = await rig.hub.call('PUT', `/api/v1/sites/${SITE}/alert-settings`, { cookie: rig.admin, body: { ...settings, hourlyCap: 2 } });
    expect(put.status).toBe(200);
    await rig.onDuty(['tablet'], { order: ['push'] });
    for (let i = 0; i < 2; i++) await rig.open();
    await rig.settle();
    await pass(10 * MINUTE, MINUTE);
    for (let i = 0; i < 3; i++) await rig.open();
    await rig.open({ severity: 'urgent' });
    await rig.settle();
    await pass(45 * MINUTE, 5 * MINUTE);
    expect(rig.push.messages.map(({ payload }) => payload.severity)).toEqual(['high', 'high', 'urgent']);
    await pass(6 * MINUTE, MINUTE);
    expect(rig.push.messages.at(-1)!.payload.title).toBe('3 more events on the floor');
  });
});
