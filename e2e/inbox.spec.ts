import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '../contract/events.ts';
import { startFakeHub, type FakeHub } from '../web/testing/fake-hub.ts';
import { signedIn, startBrowser } from './lib/console.ts';
import { hasKeyboard, KEPT_ALERTS, RUN_AXE, scrollFor, SHOWN_NOTICES, tapNotice, WORKER_SCOPE } from './lib/in-page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LONG = { timeout: 20_000 };

interface Finding { id: string; impact: string | null; nodes: { target: unknown[]; failureSummary?: string }[] }

/** Serious and critical findings of axe on the page as it stands. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<Finding[]>(RUN_AXE);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join('; ')}`);
}
interface Scrolling { seconds: number; rate: number; median: number; p95: number; worst: number; busy: number }

/** Scrolls the inbox and measures frames; `busy` is the share of the main thread's processor time, 0..1. */
async function scrolled(page: Page, ms: number): Promise<Scrolling> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration')?.value ?? 0;
  const before = await busy();
  const frames = (await page.evaluate<number[]>(scrollFor('.left', ms))).sort((a, b) => a - b);
  const seconds = frames.reduce((sum, one) => sum + one, 0) / 1000;
  const at = (share: number) => frames[Math.min(frames.length - 1, Math.floor(frames.length * share))] ?? 0;
  const used = (await busy()) - before;
  await session.detach();
  return { seconds, rate: frames.length / seconds, median: at(0.5), p95: at(0.95), worst: at(1), busy: used / seconds };
}
const told = ({ seconds, rate, median, p95, worst, busy }: Scrolling) => `${rate.toFixed(1)} frames/s over ${seconds.toFixed(0)} s, frame median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, worst ${worst.toFixed(1)} ms, main thread ${(busy * 100).toFixed(0)} % of a core`;

const card = (page: Page, id: string) => page.locator(`[data-testid=alert-card][data-alert="${id}"]`);
const publish = (event: AnyEvent) => hub.live.publish([event]);
const commands = () => hub.rest.commands.map(({ action, alert, by }) => `${by} ${action} ${alert}`);
const until = (read: () => unknown) => expect.poll(read, { timeout: 20_000, interval: 50 });

let browser: Browser;
let hub: FakeHub;
beforeAll(async () => { browser = await startBrowser(); });
afterAll(() => browser.close());
beforeEach(async () => { hub = await startFakeHub(); });
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await hub.close();
});

