import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { HubProcess } from '../server/testing/hub-process.ts';
import { startProxy, type Proxy } from '../server/testing/proxy.ts';
import { ADMIN } from '../server/testing/whole-hub.ts';
import { Child, percentile } from './lib/child.ts';
import { nextId } from './lib/ids.ts';
import { atMost, type Row } from './lib/rows.ts';

const WEB = path.join(import.meta.dirname, '..', 'build', 'web');
const CHROMIUM = process.env['OTKLIK_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const PRESSES = 60;
const PER_SECOND = 50;
/** Other places of the floor, on which the fifty presses a second are made. */
const BUSY_PLACES = 20;
/** How long a tablet is without network; ten minutes when it is wanted. */
const OUTAGE_MS = Number(process.env['OTKLIK_BENCH_OUTAGE_S'] ?? 60) * 1000;
const WAIT = { timeout: 30_000 };

/** Runs in the page: when each card, and each state of it, first stood there. */
const WATCH = `(() => {
  const seen = window.seenCards = {};
  const look = () => {
    for (const card of document.querySelectorAll('[data-testid=alert-card]')) {
      const place = /measured-\\d+/.exec(card.textContent)?.[0];
      if (place === undefined) continue;
      seen[place] ??= Date.now();
      seen[place + ' ' + card.dataset.state] ??= Date.now();
      seen[place + ' id'] ??= card.dataset.alert;
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-state'] });
  look();
})()`;

interface Floor { hub: HubProcess; cookie: string; button: string; measured: string[]; busy: string[] }

async function setUp(): Promise<Floor> {
  const hub = await HubProcess.create({ OTKLIK_WEB_DIR: WEB });
  await hub.start();
  const cookie = await hub.signIn();
  const api = (method: string, route: string, body: object) => hub.api(cookie, method, `/api/v1${route}`, body);
  await api('POST', '/sites', { id: 'bench', name: 'Bench', timezone: 'UTC' });
  const place = async (id: string): Promise<string> => { await api('POST', '/sites/bench/touchpoints', { id, name: id }); return id; };
  const measured: string[] = [];
  const busy: string[] = [];
  for (let i = 0; i < PRESSES; i++) measured.push(await place(`measured-${i}`));
  for (let i = 0; i < BUSY_PLACES; i++) busy.push(await place(`busy-${i}`));
  const button = (await api('POST', '/sites/bench/devices', { kind: 'button', name: 'Button', touchpoint: busy[0] }))['token'] as string;
  return { hub, cookie, button, measured, busy };
}

async function tablet(browser: Browser, origin: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', serviceWorkers: 'block' })).newPage();
  await page.goto(`${origin}/signin`);
  await page.getByTestId('signin-email').fill(ADMIN.email);
  await page.getByTestId('signin-password').fill(ADMIN.password);
  await page.getByTestId('signin-submit').click();
  await page.getByTestId('floor').waitFor(WAIT);
  await page.evaluate(WATCH);
  return page;
}

/** When the page first had this card (in this state), epoch ms. */
async function seen<T = number>(page: Page, key: string): Promise<T> {
  for (const until = Date.now() + WAIT.timeout; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 25))) {
    const at = await page.evaluate<T | null>(`window.seenCards[${JSON.stringify(key)}] ?? null`);
    if (at !== null) return at;
  }
  throw new Error(`the page never had the card ${key}`);
}

const cardsOf = (page: Page): Promise<string[]> => page.evaluate("[...document.querySelectorAll('[data-testid=alert-card]')].map((card) => card.dataset.alert).sort()");

/** Alerts that are not over, newest first. */
const wanted = async (floor: Floor): Promise<string[]> => (await floor.hub.api(floor.cookie, 'GET', '/api/v1/sites/bench/alerts?limit=200') as { alerts: { id: string }[] }).alerts.map(({ id }) => id);

