import { describe, expect, it } from 'vitest';
import type { AnalysisStop } from '../../../contract/index.ts';
import { MINUTE, NOON, ruleOf, watchedSite } from '../testing/watched-site.ts';

const HUB = { device: 'hub', touchpoint: null };
const by = { id: 'anna', name: 'Anna' };

describe('device.silent', () => {
  it('knows where the device stands, and is over when it is heard again', () => {
    const site = watchedSite([ruleOf('device.silent')]);
    site.tell('device.silent', { device: 'button-1', lastSeen: NOON - 90_000 }, { at: NOON, ...HUB });
    expect(site.opened).toMatchObject([{ device: 'button-1', touchpoint: 'till-1', zone: 'hall', facts: { lastSeen: NOON - 90_000 } }]);
    site.tell('device.seen', { device: 'button-2' }, { at: NOON + 1, ...HUB });
    expect(site.cleared).toEqual([]);
    site.tell('device.seen', { device: 'button-1' }, { at: NOON + 2, ...HUB });
    expect(site.cleared).toEqual([site.opened[0]!.id]);
    site.tell('device.silent', { device: 'button-1', lastSeen: NOON }, { at: NOON + MINUTE, ...HUB });
    expect(site.opened).toHaveLength(2);
  });
  it('is one card for a place that lost its line, and over when all of it is back', () => {
    const site = watchedSite([ruleOf('device.silent')]);
    for (const device of ['a', 'b', 'c']) site.tell('device.silent', { device, lastSeen: NOON }, { at: NOON, ...HUB });
    expect(site.opened).toMatchObject([{ count: 3 }]);
    for (const device of ['a', 'b']) site.tell('device.seen', { device }, { at: NOON, ...HUB });
    expect(site.cleared).toEqual([]);
    site.tell('device.seen', { device: 'c' }, { at: NOON, ...HUB });
    expect(site.cleared).toHaveLength(1);
  });
  it('says nothing while somebody works on the device; its presses raise nothing either, and no run grows of them', () => {
    const site = watchedSite([ruleOf('device.silent'), ruleOf('feedback.negative'), ruleOf('feedback.run', { count: 3 })]);
    site.tell('device.muted', { device: 'button', until: NOON + 10 * MINUTE, by }, { at: NOON, ...HUB });
    site.tell('device.silent', { device: 'button', lastSeen: NOON }, { at: NOON + 1, ...HUB });
    for (let i = 0; i < 4; i++) site.rate(1, { at: NOON + i });
    expect(site.opened).toEqual([]);
    site.rate(1, { at: NOON, device: 'other' });
    expect(site.opened).toHaveLength(1);
    site.tell('device.muted', { device: 'button', until: null, by }, { at: NOON + 5, ...HUB });
    site.rate(1, { at: NOON + 6 });
    expect(site.opened).toMatchObject([{ count: 2 }]);
  });
});

describe('device.battery', () => {
  it('is told once, grows emptier on its card, and is over when it was charged', () => {
    const site = watchedSite([ruleOf('device.battery', { percent: 20 })]);
    const say = (percent: number) => site.tell('device.battery', { device: 'button-1', percent }, { at: NOON, ...HUB });
    for (const percent of [30, 25, 20, 15, 20, 25]) say(percent);
    expect(site.opened).toMatchObject([{ count: 1, facts: { percent: 20 } }]);
    expect(site.cleared).toEqual([]);
    site.resolve(site.opened[0]!);
    say(10);
    expect(site.opened).toHaveLength(1);
    say(80);
    say(20);
    expect(site.opened).toHaveLength(2);
    say(26);
    expect(site.cleared).toEqual([site.opened[1]!.id]);
  });
});

describe('camera.frozen', () => {
  const frozen = (is: boolean) => ({ camera: 'cam', frozen: is, since: NOON - 30_000 });
  it.each([['moves again', (site: ReturnType<typeof watchedSite>) => site.tell('camera.frozen', frozen(false), { at: NOON + 1, device: 'vision' })], ['is gone', (site: ReturnType<typeof watchedSite>) => site.tell('camera.disconnected', { camera: 'cam', node: 'n', reason: 'closed' }, { at: NOON + 1, ...HUB })]])('is over when the camera %s', (_, end) => {
    const site = watchedSite([ruleOf('camera.frozen')]);
    site.tell('camera.frozen', frozen(true), { at: NOON, device: 'vision' });
    site.tell('camera.frozen', frozen(true), { at: NOON, device: 'vision' });
    expect(site.opened).toMatchObject([{ device: 'cam', since: NOON - 30_000, count: 1 }]);
    end(site);
    expect(site.cleared).toHaveLength(1);
  });
});

