import { createECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ALERT_KINDS, type AlertSettings, type NotifyState, type Rule, type Shift } from '../contract/index.ts';
import { HubProcess } from '../server/testing/hub-process.ts';
import { startBrowser, WEB } from './lib/console.ts';
import { CLEAN, pageFaults } from './lib/page-checks.ts';

const SCREENS = { tablet: [1280, 800], phone: [390, 844] } as const;
const SITE = '/api/v1/sites/shop';
const HOUR = 3_600_000;
const LONG = { timeout: 30_000 };

let hub: HubProcess;
let browser: Browser;
let cookie: string;
let context: BrowserContext;
let faults: string[];
let listener: http.Server;
let heard: string[];
let button: string;

/** The browser's push service is out on the internet; this one stands in for it, with a key that the hub can encrypt for. */
function pushServiceInside(): string {
  const ecdh = createECDH('prime256v1');
  const keys = { p256dh: ecdh.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') };
  const endpoint = 'https://push.example.org/send/1';
  return `{
    const kept = () => localStorage.getItem('fake-push') !== null;
    let key;
    const subscription = { endpoint: '${endpoint}', get options() { return { applicationServerKey: key ?? null }; }, toJSON: () => (${JSON.stringify({ endpoint, expirationTime: null, keys })}), unsubscribe: async () => { localStorage.removeItem('fake-push'); return true; } };
    PushManager.prototype.getSubscription = async () => (kept() ? subscription : null);
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => { key = applicationServerKey.buffer; localStorage.setItem('fake-push', '1'); return subscription; };
  }`;
}

const api = async <T>(method: string, route: string, body?: object): Promise<T> => await hub.api(cookie, method, route, body) as T;
const listenerUrl = () => `http://127.0.0.1:${(listener.address() as AddressInfo).port}/alerts`;

/** Ratings of a button at till 3, oldest first: so many hours ago, and the face. */
async function press(token: string, presses: readonly (readonly [hoursAgo: number, value: number])[]): Promise<void> {
  const now = Date.now();
  const events = presses.map(([ago, value]) => ({ id: ulid(now - ago * HOUR), type: 'feedback.rated', site: 'shop', at: Math.round(now - ago * HOUR), body: { value, scale: 4 } }));
  const reply = await fetch(`${hub.origin}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ events }) });
  expect(await reply.json()).toMatchObject({ accepted: presses.length });
}

async function command(alert: string, name: string, body?: object): Promise<void> {
  const headers = { cookie, origin: hub.origin, 'idempotency-key': `${name}-${alert}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const reply = await fetch(`${hub.origin}/api/v1/alerts/${alert}/${name}`, { method: 'POST', headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  expect(reply.status).toBe(200);
}

async function signedIn(screen: keyof typeof SCREENS = 'tablet', locale = 'en'): Promise<Page> {
  const [width, height] = SCREENS[screen];
  context = await browser.newContext({ viewport: { width, height }, locale, acceptDownloads: true });
  const [name, value] = cookie.split('=') as [string, string];
  await context.addCookies([{ name, value, url: hub.origin }]);
  const page = await context.newPage();
  faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => { if (/Content Security Policy/.test(message.text())) faults.push(message.text()); });
  return page;
}

beforeAll(async () => {
  heard = [];
  listener = http.createServer((request, response) => {
    heard.push(request.url ?? '');
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  hub = await HubProcess.create({ OTKLIK_WEB_DIR: WEB, OTKLIK_PRIVATE_WEBHOOKS: 'true' });
  await hub.start();
  cookie = await hub.signIn();
  await api('POST', '/api/v1/sites', { id: 'shop', name: 'Garden Street', timezone: 'Europe/Moscow' });
  await api('POST', `${SITE}/zones`, { id: 'hall', name: 'Hall' });
  await api('POST', `${SITE}/touchpoints`, { id: 'till-3', name: 'Till 3', zone: 'hall' });
  await api('POST', '/api/v1/users', { email: 'igor@example.test', name: 'Igor', role: 'floor', sites: ['shop'], password: 'a long enough password' });
  button = (await api<{ token: string }>('POST', `${SITE}/devices`, { kind: 'button', name: 'Button', touchpoint: 'till-3' })).token;
  // Three days of a usual shop, with two runs of bad ratings.
  await press(button, [...Array.from({ length: 60 }, (_, i) => [72 - i, 4] as const), [9, 1], [8.9, 1], [8.8, 1], [5, 4], [4, 2], [3.9, 1], [3.8, 2], [3.7, 2]]);
  browser = await startBrowser();
});
afterEach(async () => {
  await context.close();
  expect(faults).toEqual([]);
});
afterAll(async () => {
  await browser?.close();
  await hub?.dispose();
  listener?.close();
});

describe('rules', () => {
  const rules = async () => (await api<{ rules: Rule[] }>('GET', `${SITE}/rules`)).rules;

  test('every site starts with all kinds, and a switch is kept', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/rules`);
    const praise = page.locator('[data-rule=feedback-praise]');
    await praise.waitFor(LONG);
    expect(await page.getByTestId('rule').count()).toBe(ALERT_KINDS.length);
    expect(await page.locator('main h2').allInnerTexts()).toEqual(['Visitors', 'Mood', 'Crowd and staff', 'Equipment']);
    await praise.getByRole('switch').click();
    await page.locator('[data-rule=feedback-praise][data-enabled=false]').waitFor(LONG);
    await expect.poll(async () => (await rules()).find(({ id }) => id === 'feedback-praise')?.enabled).toBe(false);
  });

  test('a rule is written with what it would have done beside it, saved, changed and removed', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/rules/new`);
    await page.getByTestId('rule-kind').selectOption('feedback.run');
    await page.locator('[data-testid=preview][data-busy=false][data-count]').waitFor(LONG);
    const asked = Number(await page.getByTestId('preview').getAttribute('data-count'));
    expect(asked).toBeGreaterThan(0);
    expect(await page.getByTestId('preview').innerText()).toContain('Till 3');
    await page.getByTestId('field-count').fill('9');
    await page.locator('[data-testid=preview][data-busy=false][data-count="0"]').waitFor(LONG);
    await page.getByTestId('field-count').fill('4');
    await page.getByTestId('rule-name').fill('Unrest at the till');
    await page.getByTestId('rule-place').selectOption('point:till-3');
    await page.getByTestId('rule-save').click();
    const row = page.getByTestId('rule').filter({ hasText: 'Unrest at the till' });
    await row.getByText('When 4 negative ratings in a row come from one place').waitFor(LONG);
    expect((await rules()).find(({ name }) => name === 'Unrest at the till')).toMatchObject({ kind: 'feedback.run', params: { count: 4, minutes: null }, place: { touchpoint: 'till-3', zone: null }, builtIn: false });
    await row.getByRole('link', { name: /Change/ }).click();
    expect(await page.getByTestId('field-count').inputValue()).toBe('4');
    await page.getByRole('button', { name: 'Remove the rule' }).click();
    await page.getByTestId('confirm').click();
    await page.waitForURL(`${hub.origin}/rules`, LONG);
    await expect.poll(async () => (await rules()).length).toBe(ALERT_KINDS.length);
  });

  test('numbers out of bounds are not sent, and a refusal says what to do', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/rules/new`);
    await page.getByTestId('rule-kind').selectOption('traffic.crowd');
    await page.getByTestId('field-people').fill('');
    await page.getByTestId('preview').getByText('Fill in the fields').waitFor(LONG);
    await page.getByTestId('field-people').fill('1');
    await page.route('**/api/v1/sites/shop/rules', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 422, contentType: 'application/problem+json', json: { code: 'rule_too_loud', status: 422 } }) : route.continue()));
    await page.getByTestId('rule-save').click();
    await page.getByTestId('rule-problem').getByText('more than 200 times a day').waitFor(LONG);
  });

  test('causes and limits are kept; a webhook shows its key once, is tried, and the try stands in the log', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/rules/settings`);
    await page.getByTestId('cause-new').fill('Parking');
    await page.getByTestId('cause-new').press('Enter');
    await page.getByRole('button', { name: 'Up: Parking' }).click();
    await page.getByTestId('settings-cap').fill('7');
    await page.getByTestId('settings-form').getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await api<AlertSettings>('GET', `${SITE}/alert-settings`)).hourlyCap).toBe(7);
    const { causes } = await api<AlertSettings>('GET', `${SITE}/alert-settings`);
    expect(causes.at(-2)?.name).toBe('Parking');

    await page.getByTestId('hook-url').fill(listenerUrl());
    await page.getByTestId('hook-add').click();
    const secret = await page.locator('dialog code').innerText();
    expect(secret.length).toBeGreaterThan(20);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    expect(await page.content()).not.toContain(secret);
    await page.getByTestId('webhooks').getByRole('button', { name: /^Test/ }).click();
    await page.getByTestId('webhooks').getByText(/Sent|It arrived/).waitFor(LONG);
    expect(heard).toEqual(['/alerts']);
    await page.getByTestId('deliveries').getByText('test').first().waitFor(LONG);
  });
});

