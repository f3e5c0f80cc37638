import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

/** The built pages that hubs of tests serve. */
export const WEB = process.env['OTKLIK_WEB_DIR'] ?? path.join(import.meta.dirname, '../../build/web');

/** Chromium as tests start it; nothing of it talks to anybody but the hub. */
export const CHROMIUM = process.env['OTKLIK_CHROMIUM'] ?? '/usr/bin/chromium';
export const QUIET_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];

/** With a made-up camera that nobody has to allow. */
export const CAMERA_FLAGS = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export const startBrowser = (more: readonly string[] = []): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: [...QUIET_FLAGS, ...more] });

export interface Device {
  /** Whose e-mail is typed in. */
  who?: string;
  width?: number;
  height?: number;
  locale?: string;
  permissions?: string[];
}

/** A person signs in on a device of their own and stands on the floor. */
export async function signedIn(browser: Browser, origin: string, { who = 'anna', width = 1280, height = 800, locale = 'en-GB', permissions = [] }: Device = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height }, locale, permissions });
  const page = await context.newPage();
  await page.goto(`${origin}/signin`);
  await page.getByTestId('signin-email').fill(`${who}@example.org`);
  await page.getByTestId('signin-password').fill('made-up-password');
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('floor').waitFor();
  return page;
}