describe('camera.stopped', () => {
  const say = (site: ReturnType<typeof watchedSite>, running: boolean, reason: AnalysisStop | null, at = NOON) => site.tell('camera.analysis', { camera: 'cam-1', running, reason, since: at }, { at, device: 'vision', touchpoint: 'till-1' });
  it('calls somebody to a camera that was moved or lost its mask, once, and is over when it is analysed again', () => {
    for (const reason of ['moved', 'mask_missing', 'model_failed'] as const) {
      const site = watchedSite([ruleOf('camera.stopped')]);
      say(site, false, reason);
      say(site, false, reason, NOON + 1);
      expect(site.opened).toMatchObject([{ device: 'cam-1', touchpoint: 'till-1', count: 1 }]);
      say(site, true, null, NOON + 2);
      expect(site.cleared).toEqual([site.opened[0]!.id]);
    }
  });
  it('says nothing of what nobody has decided yet, nor of darkness', () => {
    const site = watchedSite([ruleOf('camera.stopped')]);
    for (const reason of ['not_set_up', 'staff_unknown', 'learning', 'too_dark', 'off'] as const) say(site, false, reason);
    expect(site.opened).toEqual([]);
  });
  it('outlives a set-up until the node has judged it, and ends with the camera', () => {
    const site = watchedSite([ruleOf('camera.stopped')]);
    say(site, false, 'moved');
    site.tell('camera.configured', { camera: 'cam-1', version: 2, by }, { at: NOON + 1, ...HUB });
    expect(site.cleared).toEqual([]);
    site.tell('camera.configured', { camera: 'cam-1', version: 0, by }, { at: NOON + 2, ...HUB });
    expect(site.cleared).toHaveLength(1);
  });
});

describe('duty.unreachable', () => {
  it('is urgent, one for each shift, and over when somebody can be told', () => {
    const site = watchedSite([ruleOf('duty.unreachable')]);
    const check = (reachable: boolean) => site.tell('duty.checked', { shift: 'day', name: 'Day', reachable }, { at: NOON, ...HUB });
    check(false);
    check(false);
    expect(site.opened).toMatchObject([{ severity: 'urgent', count: 1 }]);
    check(true);
    expect(site.cleared).toHaveLength(1);
  });
});

describe('emotion.episode', () => {
  const say = (site: ReturnType<typeof watchedSite>, episode: string, state: 'opened' | 'escalated' | 'ended', at = NOON) => site.tell('emotion.episode', { episode, camera: 'cam', state, since: NOON - 20_000, mood: -0.6, faces: 12 }, { at, device: 'vision', received: NOON });
  it('is raised with its numbers, more severe when it gets worse, and over when the visitor is gone', () => {
    const site = watchedSite([ruleOf('emotion.episode')]);
    say(site, 'e1', 'opened');
    expect(site.opened).toMatchObject([{ severity: 'high', since: NOON - 20_000, device: 'cam', facts: { mood: -0.6, faces: 12 } }]);
    say(site, 'e1', 'escalated');
    expect(site.opened).toMatchObject([{ severity: 'urgent', count: 1 }]);
    say(site, 'e1', 'ended');
    expect(site.cleared).toHaveLength(1);
  });
  it('is over when its camera is gone, whatever the node could not say any more', () => {
    const site = watchedSite([ruleOf('emotion.episode')]);
    say(site, 'e1', 'opened');
    site.tell('camera.disconnected', { camera: 'other', node: 'n', reason: 'gone' }, { at: NOON, received: NOON });
    expect(site.cleared).toEqual([]);
    site.tell('camera.disconnected', { camera: 'cam', node: 'n', reason: 'gone' }, { at: NOON, received: NOON });
    expect(site.cleared).toHaveLength(1);
  });
  it('does not come back when a person has ended it, nor when it is old news, nor before it is bad enough', () => {
    const site = watchedSite([ruleOf('emotion.episode')]);
    say(site, 'e1', 'opened');
    site.resolve(site.opened[0]!);
    say(site, 'e1', 'escalated');
    say(site, 'e2', 'opened', NOON - 31 * MINUTE);
    expect(site.opened).toHaveLength(1);
    const worse = watchedSite([ruleOf('emotion.episode', { from: 'escalated' })]);
    say(worse, 'e1', 'opened');
    expect(worse.opened).toEqual([]);
    say(worse, 'e1', 'escalated');
    expect(worse.opened).toMatchObject([{ severity: 'high' }]);
  });
});