describe('shifts', () => {
  const shifts = async () => (await api<{ shifts: Shift[] }>('GET', `${SITE}/shifts`)).shifts;

  test('a shift is added with its people, warned about, changed and removed', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/shifts`);
    await page.getByText('No shifts yet').waitFor(LONG);
    await page.getByTestId('shift-add').click();
    const form = page.getByTestId('shift-form');
    await form.getByLabel('Name').fill('Day');
    await form.getByTestId('shift-person-add').selectOption({ label: 'Igor' });
    await form.getByRole('button', { name: 'Hall' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByTestId('shifts').getByText('Day').waitFor(LONG);
    const [kept] = await shifts();
    expect(kept).toMatchObject({ name: 'Day', days: [1, 2, 3, 4, 5], from: 540, to: 1260, people: [{ role: 'floor', zones: ['hall'] }] });
    await page.getByTestId('shift-warnings').getByText('Sat, Sun 09:00–21:00').waitFor(LONG);
    await page.getByTestId('shift-warnings').getByText('“Day” cannot be called').waitFor(LONG);

    await page.getByTestId('shifts').getByRole('button', { name: 'Change the shift: Day' }).click();
    for (const day of ['Sat, Saturday', 'Sun, Sunday']) await form.getByRole('button', { name: day }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect.poll(async () => (await shifts())[0]?.days).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await page.getByText('Sat, Sun 09:00–21:00').waitFor({ state: 'detached', ...LONG });

    await page.getByTestId('shifts').getByRole('button', { name: 'Change the shift: Day' }).click();
    await form.getByRole('button', { name: 'Remove the shift' }).click();
    await form.getByTestId('confirm').click();
    await page.getByText('No shifts yet').waitFor(LONG);
    expect(await shifts()).toEqual([]);
  });

  test('a person comes on duty by their own word and goes', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/shifts`);
    await page.getByText('Nobody is on duty now').waitFor(LONG);
    await page.getByTestId('duty-mine').click();
    await page.getByTestId('duty').getByText('whole site').waitFor(LONG);
    expect((await api<{ people: unknown[] }>('GET', `${SITE}/duty`)).people).toHaveLength(1);
    await page.getByTestId('duty-mine').click();
    await page.getByText('Nobody is on duty now').waitFor(LONG);
  });
});

