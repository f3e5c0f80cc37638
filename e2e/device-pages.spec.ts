import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeHub, TOKEN } from '../web/lib/kiosk/testing/fake-hub.ts';

const WEB = process.env['OTKLIK_WEB_DIR'] ?? path.join(import.meta.dirname, '../build/web');
const CHROMIUM = process.env['OTKLIK_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const SCREENS = { tablet: [1280, 800], kiosk: [1080, 1920], phone: [390, 844], wall: [1920, 1080] } as const;
type Screen = keyof typeof SCREENS;
const LONG = { timeout: 30_000 };
/** Longer than the bounce of a finger, which the button drops. */
const CALMLY = { delay: 400 };

// What runs inside the page is text: these tests are checked as a program of Node, which knows no document.
const PRESS_AND_WAIT_FOR_THANKS = `new Promise((done) => {
  const pressed = performance.now();
  document.querySelector('[data-testid=face-4]').click();
  const look = () => document.querySelector('[data-testid=thanks]') ? done(performance.now() - pressed) : requestAnimationFrame(look);
  requestAnimationFrame(look);
})`;
const REPORT_CAMERA_REQUESTS = `{
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => { globalThis.asked(JSON.stringify(constraints)); return original(constraints); };
}`;
/** Texts that do not fit their place, or are under 13 px. */
const MISFITS = `(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push('the page is ' + root.scrollWidth + ' px wide');
  for (const element of document.querySelectorAll('body *:not(#svelte-announcer)')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const style = getComputedStyle(element);
    if (Number.parseFloat(style.fontSize) < 13) found.push('small: ' + element.textContent);
    if (style.display !== 'inline' && element.scrollWidth > element.clientWidth + 2) found.push('too wide: ' + element.textContent);
  }
  return found;
})()`;

let browser: Browser;
let hub: FakeHub;
let context: BrowserContext;
let violations: string[];
let addresses: string[];

beforeAll(async () => {
  if (!existsSync(path.join(WEB, 'index.html'))) throw new Error(`there are no built pages in ${WEB}: run npm run build:web first`);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
afterAll(() => browser.close());
beforeEach(async () => {
  hub = new FakeHub(WEB);
  await hub.start();
  violations = [];
  addresses = [];
});
afterEach(async () => {
  await context.close();
  await hub.stop();
});

async function open(screen: Screen, locale: string, address: string): Promise<Page> {
  const [width, height] = SCREENS[screen];
  context = await browser.newContext({ viewport: { width, height }, locale, permissions: ['camera'] });
  return visit(address);
}

async function visit(address: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => violations.push(error.message));
  // SvelteKit's route announcer carries one style attribute; base.css gives it the same look.
  page.on('console', (message) => { if (/Content Security Policy/.test(message.text()) && !/S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo/.test(message.text())) violations.push(message.text()); });
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto(hub.origin + address);
  return page;
}

async function pairKiosk(screen: Screen = 'tablet', locale = 'ru'): Promise<Page> {
  const page = await open(screen, locale, '/kiosk/new');
  await page.getByTestId('pairing-code').getByText('482').waitFor();
  hub.confirmed = true;
  await page.getByTestId('face-4').waitFor();
  return page;
}

const workerIsReady = (page: Page) => page.evaluate('navigator.serviceWorker.ready.then(() => true)');
const until = (condition: () => boolean) => expect.poll(condition, { timeout: 30_000, interval: 50 }).toBe(true);
const numberOn = (page: Page, testid: string, value: string) => page.locator(`[data-testid=${testid}][data-value='${value}']`).waitFor(LONG);

describe('the button', () => {
  test('a device that was confirmed opens under its own address, and its token is in no address', async () => {
    const page = await pairKiosk();
    expect(new URL(page.url()).pathname).toBe('/kiosk/till-3');
    expect(addresses.join('\n')).not.toContain(TOKEN);
    expect(violations).toEqual([]);
  });

  test('thanks are on the screen within 100 ms of the press, though the hub is away', async () => {
    const page = await pairKiosk();
    await hub.stop();
    const elapsed = await page.evaluate<number>(PRESS_AND_WAIT_FOR_THANKS);
    expect(elapsed).toBeLessThan(100);
    await page.getByTestId('face-4').waitFor({ timeout: 3_500 });
  });

  test('a reason becomes part of a bad press; the worst press does not wait for it', async () => {
    const page = await pairKiosk();
    await page.getByTestId('face-2').click();
    await page.getByTestId('factor-queue').click(CALMLY);
    await until(() => hub.events.length === 1);
    expect(hub.events[0]).toMatchObject({ type: 'feedback.rated', site: 'clinic', body: { value: 2, scale: 4, factor: 'Долго ждать' } });
    await page.getByTestId('face-1').click();
    await until(() => hub.events.length === 2);
    expect(hub.events[1]).toMatchObject({ type: 'feedback.rated', body: { value: 1, scale: 4 } });
    await page.getByTestId('factor-staff').click(CALMLY);
    await until(() => hub.events.length === 3);
    expect(hub.events[2]).toMatchObject({ type: 'feedback.messaged', body: { rating: hub.events[1]!.id, text: 'Обслуживание' } });
  });

  test('presses made without the hub survive a reload without the hub and arrive once each, in order', async () => {
    const page = await pairKiosk();
    await workerIsReady(page);
    await hub.stop();
    await page.getByTestId('face-4').click();
    await page.getByTestId('face-3').click();
    await page.reload();
    await page.getByTestId('face-3').click();
    await page.getByTestId('thanks').waitFor();
    await hub.start();
    await until(() => hub.events.length === 3);
    expect(hub.events.map((event) => (event.body as { value: number }).value)).toEqual([4, 3, 3]);
    expect(new Set(hub.events.map((event) => event.id)).size).toBe(3);
  });

  test('a press survives its page being closed while the question for a reason stands', async () => {
    const page = await pairKiosk();
    await hub.stop();
    await page.getByTestId('face-2').click();
    await page.getByTestId('factor-queue').waitFor();
    await page.close({ runBeforeUnload: false });
    await hub.start();
    await visit('/kiosk/till-3');
    await until(() => hub.events.length === 1);
    expect(hub.events[0]!.body).toEqual({ value: 2, scale: 4 });
  });

  test('a device whose access was taken back says so, keeps its press, and delivers it when it is let in again', async () => {
    const page = await pairKiosk();
    Object.assign(hub, { revoked: true, confirmed: false });
    await page.getByTestId('face-4').click();
    await page.getByTestId('pairing-revoked').waitFor(LONG);
    expect(hub.events).toEqual([]);
    Object.assign(hub, { revoked: false, confirmed: true });
    await page.getByTestId('face-4').waitFor(LONG);
    await until(() => hub.events.length === 1);
  });
});

describe('the wall', () => {
  const openWall = (screen: Screen = 'wall', locale = 'ru') => open(screen, locale, `/wall/w1#${TOKEN}`);

  test('its key leaves the address bar and appears in no request address', async () => {
    const page = await openWall();
    await page.getByTestId('wall-empty').waitFor(LONG);
    expect(page.url()).toBe(`${hub.origin}/wall/w1`);
    expect(addresses.filter((address) => !address.includes('#')).join('\n')).not.toContain(TOKEN);
    expect(violations).toEqual([]);
  });

  test('numbers follow, stay through an outage with their age, and come back without a reload', async () => {
    const page = await openWall();
    hub.setWall({ positive: 212, negative: 28, lastAt: Date.now() });
    await numberOn(page, 'wall-positive', '212');
    await page.evaluate("document.title = 'the same page'");
    await hub.stop();
    await page.getByTestId('wall-stale').waitFor(LONG);
    await numberOn(page, 'wall-total', '240');
    hub.setWall({ positive: 213 });
    await hub.start();
    await numberOn(page, 'wall-positive', '213');
    expect(await page.title()).toBe('the same page');
  });

  test('a new program is taken up once the hub answers again, not before', async () => {
    const page = await openWall();
    await page.getByTestId('wall-empty').waitFor(LONG);
    const marked = () => page.evaluate<boolean>("document.documentElement.hasAttribute('data-marked')");
    await page.evaluate("document.documentElement.setAttribute('data-marked', '')");
    await hub.stop();
    await page.getByTestId('wall-stale').waitFor(LONG);
    expect(await marked()).toBe(true);
    hub.version = 'another';
    const reloaded = page.waitForEvent('load', LONG);
    await hub.start();
    await reloaded;
    hub.version = null;
    await page.getByTestId('wall-empty').waitFor(LONG);
    expect(await marked()).toBe(false);
  });

  test('a closed wall tells how to get a new link', async () => {
    const page = await openWall();
    await page.getByTestId('wall-empty').waitFor(LONG);
    hub.closeWalls();
    await page.getByTestId('wall-revoked').waitFor(LONG);
  });
});

describe('the camera', () => {
  test('it never asks for sound, says that no node is free, and stops when told', async () => {
    const asked: string[] = [];
    const page = await open('tablet', 'en', '/icon.svg');
    await page.exposeFunction('asked', (constraints: string) => asked.push(constraints));
    await page.addInitScript({ content: REPORT_CAMERA_REQUESTS });
    hub.confirmed = true;
    await page.goto(`${hub.origin}/camera/new`);
    await page.locator('[data-testid=camera-state][data-state=waiting]').waitFor(LONG);
    expect(asked.map((text) => (JSON.parse(text) as { audio: unknown }).audio)).toEqual([false]);
    await page.getByTestId('camera-stop').click();
    await page.locator('[data-testid=camera-state][data-state=idle]').waitFor();
    expect(await page.locator('video').count()).toBe(0);
    expect(violations).toEqual([]);
  });
});

const misfits = (page: Page) => page.evaluate<string[]>(MISFITS);

describe.each(['ru', 'en'])('in %s everything fits', (locale) => {
  test.each(['tablet', 'kiosk', 'phone'] as const)('the button on a %s', async (screen) => {
    const page = await pairKiosk(screen, locale);
    const found = await misfits(page);
    await page.getByTestId('face-1').click();
    await page.getByTestId('factor-goods').waitFor();
    found.push(...await misfits(page));
    expect(found).toEqual([]);
  });

  test.each(['wall', 'kiosk', 'phone'] as const)('the wall on a %s, with a hundred thousand ratings', async (screen) => {
    const page = await open(screen, locale, `/wall/w1#${TOKEN}`);
    hub.setWall({ positive: 123_456, neutral: 2_345, negative: 9_876, lastAt: Date.now() });
    await numberOn(page, 'wall-positive', '123456');
    expect(await misfits(page)).toEqual([]);
  });
});
