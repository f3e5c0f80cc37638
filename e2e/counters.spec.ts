import type { Browser, Page } from 'playwright-core';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dayOf } from '../contract/time.ts';
import { HubProcess } from '../server/testing/hub-process.ts';
import { startBrowser, WEB } from './lib/console.ts';
import { CLEAN, pageFaults } from './lib/page-checks.ts';

const SITE = '/api/v1/sites/shop';
const LONG = { timeout: 60_000 };
const POLL = { timeout: 60_000, interval: 100 };
const SCREENS = { tablet: [1280, 800], phone: [390, 844] } as const;
const HOUR = 3_600_000;

/** A zone in which it is about noon, so that no test runs over midnight. Signs of `Etc/GMT` are the other way round. */
const behind = new Date().getUTCHours() - 12;
const TIMEZONE = `Etc/GMT${behind === 0 ? '' : behind > 0 ? `+${behind}` : behind}`;
/** One o'clock at night, so many days ago by the site's clocks. */
function nightOf(daysAgo: number): number {
  let { start } = dayOf(TIMEZONE, Date.now());
  for (let i = 0; i < daysAgo; i++) ({ start } = dayOf(TIMEZONE, start - HOUR));
  return start + HOUR;
}

let hub: HubProcess;
let browser: Browser;
let cookie: string;
const tokens: Record<string, string> = {};
const faults: string[] = [];

const api = (method: string, route: string, body?: object) => hub.api(cookie, method, route, body);

/** What a counter says: people who came and went, or who were counted and are no visitors. */
async function count(counter: string, events: readonly { at?: number; in: number; out: number; staff?: true }[]): Promise<void> {
  const body = { events: events.map(({ at = Date.now(), staff, ...people }) => ({ id: ulid(at), type: staff ? 'traffic.discounted' : 'traffic.counted', site: 'shop', at, body: { ...people, ...(staff ? { reason: 'staff' } : {}) } })) };
  const reply = await fetch(`${hub.origin}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[counter]}` }, body: JSON.stringify(body) });
  expect(await reply.json()).toMatchObject({ accepted: events.length, rejected: [] });
}

