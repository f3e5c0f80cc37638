import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FloorPlan } from '../contract/index.ts';
import { HubProcess } from '../server/testing/hub-process.ts';
import { ADMIN } from '../server/testing/whole-hub.ts';
import { startBrowser, WEB } from './lib/console.ts';
import { wcagFaults } from './lib/page-checks.ts';

const LONG = { timeout: 30_000 };

let hub: HubProcess;
let browser: Browser;
let cookie: string;
let tablet: Page;
let phone: Page;
const tokens = new Map<string, string>();
const failures: string[] = [];

async function open(width: number, height: number, locale: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, locale, hasTouch: width < 500, bypassCSP: false });
  const page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error') failures.push(message.text()); });
  page.on('pageerror', (error) => failures.push(String(error)));
  await page.goto(`${hub.origin}/signin?to=%2Fmap`);
  await page.getByTestId('signin-email').fill(ADMIN.email);
  await page.getByTestId('signin-password').fill(ADMIN.password);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('map-place').first().waitFor(LONG);
  return page;
}
async function press(touchpoint: string, value: number): Promise<void> {
  const response = await fetch(`${hub.origin}/api/v1/events`, { method: 'POST', headers: { authorization: `Bearer ${tokens.get(touchpoint)}`, 'content-type': 'application/json' }, body: JSON.stringify({ events: [{ id: ulid(), type: 'feedback.rated', site: 'shop', at: Date.now(), body: { value, scale: 4 } }] }) });
  expect(response.status).toBe(200);
}
const markOf = (page: Page, place: string) => page.locator(`[data-testid=map-place][data-place=${place}]`);
const becomes = (page: Page, place: string, mark: string) => page.locator(`[data-testid=map-place][data-place=${place}][data-mark=${mark}]`).waitFor(LONG);
const planNow = () => hub.api(cookie, 'GET', '/api/v1/sites/shop/plan') as unknown as Promise<FloorPlan>;

/** Buttons that a gloved finger would miss. */
const SMALL = `[...document.querySelectorAll('main button, main a.button')].filter((one) => one.offsetParent !== null).map((one) => ({ name: one.getAttribute('aria-label') ?? one.textContent.trim(), box: one.getBoundingClientRect() })).filter(({ box }) => box.width < 47.5 || box.height < 47.5).map(({ name, box }) => name + ' ' + Math.round(box.width) + 'x' + Math.round(box.height))`;

beforeAll(async () => {
  hub = await HubProcess.create({ OTKLIK_WEB_DIR: WEB });
  await hub.start();
  cookie = await hub.signIn();
  const post = (route: string, body: object) => hub.api(cookie, 'POST', route, body);
  await post('/api/v1/sites', { id: 'shop', name: 'Клиника', timezone: 'Europe/Moscow' });
  for (const [id, name] of [['hall', 'Зал'], ['tills', 'Кассы']]) await post('/api/v1/sites/shop/zones', { id, name });
  for (const [id, name, zone] of [['door', 'Вход', 'hall'], ['till-1', 'Касса 1', 'tills'], ['till-2', 'Касса 2', 'tills']] as const) {
    await post('/api/v1/sites/shop/touchpoints', { id, name, zone });
    tokens.set(id, (await post('/api/v1/sites/shop/devices', { kind: 'button', name: `Кнопка ${name}`, touchpoint: id }))['token'] as string);
  }
  browser = await startBrowser();
  tablet = await open(1280, 800, 'ru-RU');
  phone = await open(390, 844, 'en-GB');
});
afterAll(async () => {
  await browser?.close();
  await hub?.dispose();
});

describe('the map', () => {
  it('is useful before anybody drew a plan: a tile for each zone, and the same as a list', async () => {
    expect(await tablet.getByTestId('map').getAttribute('data-made')).toBe('true');
    expect(await tablet.getByTestId('map-place').count()).toBe(3);
    expect(await tablet.getByTestId('map-row').count()).toBe(3);
  });

  it('shows a bad rating at its touchpoint, first in the list, and a claim on one device is seen on the other', async () => {
    await press('till-2', 1);
    await Promise.all([becomes(tablet, 'till-2', 'open'), becomes(phone, 'till-2', 'open')]);
    await tablet.getByRole('button', { name: /^Касса 2: 1 вызов ждёт, уже \d+:\d\d$/ }).waitFor(LONG);
    expect(await tablet.getByTestId('map-row').first().innerText()).toContain('Касса 2');
    expect(await wcagFaults(tablet)).toEqual([]);

    await phone.getByTestId('map-row').first().click();
    await phone.getByTestId('map-sheet').waitFor(LONG);
    expect(await wcagFaults(phone)).toEqual([]);
    await phone.getByTestId('alert-claim').click();
    await Promise.all([becomes(tablet, 'till-2', 'taken'), becomes(phone, 'till-2', 'taken')]);
    expect(await markOf(tablet, 'till-2').innerText()).toContain('A');
    await phone.keyboard.press('Escape');
    const { alerts } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/alerts') as { alerts: { state: string }[] };
    expect(alerts.map(({ state }) => state)).toEqual(['claimed']);
  });

  it('fits the screen, with targets for gloves', async () => {
    for (const page of [tablet, phone]) {
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBeLessThanOrEqual(0);
      expect(await page.evaluate(SMALL)).toEqual([]);
    }
  });

  it('opens a place by keyboard and gives the focus back', async () => {
    await markOf(tablet, 'door').focus();
    await tablet.keyboard.press('Enter');
    await tablet.getByTestId('map-sheet').waitFor(LONG);
    expect(await tablet.getByTestId('map-sheet').innerText()).toContain('Кнопка Вход');
    await tablet.keyboard.press('Escape');
    await tablet.getByTestId('map-sheet').waitFor({ state: 'detached', ...LONG });
    expect(await tablet.evaluate('document.activeElement.dataset.place')).toBe('door');
  });
});

