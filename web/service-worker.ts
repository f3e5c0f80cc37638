/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/// <reference types="@sveltejs/kit" />
import { build, files, version } from '$service-worker';
import { cachedPath, isAppPage } from './lib/kiosk/offline-rules.ts';

const worker = globalThis as unknown as ServiceWorkerGlobalScope;
const CACHE = `otklik-${version}`;
/** One page serves every address, so one copy of it starts every kiosk, camera and wall. */
const SHELL = '/index.html';
/** After this long the shop's network is as good as gone; the kept page is there at once. */
const PAGE_TIMEOUT_MS = 3_000;
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
    if (isAppPage(url.pathname)) event.respondWith(page(request));
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