async function opened(at: string, screen: keyof typeof SCREENS = 'tablet', locale = 'en'): Promise<Page> {
  const [width, height] = SCREENS[screen];
  const context = await browser.newContext({ viewport: { width, height }, locale });
  const [name, value] = cookie.split('=') as [string, string];
  await context.addCookies([{ name, value, url: hub.origin }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(hub.origin + at);
  return page;
}
const card = (page: Page, zone: string) => page.locator(`[data-testid=counter][data-zone="${zone}"]`);
const figure = async (page: Page, zone: string, what: 'inside' | 'in' | 'out'): Promise<string> => await card(page, zone).getByTestId(`counter-${what}`).innerText(LONG);
const insideZone = async (page: Page, zone: string): Promise<string> => await page.locator(`[data-testid=map-zone-inside][data-zone=${zone}]`).innerText(LONG);

beforeAll(async () => {
  hub = await HubProcess.create({ OTKLIK_WEB_DIR: WEB });
  await hub.start();
  cookie = await hub.signIn();
  await api('POST', '/api/v1/sites', { id: 'shop', name: 'Garden Street', timezone: TIMEZONE });
  for (const [id, name] of [['hall', 'Hall'], ['cafe', 'Café']]) await api('POST', `${SITE}/zones`, { id, name });
  for (const [id, name, zone] of [['door', 'Door', 'hall'], ['bar', 'Bar', 'cafe']]) await api('POST', `${SITE}/touchpoints`, { id, name, zone });
  for (const touchpoint of ['door', 'bar']) tokens[touchpoint] = (await api('POST', `${SITE}/devices`, { kind: 'counter', name: `Counter: ${touchpoint}`, touchpoint }))['token'] as string;
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await hub?.dispose();
  expect(faults).toEqual([]);
});

describe('before anybody was counted', () => {
  test('the page says what can count, and a table that is uploaded there is shown', async () => {
    const page = await opened('/counters');
    await page.getByTestId('counters-empty').waitFor(LONG);
    expect(await pageFaults(page)).toEqual(CLEAN);
    const at = new Date(nightOf(3)).toISOString();
    const table = `touchpoint,time,in,out\nbar,${at},4,4\nnowhere,${at},1,1\n`;
    await page.getByTestId('counter-file').setInputFiles({ name: 'counts.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    await card(page, 'cafe').waitFor(LONG);
    await page.getByTestId('counter-file').setInputFiles({ name: 'counts.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
    const told = page.getByTestId('counter-imported');
    await told.waitFor(LONG);
    expect(await told.innerText()).toBe('Rows taken: 0. Known already: 1. Refused: 1.');
    await page.getByText('Line 3:').waitFor(LONG);
    await page.context().close();
  });
});

describe('after a week', () => {
  beforeAll(async () => {
    // The door agrees with itself but for two people a day; the bar misses a fifth of those who leave.
    for (let ago = 7; ago >= 1; ago--) {
      await count('door', [{ at: nightOf(ago), in: 200, out: 0 }, { at: nightOf(ago) + HOUR, in: 0, out: 198 }]);
      await count('bar', [{ at: nightOf(ago), in: 150, out: 0 }, { at: nightOf(ago) + HOUR, in: 0, out: 120 }]);
    }
  });

  test('each place says whether its counts agree, what to check when they do not, and what was left at night', async () => {
    const page = await opened('/counters');
    await expect.poll(() => card(page, 'hall').getAttribute('data-verdict', LONG), POLL).toBe('agree');
    expect(await card(page, 'cafe').getAttribute('data-verdict')).toBe('more_in');
    const advice = await card(page, 'cafe').getByTestId('counter-verdict').innerText();
    // Of 7 × 150 + 4 in, 7 × 120 + 4 out.
    expect(advice).toContain('1,054 came in and 844 went out: 20% are missing. Check the line');
    expect((await card(page, 'hall').getByTestId('counter-yesterday').innerText()).replaceAll(/\s+/g, ' ')).toBe('Yesterday 200 in, 198 out: 1% apart. By the count 2 were still inside at midnight: an error of counting, set to zero at night.');
    expect(await card(page, '').getByTestId('counter-day').count()).toBe(8);
    await page.context().close();
  });
});

describe('today', () => {
  test('the map and the page of counters follow people who come and go, by zone, from nobody at midnight on', async () => {
    const map = await opened('/map');
    const counters = await opened('/counters');
    await card(counters, '').waitFor(LONG);
    expect(await figure(counters, 'hall', 'in')).toBe('0');
    expect(await map.getByTestId('map-zone-inside').count()).toBe(0);
    // Before anything was counted on a day its row says so: zeros would be numbers.
    const today = card(counters, 'hall').getByTestId('counter-day').first();
    expect((await today.locator('th, td').allTextContents()).map((text) => text.trim())).toEqual(['today', 'nothing was counted']);

    // Two of yesterday's were never counted out: they are not inside any more.
    await count('door', [{ in: 5, out: 0 }]);
    await expect.poll(() => insideZone(map, 'hall'), POLL).toBe('5 inside');
    await count('door', [{ in: 1, out: 3 }]);
    await count('bar', [{ in: 4, out: 0 }]);
    await expect.poll(() => insideZone(map, 'hall'), POLL).toBe('3 inside');
    await expect.poll(() => insideZone(map, 'cafe'), POLL).toBe('4 inside');
    await expect.poll(() => map.getByTestId('map-inside').innerText(LONG), POLL).toBe('Inside now: 7');

    await count('door', [{ in: 1, out: 0, staff: true }]);
    await expect.poll(() => insideZone(map, 'hall'), POLL).toBe('2 inside');
    // More go out than came in: nobody is inside, and that does not weigh on who comes next.
    await count('bar', [{ in: 0, out: 9 }]);
    await expect.poll(() => insideZone(map, 'cafe'), POLL).toBe('0 inside');
    await count('bar', [{ in: 2, out: 0 }]);
    await expect.poll(() => insideZone(map, 'cafe'), POLL).toBe('2 inside');

    await expect.poll(() => figure(counters, 'hall', 'inside'), POLL).toBe('2');
    await expect.poll(() => figure(counters, 'cafe', 'inside'), POLL).toBe('2');
    await expect.poll(async () => [await figure(counters, 'hall', 'in'), await figure(counters, 'hall', 'out')], POLL).toEqual(['5', '3']);
    expect(await today.textContent()).not.toContain('nothing');
    await expect.poll(async () => [await figure(counters, 'cafe', 'in'), await figure(counters, 'cafe', 'out')], POLL).toEqual(['6', '9']);

    await map.getByTestId('map-inside').click();
    await card(map, 'hall').waitFor(LONG);
    expect(await figure(map, 'hall', 'inside')).toBe('2');
    for (const page of [map, counters]) await page.context().close();
  });

  test.each([['tablet', 'ru'], ['tablet', 'en'], ['phone', 'ru'], ['phone', 'en']] as const)('on a %s in %s everything fits and can be touched', async (screen, locale) => {
    const page = await opened('/counters', screen, locale);
    await card(page, 'cafe').waitFor(LONG);
    for (const details of await page.locator('[data-testid=counter] details:not([open]) summary').all()) await details.click();
    expect(await pageFaults(page)).toEqual(CLEAN);
    // The days of a place without drift fit without being scrolled, and so does what was left at night.
    expect(await page.evaluate(`(() => { const { scrollWidth, clientWidth } = document.querySelector('[data-testid=counter][data-zone=hall] .scroll'); return scrollWidth - clientWidth; })()`)).toBeLessThanOrEqual(0);
    await page.goto(`${hub.origin}/map`);
    await page.locator('[data-testid=map-zone-inside]').first().waitFor(LONG);
    expect(await pageFaults(page)).toEqual(CLEAN);
    await page.context().close();
  });
});