describe('the plan', () => {
  it('is drawn over a picture by mouse and keys, and others see it without reloading', async () => {
    const png = await sharp({ create: { width: 1600, height: 1000, channels: 3, background: '#f4f4f0' } }).png().toBuffer();
    await tablet.getByTestId('map-edit').click();
    await tablet.getByTestId('map-file').setInputFiles({ name: 'plan.png', mimeType: 'image/png', buffer: png });
    const picture = tablet.locator('.plan img');
    await picture.waitFor(LONG);
    expect(await tablet.evaluate("document.querySelector('.plan img').decode().then(() => document.querySelector('.plan img').naturalWidth)")).toBe(1600);
    expect(await wcagFaults(tablet)).toEqual([]);
    const box = (await picture.boundingBox())!;
    const at = (x: number, y: number): [number, number] => [box.x + box.width * x, box.y + box.height * y];

    await tablet.locator('[data-testid=map-draw-zone][data-zone=tills]').click();
    for (const [x, y] of [[0.5, 0.6], [0.95, 0.6], [0.95, 0.95], [0.5, 0.95]] as const) await tablet.mouse.click(...at(x, y));
    // A tap on the first corner closes the zone.
    await tablet.mouse.click(...at(0.505, 0.605));
    await tablet.getByTestId('map-corner').first().waitFor(LONG);
    expect(await tablet.getByTestId('map-corner').count()).toBe(4);

    await tablet.locator('[data-testid=map-draw-zone][data-zone=hall]').click();
    for (const keys of ['Enter', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter', 'Shift+ArrowUp', 'Enter']) await tablet.keyboard.press(keys);
    await tablet.getByTestId('map-finish').click();

    await tablet.locator('[data-testid=map-place-touchpoint][data-touchpoint=till-1]').click();
    const handle = (await tablet.locator('[data-handle=till-1]').boundingBox())!;
    await tablet.mouse.move(handle.x + 24, handle.y + 24);
    await tablet.mouse.down();
    await tablet.mouse.move(...at(0.7, 0.7), { steps: 3 });
    await tablet.mouse.move(...at(0.6, 0.8), { steps: 3 });
    await tablet.mouse.up();
    await tablet.locator('[data-handle=till-1]').focus();
    await tablet.keyboard.press('ArrowRight');
    await tablet.keyboard.press('Shift+ArrowRight');
    await tablet.getByTestId('map-undo').click();
    await tablet.getByTestId('map-save').click();
    await tablet.getByTestId('map').waitFor(LONG);

    const plan = await planNow();
    expect(plan.zones['tills']).toHaveLength(4);
    expect(plan.zones['hall']).toHaveLength(3);
    expect(plan.touchpoints['till-1']!.x).toBeCloseTo(0.61, 1);
    expect(Math.abs(plan.touchpoints['till-1']!.x - 0.61)).toBeLessThan(0.006);
    expect(Math.abs(plan.touchpoints['till-1']!.y - 0.8)).toBeLessThan(0.006);
    await phone.locator('.plan img').waitFor(LONG);
    expect(await wcagFaults(phone)).toEqual([]);
    // Another zone: what happens again in the same one joins the alert that somebody has.
    await press('door', 1);
    await becomes(phone, 'door', 'open');
  });

  it('does not take a picture that is none, and says what to do', async () => {
    await tablet.getByTestId('map-edit').click();
    await tablet.getByTestId('map-file').setInputFiles({ name: 'plan.png', mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
    await tablet.getByText('Картинка не подошла').waitFor(LONG);
    await tablet.getByRole('button', { name: 'Не надо' }).click();
    await tablet.getByTestId('map').waitFor(LONG);
  });

  it('ran without an error in either browser but the answers that tests asked for', () => {
    expect(failures.filter((text) => !text.includes('422'))).toEqual([]);
  });
});