describe('the inbox', () => {
  it('shows an alert once on every console, with one owner whom all see', async () => {
    const [anna, igor] = [await signedIn(browser, hub.url), await signedIn(browser, hub.url, { who: 'igor', locale: 'ru-RU' })];
    await anna.getByTestId('alerts-empty').waitFor(LONG);
    const { id, event } = hub.floor.opens(Date.now(), { touchpoint: 'kassa3', rating: { value: 1, scale: 4, factor: 'Долго ждать' } });
    publish(event);
    await card(igor, id).waitFor(LONG);
    await card(anna, id).getByTestId('alert-claim').click();
    await card(igor, id).getByTestId('alert-owner').waitFor(LONG);
    expect(await card(igor, id).getByTestId('alert-owner').innerText()).toContain('Анна');
    expect(await card(igor, id).getByTestId('alert-claim').count()).toBe(0);
    expect(await card(anna, id).count()).toBe(1);
    expect(commands()).toEqual([`anna claim ${id}`]);
  });

  it('is worked by keyboard alone: to a card, taken, on the way, done with a cause of the site', async () => {
    const page = await signedIn(browser, hub.url);
    await page.getByTestId('hear-yes').click(LONG);
    const { id, event } = hub.floor.opens(Date.now(), { touchpoint: 'kassa3', rating: { value: 1, scale: 4 } });
    publish(event);
    await card(page, id).waitFor(LONG);
    const on = (selector: string) => page.evaluate<boolean>(hasKeyboard(selector));
    const tabTo = async (selector: string) => {
      for (let presses = 0; presses < 60 && !(await on(selector)); presses++) await page.keyboard.press('Tab');
      expect(await on(selector), `the keyboard reaches ${selector}`).toBe(true);
    };
    await tabTo('[data-testid=alert-claim]');
    await page.keyboard.press('Enter');
    await until(() => on('[data-testid=alert-depart]')).toBe(true);
    await page.keyboard.press('Enter');
    await page.locator('[data-testid=alert-card][data-state=on_the_way]').waitFor(LONG);
    await tabTo('[data-testid=alert-resolve]');
    await page.keyboard.press('Enter');
    await page.getByTestId('cause-air').waitFor(LONG);
    await tabTo('[data-testid=cause-queue]');
    await page.keyboard.press('ArrowUp');
    await until(() => page.getByTestId('cause-air').isChecked()).toBe(true);
    await tabTo('[data-testid=resolve-submit]');
    await page.keyboard.press('Enter');
    await until(commands).toEqual([`anna claim ${id}`, `anna depart ${id}`, `anna resolve ${id}`]);
    expect(hub.rest.commands.at(-1)?.body).toMatchObject({ cause: 'air' });
    await until(() => on('#alerts-title')).toBe(true);
  });

  it('tells readers of the screen what came, at once when it is urgent', async () => {
    const page = await signedIn(browser, hub.url);
    await page.getByTestId('alerts-empty').waitFor(LONG);
    await page.getByTestId('live-urgent').waitFor({ state: 'attached', ...LONG });
    publish(hub.floor.opens(Date.now(), { kind: 'feedback.rate', touchpoint: 'hall', facts: { n: 6, k: 4, minutes: 12, baseline: 0.12 } }).event);
    await until(() => page.getByTestId('live-news').innerText()).toBe('Зал ожидания: 4 of 6 negative in 12 min, usually 12%');
    expect(await page.getByTestId('live-news').getAttribute('aria-live')).toBe('polite');
    publish(hub.floor.opens(Date.now(), { severity: 'urgent', touchpoint: 'kassa3', rating: { value: 1, scale: 4 } }).event);
    await until(() => page.getByTestId('live-urgent').innerText()).toContain('Касса 3');
    expect(await page.getByTestId('live-urgent').getAttribute('aria-live')).toBe('assertive');
    await until(() => page.getByRole('button', { name: 'Касса 3: details' }).count()).toBe(1);
  });

  it('lets what recovered by itself go pale before it goes, unlike what a person finished', async () => {
    const page = await signedIn(browser, hub.url);
    const [first, second] = [hub.floor.opens(Date.now(), { kind: 'traffic.crowd', zone: 'first', facts: { people: 40 } }), hub.floor.opens(Date.now(), { touchpoint: 'hall' })];
    hub.live.publish([first.event, second.event]);
    await card(page, second.id).waitFor(LONG);
    publish(hub.floor.commit('alert.cleared', { alert: first.id, source: first.event.id }, Date.now()));
    publish(hub.floor.commit('alert.resolved', { alert: second.id, by: { id: 'igor', name: 'Игорь' }, cause: 'queue' }, Date.now()));
    await page.locator('[data-gone=cleared]').waitFor(LONG);
    expect(await page.locator('[data-gone=cleared]').innerText()).toContain('Recovered by itself');
    expect(await page.locator('[data-gone=resolved]').innerText()).toContain('Игорь');
    await page.getByTestId('alerts-empty').waitFor(LONG);
  });

  it('shows what people typed as text', async () => {
    const page = await signedIn(browser, hub.url);
    const evil = '<img src=x onerror="globalThis.hurt=1"><b>x</b>';
    hub.floor.floor.places['kassa3'] = evil;
    const { id, event } = hub.floor.opens(Date.now(), { touchpoint: 'kassa3', rating: { value: 1, scale: 4, factor: evil }, message: { text: evil, contact: 'javascript:globalThis.hurt=1', voice: null, photo: null } });
    publish(event);
    await page.reload();
    await card(page, id).waitFor(LONG);
    expect(await card(page, id).getByTestId('alert-open').innerText()).toBe(evil);
    await card(page, id).getByTestId('alert-open').click();
    await page.getByTestId('detail-text').waitFor(LONG);
    expect(await page.getByTestId('detail-text').innerText()).toBe(evil);
    expect(await page.locator('dialog a[href^="javascript"]').count()).toBe(0);
    expect(await page.evaluate('globalThis.hurt')).toBeUndefined();
  });

  it('calls from every page, where it can be taken too', async () => {
    const page = await signedIn(browser, hub.url);
    await page.goto(`${hub.url}/devices`);
    await page.getByTestId('live-urgent').waitFor({ state: 'attached', ...LONG });
    const { id, event } = hub.floor.opens(Date.now(), { severity: 'urgent', touchpoint: 'kassa3', rating: { value: 1, scale: 4 } });
    publish(event);
    await page.getByTestId('banner').waitFor(LONG);
    await until(() => page.title()).toMatch(/^\(1\) /);
    await page.getByTestId('banner-claim').click();
    await page.getByTestId('banner').waitFor({ state: 'detached', ...LONG });
    expect(commands()).toEqual([`anna claim ${id}`]);
    await until(() => page.title()).not.toMatch(/^\(/);
  });

  it('tells the hub once that an alert was seen, and that the console is in sight', async () => {
    const page = await signedIn(browser, hub.url);
    const { id, event } = hub.floor.opens(Date.now(), { touchpoint: 'kassa3' });
    publish(event);
    await card(page, id).waitFor(LONG);
    await until(() => hub.rest.seen).toEqual([{ alert: id, by: 'anna' }]);
    await until(() => hub.rest.presence).toBeGreaterThan(0);
    await page.goto(`${hub.url}/devices`);
    expect(hub.rest.seen).toHaveLength(1);
  });
});

describe('without a network', () => {
  it('reads the last floor with its age, keeps what is done and sends it once; who was faster is told', async () => {
    const page = await signedIn(browser, hub.url);
    const [mine, lost] = [hub.floor.opens(Date.now(), { touchpoint: 'kassa3' }), hub.floor.opens(Date.now(), { touchpoint: 'hall' })];
    hub.live.publish([mine.event, lost.event]);
    await card(page, lost.id).waitFor(LONG);
    await page.evaluate(WORKER_SCOPE);
    // Kept is what the device has written, so wait until it has both.
    await until(() => page.evaluate<number>(KEPT_ALERTS)).toBe(2);

    await hub.leave();
    await page.getByTestId('offline').waitFor(LONG);
    await page.reload();
    await page.locator('[data-testid=offline][data-kept=true]').waitFor(LONG);
    expect(await page.getByTestId('offline').innerText()).toMatch(/As of \d\d:\d\d, \d+ (s|min) ago/);
    for (const { id } of [mine, lost]) await card(page, id).getByTestId('alert-claim').click(LONG);
    await card(page, mine.id).getByTestId('alert-resolve').click();
    await page.getByTestId('cause-queue').check();
    await page.getByRole('textbox', { name: 'Note' }).fill('a chair');
    await page.getByTestId('resolve-submit').click();
    await until(() => page.getByTestId('offline').innerText()).toContain('Waiting to be sent: 3');
    await page.reload();
    await until(() => page.getByTestId('offline').innerText()).toContain('Waiting to be sent: 3');
    expect(await card(page, mine.id).count()).toBe(0);

    hub.floor.commit('alert.claimed', { alert: lost.id, by: { id: 'igor', name: 'Игорь' } }, Date.now(), 'hall');
    await hub.comeBack();
    await page.getByText(/Зал ожидания: Игорь took it at \d\d:\d\d/).waitFor({ timeout: 40_000 });
    await until(commands).toEqual([`anna claim ${mine.id}`, `anna resolve ${mine.id}`]);
    expect(hub.rest.commands.at(-1)?.body).toEqual({ cause: 'queue', note: 'a chair' });
    expect(await card(page, lost.id).getByTestId('alert-owner').innerText()).toContain('Игорь');
    await page.getByTestId('offline').waitFor({ state: 'detached', ...LONG });
  });
});

describe('a notice of the system', () => {
  it('takes an alert once with its button, and says who was faster', async () => {
    const page = await signedIn(browser, hub.url, { permissions: ['notifications'] });
    const registered = await page.evaluate<string>(WORKER_SCOPE);
    const [worker] = page.context().serviceWorkers();
    expect(worker?.url()).toContain('service-worker.js');
    const { id, event } = hub.floor.opens(Date.now(), { severity: 'urgent', touchpoint: 'kassa3' });
    publish(event);
    await card(page, id).waitFor(LONG);
    const session = await page.context().newCDPSession(page);
    const registration = new Promise<string>((resolve) => session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find((one) => one.scopeURL === registered);
      if (found) resolve(found.registrationId);
    }));
    await session.send('ServiceWorker.enable');
    const push = (receipt: string) => registration.then((registrationId) => session.send('ServiceWorker.deliverPushMessage', { origin: hub.url, registrationId, data: JSON.stringify({ receipt, tag: id, title: 'Till 3', body: 'Terrible', url: `/floor?alert=${id}`, severity: 'urgent', actions: [{ action: 'claim', title: 'I take it' }], alert: id }) }));
    const shown = () => worker!.evaluate<string[]>(SHOWN_NOTICES);
    const tap = () => worker!.evaluate(tapNotice('claim'));
    await push('receipt-1');
    await until(shown).toEqual(['Till 3: Terrible']);
    await tap();
    await until(commands).toEqual([`anna claim ${id}`]);
    // Somebody else has it by the time the next notice is tapped.
    publish(hub.floor.commit('alert.released', { alert: id, by: { id: 'anna', name: 'Анна' } }, Date.now()));
    publish(hub.floor.commit('alert.claimed', { alert: id, by: { id: 'igor', name: 'Игорь' } }, Date.now()));
    await push('receipt-2');
    await until(shown).toEqual(['Till 3: Terrible']);
    await tap();
    await until(async () => (await shown()).join()).toMatch(/Till 3: Игорь took it at \d\d:\d\d/);
    expect(commands()).toHaveLength(1);
  });
});