describe('the report', () => {
  test('counts what was raised, says where there is not enough, and goes into a table', async () => {
    await press(button, [[0, 1]]);
    const open = async () => (await api<{ alerts: { id: string; kind: string }[] }>('GET', `${SITE}/alerts`)).alerts.find(({ kind }) => kind === 'feedback.negative');
    await expect.poll(async () => (await open())?.id, { timeout: 30_000 }).toBeDefined();
    const alert = (await open())!.id;
    await command(alert, 'claim');
    await command(alert, 'resolve', { cause: 'queue', outcome: 'helped' });
    const page = await signedIn();
    await page.goto(`${hub.origin}/report`);
    await page.getByTestId('period-week').click();
    const report = await api<{ total: { alerts: number } }>('GET', `${SITE}/reports/response?from=${Date.now() - 8 * 24 * HOUR}&to=${Date.now()}`);
    await page.getByTestId('report-alerts').getByText(String(report.total.alerts), { exact: true }).waitFor(LONG);
    expect(await page.getByTestId('report-caught').innerText()).toMatch(/not enough data\s+1 of 1/);
    expect(await page.getByTestId('report-claimed').innerText()).toContain('not enough data, n = 1');
    expect(await page.getByTestId('report-zone').innerText()).toContain('Hall');
    expect(await page.getByTestId('report-person').innerText()).toMatch(/\d:\d\d\s*\(1\)/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('report-csv').click()]);
    const table = readFileSync(await download.path(), 'utf8');
    expect(table.split('\r\n')[1]).toMatch(new RegExp(`^Total,Total,${report.total.alerts},`));
    expect(table).toContain('Unhappy visitor');
  });
});

