import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyEvent } from '../contract/index.ts';
import { WHOLE_PICTURE } from '../server/testing/camera-setup.ts';
import { freePort, HubProcess } from '../server/testing/hub-process.ts';
import { ADMIN } from '../server/testing/whole-hub.ts';
import { writeFaceVideo } from './lib/face-video.ts';

const ROOT = path.join(import.meta.dirname, '..');
const CHROMIUM = process.env['OTKLIK_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'];
const LONG = { timeout: 45_000 };

let hub: HubProcess;
let browser: Browser;
let folder: string;
let cookie: string;
let tablet: Page;

/** A page in a profile of its own, as another device would have. */
async function device(width: number, height: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'ru-RU' });
  return context.newPage();
}

/** Reads the six digits from a device's screen and confirms them on the console, as an installer would. */
async function pair(screen: Page, name: string, place: string): Promise<void> {
  const code = screen.getByTestId('pairing-code');
  await code.filter({ hasText: /\d{3}\s?\d{3}/ }).waitFor(LONG);
  const digits = (await code.innerText()).replaceAll(/\D/g, '');
  await hub.api(cookie, 'POST', `/api/v1/pairings/${digits}/confirm`, { site: 'shop', name, touchpoint: place });
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-e2e-'));
  const video = await writeFaceVideo(folder);
  hub = await HubProcess.create({ OTKLIK_VISION: 'embedded', OTKLIK_MEDIA_PORT: String(await freePort()), OTKLIK_MEDIA_IPS: '127.0.0.1', OTKLIK_WEB_DIR: path.join(ROOT, 'build', 'web') });
  await hub.start();
  cookie = await hub.signIn();
  await hub.api(cookie, 'POST', '/api/v1/sites', { id: 'shop', name: 'Клиника', timezone: 'Europe/Moscow' });
  await hub.api(cookie, 'POST', '/api/v1/sites/shop/touchpoints', { id: 'till-3', name: 'Касса 3' });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, `--use-file-for-fake-video-capture=${video}`] });
  tablet = await device(1280, 800);
  await tablet.goto(`${hub.origin}/signin`);
  await tablet.getByTestId('signin-email').fill(ADMIN.email);
  await tablet.getByTestId('signin-password').fill(ADMIN.password);
  await tablet.getByTestId('signin-submit').click();
  await tablet.getByTestId('alerts-empty').waitFor(LONG);
});
afterAll(async () => {
  await browser?.close();
  await hub?.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('a camera in a browser', () => {
  it('publishes faces over WebRTC; the console counts them and tells nobody\'s mood alone', async () => {
    const camera = await device(390, 844);
    await camera.goto(`${hub.origin}/camera/new`);
    await pair(camera, 'Камера', 'till-3');
    const { cameras: [paired] } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/cameras') as { cameras: { id: string }[] };
    await hub.api(cookie, 'PUT', `/api/v1/cameras/${paired!.id}/setup`, WHOLE_PICTURE);
    await camera.locator('[data-testid=camera-state][data-state=idle], [data-testid=camera-state][data-state=live]').waitFor(LONG);
    if (await camera.getByTestId('camera-start').count() > 0) await camera.getByTestId('camera-start').click();
    await camera.locator('[data-testid=camera-state][data-state=live]').waitFor(LONG);

    // Who works on the camera sees that faces are read, frame by frame.
    const console = await tablet.context().newPage();
    await console.goto(`${hub.origin}/cameras`);
    const faces = console.getByTestId('camera-faces');
    await expect.poll(async () => Number(await faces.innerText().catch(() => '')), { timeout: 60_000, interval: 200 }).toBeGreaterThan(0);
    await console.close();

    // The numbers of whole intervals are stored, and nothing of a picture is.
    await expect.poll(async () => {
      const { events } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/events?limit=1000') as { events: AnyEvent[] };
      return events.filter((event) => event.type === 'emotion.windowed' && event.body.faces > 0).length;
    }, { timeout: 45_000, interval: 500 }).toBeGreaterThan(0);
    const { events } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/events?limit=1000') as { events: AnyEvent[] };
    expect(events.filter((event) => event.type === 'emotion.windowed' && (event.body.mood !== null || 'visits' in event.body))).toEqual([]);
    // The floor tells of five visitors and more, and of the whole site only; until then it says so.
    const mood = tablet.getByTestId('mood-site');
    await mood.waitFor(LONG);
    const people = Number(await mood.getAttribute('data-people'));
    expect(people === 0 || people >= 5).toBe(true);
    expect(await mood.getAttribute('data-mood') === '').toBe(people === 0);
    await camera.context().close();
    await expect.poll(async () => {
      const { cameras } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/cameras') as { cameras: { connected: boolean }[] };
      return cameras[0]?.connected;
    }, { timeout: 45_000, interval: 500 }).toBe(false);
  });
});

describe('a press while the hub is down', () => {
  it('is thanked at once and reaches the console and the wall when the hub is back, once', async () => {
    const button = await device(1280, 800);
    await button.goto(`${hub.origin}/kiosk/new`);
    await pair(button, 'Кнопка', 'till-3');
    await button.getByTestId('face-1').waitFor(LONG);
    const made = await hub.api(cookie, 'POST', '/api/v1/sites/shop/walls', { name: 'Зал' }) as { wall: { id: string }; token: string };
    const wall = await device(1920, 1080);
    await wall.goto(`${hub.origin}/wall/${made.wall.id}#${made.token}`);
    await wall.getByTestId('wall-empty').waitFor(LONG);
    expect(wall.url()).not.toContain(made.token);

    // Up: one press is seen within moments.
    await button.getByTestId('face-4').click();
    await wall.locator('[data-testid=wall-total][data-value="1"]').waitFor(LONG);

    await hub.end('SIGTERM');
    await tablet.getByText(/данные на/).first().waitFor(LONG);
    await button.getByTestId('face-1').click();
    await button.getByTestId('thanks').waitFor({ timeout: 5_000 });
    // The wall keeps its last numbers and says how old they are.
    expect(await wall.getByTestId('wall-total').getAttribute('data-value')).toBe('1');
    await wall.locator('[data-testid=wall][data-stale=true]').waitFor(LONG);

    await hub.start();
    const card = tablet.getByTestId('alert-card');
    await card.waitFor(LONG);
    expect(await card.innerText()).toContain('Касса 3');
    await wall.locator('[data-testid=wall-total][data-value="2"]').waitFor(LONG);
    await wall.locator('[data-testid=wall][data-stale=false]').waitFor(LONG);

    await card.getByTestId('alert-claim').click();
    await tablet.locator('[data-testid=alert-card][data-state=claimed]').waitFor(LONG);
    const { events } = await hub.api(cookie, 'GET', '/api/v1/sites/shop/events?limit=1000') as { events: AnyEvent[] };
    expect(events.filter(({ type }) => type === 'feedback.rated')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'alert.opened')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'alert.claimed')).toHaveLength(1);
  });
});