describe('for everybody', () => {
  it('has no serious or critical findings of axe in any state', async () => {
    const seen: Record<string, string[]> = {};
    const page = await signedIn(browser, hub.url);
    await page.getByTestId('hear').waitFor(LONG);
    await page.getByTestId('alerts-empty').waitFor(LONG);
    seen['empty'] = await findings(page);
    await page.context().close();
    await hub.close();
    hub = await startFakeHub(0, { alerts: true });
    for (const [name, device] of [['tablet', {}], ['phone', { width: 390, height: 844 }]] as const) {
      const mixed = await signedIn(browser, hub.url, device);
      await mixed.getByTestId('hear-yes').click(LONG);
      await mixed.getByTestId('chart-mood').waitFor(LONG);
      await mixed.getByTestId('filter').click();
      await mixed.locator('[data-group=snoozed] summary').click();
      // Marks of what is new fade; colours are judged when they have.
      await mixed.locator('.fresh').first().waitFor({ state: 'detached', ...LONG });
      seen[`${name} mixed`] = await findings(mixed);
      await mixed.getByTestId('alert-open').first().click();
      await mixed.getByTestId('detail-history').waitFor(LONG);
      seen[`${name} detail`] = await findings(mixed);
      await mixed.keyboard.press('Escape');
      await mixed.locator('[data-group=mine] [data-testid=alert-resolve]').click();
      await mixed.getByTestId('cause-air').waitFor(LONG);
      seen[`${name} done`] = await findings(mixed);
      await mixed.keyboard.press('Escape');
      await mixed.locator('[data-group=waiting] [data-testid=alert-snooze]').first().click();
      await mixed.getByTestId('snooze-form').waitFor(LONG);
      seen[`${name} snooze`] = await findings(mixed);
      await mixed.keyboard.press('Escape');
      await hub.leave();
      await mixed.getByTestId('offline').waitFor(LONG);
      seen[`${name} offline`] = await findings(mixed);
      await hub.comeBack();
      await mixed.context().close();
    }
    expect(Object.entries(seen).filter(([, found]) => found.length > 0)).toEqual([]);
  });
});

