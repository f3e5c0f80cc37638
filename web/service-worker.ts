/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/// <reference types="@sveltejs/kit" />
import { build, files, version } from '$service-worker';
import { claimKey, claimTrouble, noticeOf, readPush, type ClaimAnswer, type NoticeData } from './lib/floor/push-notice.ts';
import { cachedPath, isAppPage, isConsolePage } from './lib/kiosk/offline-rules.ts';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = `otklik-${version}`;
/** One page serves every address, so one copy of it starts every kiosk, camera, wall and the console. */
const SHELL = '/index.html';
/** After this long the shop's network is as good as gone; the kept page is there at once. */
const PAGE_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const ASSETS = [...build, ...files];

worker.addEventListener('install', (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(ASSETS);
    await cache.put(SHELL, await freshPage('/kiosk'));
    await worker.skipWaiting();
  };
  event.waitUntil(keep());
});

worker.addEventListener('activate', (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name.startsWith('otklik-') && name !== CACHE) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(clean());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (isAppPage(url.pathname) || isConsolePage(url.pathname)) event.respondWith(page(request));
  } else if (cachedPath(url.pathname, ASSETS)) {
    event.respondWith(asset(request, url.pathname));
  }
});

async function freshPage(path: string): Promise<Response> {
  const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || response.redirected || !type.startsWith('text/html')) throw new TypeError(`the hub answered ${response.status} ${type}`);
  return response;
}

/** What the hub serves, always first; a page that had to start from here renews itself once the hub is back. */
async function page(request: Request): Promise<Response> {
  try {
    return await freshPage(request.url);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match(SHELL);
    if (kept) return kept;
    throw error;
  }
}

async function asset(request: Request, path: string): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(path);
  return kept ?? fetch(request);
}

worker.addEventListener('push', (event) => {
  const payload = readPush(jsonOf(event.data));
  if (!payload) return;
  const { title, options } = noticeOf(payload);
  const show = async () => {
    await worker.registration.showNotification(title, options);
    for (const client of await consoles()) client.postMessage({ t: 'pushed' });
    await confirm(payload.receipt);
  };
  event.waitUntil(show());
});

worker.addEventListener('notificationclick', (event) => {
  const { notification, action } = event;
  const data = notification.data as NoticeData;
  notification.close();
  event.waitUntil(action === 'claim' && data.alert !== null ? claim(notification.title, notification.tag, data, data.alert) : open(data));
});

worker.addEventListener('pushsubscriptionchange', (raw) => {
  const event = raw as ExtendableEvent & { oldSubscription?: PushSubscription | null; newSubscription?: PushSubscription | null };
  event.waitUntil(renewSubscription(event.newSubscription ?? null, event.oldSubscription ?? null));
});

function jsonOf(data: PushMessageData | null): unknown {
  try {
    return data?.json();
  } catch (error) {
    console.warn('a push message is no JSON', error);
    return null;
  }
}

/** Tells the hub that the notice is on the screen; without it the hub tries another way to reach the person. */
async function confirm(receipt: string): Promise<void> {
  try {
    await fetch(`/api/v1/notifications/receipts/${encodeURIComponent(receipt)}`, { method: 'POST', credentials: 'omit', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  } catch (error) {
    console.warn('the receipt is not confirmed', error);
  }
}

async function claim(title: string, tag: string, data: NoticeData, alert: string): Promise<void> {
  const answer = await sendClaim(alert, claimKey(data.receipt));
  const trouble = claimTrouble(answer, data.language, (at) => new Date(at).toLocaleTimeString(data.language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }));
  if (trouble === null) return open(data);
  await worker.registration.showNotification(title, { body: trouble, tag, icon: '/icons/otklik-192.png', badge: '/icons/otklik-192.png', data });
}

async function sendClaim(alert: string, key: string): Promise<ClaimAnswer> {
  try {
    const response = await fetch(`/api/v1/alerts/${encodeURIComponent(alert)}/claim`, { method: 'POST', headers: { 'idempotency-key': key, accept: 'application/json' }, credentials: 'same-origin', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, body: isJson ? ((await response.json()) as unknown) : null };
  } catch (error) {
    console.warn('the claim did not reach the hub', error);
    return 'offline';
  }
}

/** Windows of the console; kiosks and walls of the same browser are left alone. */
async function consoles(): Promise<readonly WindowClient[]> {
  const clients = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return clients.filter((client) => isConsolePage(new URL(client.url).pathname));
}

/** Brings the console to the front, at the alert. */
async function open({ url, alert }: NoticeData): Promise<void> {
  const target = alert === null ? url : `/floor?alert=${encodeURIComponent(alert)}`;
  const client = (await consoles())[0];
  if (!client) return void (await worker.clients.openWindow(target));
  client.postMessage({ t: 'open', alert });
  try {
    await client.focus();
  } catch (error) {
    // Some browsers give no focus to a window that they put to sleep.
    console.info('the window stays behind', error);
    await worker.clients.openWindow(target);
  }
}

/** The browser has changed the address at which it takes push messages; without telling the hub they would stop silently. */
async function renewSubscription(renewed: PushSubscription | null, old: PushSubscription | null): Promise<void> {
  const key = old?.options.applicationServerKey;
  const subscription = renewed ?? (key ? await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }) : null);
  if (!subscription) return;
  await fetch('/api/v1/notifications/subscriptions', { method: 'POST', headers: { 'content-type': 'application/json' }, credentials: 'same-origin', body: JSON.stringify(subscription.toJSON()), signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
}