describe('how a person is told', () => {
  test('the order is kept; what is not set up says so and cannot be tried', async () => {
    const page = await signedIn();
    await page.goto(`${hub.origin}/shifts`);
    await page.getByTestId('account').click();
    const email = page.getByTestId('channel-email');
    await email.getByText('Not set up on the server').waitFor(LONG);
    expect(await email.getByRole('button', { name: 'Test: E-mail' }).isDisabled()).toBe(true);
    const before = (await api<NotifyState>('GET', '/api/v1/notifications')).settings.order;
    await email.getByRole('switch').click();
    await expect.poll(async () => (await api<NotifyState>('GET', '/api/v1/notifications')).settings.order.includes('email')).toBe(!before.includes('email'));
  });

  test('a browser that was told to allow no notices says what to do instead of a button that does nothing', async () => {
    const page = await signedIn();
    await page.addInitScript({ content: "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })" });
    await page.goto(`${hub.origin}/shifts`);
    await page.getByTestId('account').click();
    await page.locator('[data-testid=push][data-state=blocked]').getByText('Notices are blocked for this site').waitFor(LONG);
    expect(await page.getByTestId('push-enable').count()).toBe(0);
  });

  test('this browser is switched on, stands in the list, and is gone when it is switched off', async () => {
    const devices = async () => (await api<NotifyState>('GET', '/api/v1/notifications')).devices;
    const page = await signedIn();
    await context.grantPermissions(['notifications']);
    await page.addInitScript({ content: pushServiceInside() });
    await page.goto(`${hub.origin}/shifts`);
    await page.getByTestId('account').click();
    await page.getByTestId('push-enable').click(LONG);
    await page.locator('[data-testid=push][data-state=on]').getByText('· this device').waitFor(LONG);
    expect(await devices()).toHaveLength(1);
    await page.reload();
    await page.getByTestId('account').click();
    await page.locator('[data-testid=push][data-state=on]').waitFor(LONG);
    await page.getByTestId('push-disable').click();
    await page.locator('[data-testid=push][data-state=off]').waitFor(LONG);
    expect(await devices()).toEqual([]);
  });
});

const PAGES = {
  rules: { at: '/rules', ready: '[data-testid=rule]' },
  'a rule': { at: '/rules/feedback-rate', ready: '[data-testid=preview][data-count]' },
  settings: { at: '/rules/settings', ready: '[data-testid=webhooks]' },
  shifts: { at: '/shifts', ready: '[data-testid=shifts]' },
  report: { at: '/report', ready: '[data-testid=report], [data-testid=report-empty]' },
} as const;

describe.each(['ru', 'en'])('in %s', (locale) => {
  beforeAll(async () => {
    const { people } = await api<{ people: { id: string }[] }>('GET', `${SITE}/people`);
    await api('POST', `${SITE}/shifts`, { name: 'Morning', days: [1, 2, 3, 4, 5], from: 540, to: 900, people: people.map(({ id }) => ({ user: id, role: 'floor', zones: ['hall'] })) });
    await api('POST', `${SITE}/shifts`, { name: 'Night', days: [5, 6], from: 1320, to: 360, people: [] });
  });

  describe.each(['tablet', 'phone'] as const)('on a %s', (screen) => {
    test('everything fits, can be touched, and has no serious fault for those who hear the page', async () => {
      const page = await signedIn(screen, locale);
      const found: Record<string, unknown> = {};
      for (const [name, { at, ready }] of Object.entries(PAGES)) {
        await page.goto(hub.origin + at);
        await page.locator(ready).first().waitFor(LONG);
        found[name] = await pageFaults(page);
      }
      await page.getByTestId('account').click();
      await page.getByTestId('how-told').waitFor(LONG);
      found['account'] = await pageFaults(page);
      expect(found).toEqual(Object.fromEntries([...Object.keys(PAGES), 'account'].map((name) => [name, CLEAN])));
    });
  });
});