describe('in a storm', () => {
  it('scrolls smoothly over 500 alerts while 20 events a second come', async () => {
    const places = Object.keys(hub.floor.floor.places);
    const kinds = ['feedback.negative', 'feedback.rate', 'traffic.crowd', 'device.silent'] as const;
    const severities = ['urgent', 'high', 'medium', 'low'] as const;
    const open = (index: number) => hub.floor.opens(Date.now() - index * 1_000, { kind: kinds[index % 4]!, severity: severities[index % 7 === 0 ? 1 : 2 + (index % 2)]!, touchpoint: places[index % places.length]!, ...(index % 4 === 0 ? { rating: { value: 1, scale: 4, factor: 'Долго ждать' }, message: { text: 'Очень долго', contact: null, voice: null, photo: null } } : {}) });
    const ids = Array.from({ length: 500 }, (_, index) => open(index).id);
    const page = await signedIn(browser, hub.url);
    await page.getByTestId('hear-yes').click(LONG);
    await page.getByTestId('alert-card').first().waitFor(LONG);
    let turn = 0;
    const calm = await scrolled(page, 4_000);
    const storm = setInterval(() => {
      turn++;
      if (turn % 4 === 0) publish(open(turn).event);
      else if (turn % 4 === 1) publish(hub.floor.commit('alert.grown', { alert: ids[(turn * 7) % 500]!, source: '01J00000000000000000000000', count: turn, last: Date.now(), severity: 'medium' }, Date.now()));
      else if (turn % 4 === 2) publish(hub.floor.commit('alert.cleared', { alert: ids[turn % 500]!, source: '01J00000000000000000000000' }, Date.now()));
      else publish(hub.floor.rating(Date.now(), places[turn % places.length]!, 3));
    }, 50);
    const stormy = await scrolled(page, 10_000);
    clearInterval(storm);
    console.log(`scrolling 500 alerts: ${told(calm)}\n  with ${(turn / stormy.seconds).toFixed(1)} events/s: ${told(stormy)}; cards made ${await page.getByTestId('alert-card').count()}`);
    // 50 frames a second (20 ms) are the promise. Asserted is 25 ms, and only where the list at rest scrolls smoothly: on
    // a machine that others use, frames say more about them. The processor's own time does not depend on who else uses it.
    if (calm.p95 <= 20) expect(stormy.median).toBeLessThanOrEqual(25);
    expect(stormy.busy).toBeLessThan(0.85);
    expect(await page.getByTestId('alert-count').innerText()).toMatch(/^\d{3}$/);
  });
});