async function press(floor: Floor, touchpoint: string): Promise<void> {
  const id = nextId();
  const response = await fetch(`${floor.hub.origin}/api/v1/events`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${floor.button}` },
    body: JSON.stringify({ events: [{ id, type: 'feedback.rated', site: 'bench', at: Date.now(), touchpoint, body: { value: 1, scale: 4 } }] }),
  });
  if (!response.ok) throw new Error(`the press was refused: ${response.status} ${await response.text()}`);
}

async function command(floor: Floor, alert: string, what: string, body?: object): Promise<void> {
  const response = await fetch(`${floor.hub.origin}/api/v1/alerts/${alert}/${what}`, {
    method: 'POST', headers: { origin: floor.hub.origin, cookie: floor.cookie, 'idempotency-key': nextId(), ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${what} was refused: ${response.status} ${await response.text()}`);
}

/** Press → card on the second tablet, claim at the first → owner on the second; with a busy floor. */
async function journeys(floor: Floor, first: Page, second: Page): Promise<Row[]> {
  const cards: number[] = [];
  const claims: number[] = [];
  for (const place of floor.measured) {
    const pressed = Date.now();
    await press(floor, place);
    cards.push(await seen(second, place) - pressed);
    const alert = await seen<string>(first, `${place} id`);
    const claimed = Date.now();
    await first.locator(`[data-alert="${alert}"] [data-testid=alert-claim]`).click(WAIT);
    claims.push(await seen(second, `${place} claimed`) - claimed);
    await command(floor, alert, 'resolve', { cause: 'queue' });
  }
  const suite = `two tablets, ${PER_SECOND} presses/s`;
  return [
    { suite, what: 'press → card on the second tablet, p50', value: percentile(cards, 0.5), unit: 'ms' },
    atMost(suite, 'press → card on the second tablet, p95', percentile(cards, 0.95), 'ms', 1000),
    { suite, what: 'claim by a finger → seen on the other tablet, p50', value: percentile(claims, 0.5), unit: 'ms' },
    atMost(suite, 'claim by a finger → seen on the other tablet, p95', percentile(claims, 0.95), 'ms', 1000),
  ];
}

/** A tablet loses its network while alerts come and go; afterwards it shows what the hub has, each once. */
async function outage(floor: Floor, away: Page, line: Proxy): Promise<Row[]> {
  line.refuse();
  const until = Date.now() + OUTAGE_MS;
  let pressed = 0;
  while (Date.now() < until) {
    await press(floor, floor.measured[pressed % PRESSES]!);
    pressed += 1;
    const newest = (await wanted(floor))[0];
    if (pressed % 2 === 0 && newest !== undefined) await command(floor, newest, 'resolve', { as: 'false' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  line.allow();
  const back = Date.now();
  let shown: string[] = [];
  let there: string[] = [];
  // The list draws its first cards only and counts them all.
  let counted = 0;
  while (Date.now() - back < 40_000) {
    [shown, there] = [await cardsOf(away), (await wanted(floor)).sort()];
    counted = Number(await away.evaluate<string>("document.querySelector('[data-testid=alert-count]').textContent"));
    if (counted === there.length && shown.every((id) => there.includes(id))) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const took = Date.now() - back;
  const suite = `tablet ${OUTAGE_MS / 1000} s without network, ${pressed} presses meanwhile`;
  return [
    atMost(suite, 'alerts that it does not show afterwards', Math.abs(there.length - counted), 'alerts', 0),
    atMost(suite, 'alerts that it shows twice or that are over', shown.length - new Set(shown.filter((id) => there.includes(id))).size, 'alerts', 0),
    { suite, what: 'back at the hub\'s state after', value: took, unit: 'ms' },
  ];
}

/** Two tablets in a real browser, from the press to the card and from one finger to the other screen. */
export async function alertsBench(): Promise<Row[]> {
  if (!fs.existsSync(path.join(WEB, 'index.html'))) throw new Error('build the web first: npm run build:web');
  const floor = await setUp();
  const line = await startProxy(floor.hub.origin);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const sender = new Child('sender.ts');
  try {
    const first = await tablet(browser, floor.hub.origin);
    const second = await tablet(browser, line.url.replace(/\/$/, ''));
    const busy = { port: floor.hub.port, token: floor.button, touchpoints: floor.busy, perSecond: PER_SECOND };
    const background = sender.ask<number>('busy', { ...busy, ms: 90_000 });
    const [rows] = await Promise.all([journeys(floor, first, second), background]);
    return [...rows, ...await outage(floor, second, line)];
  } finally {
    await Promise.all([browser.close(), sender.end()]);
    await line.stop();
    await floor.hub.dispose();
  }
}
