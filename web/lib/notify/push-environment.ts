import { dev } from '$app/environment';
import { get, post, remove } from '../api.ts';
import { session } from '../session.svelte.ts';

const KEPT_KEY = 'otklik-push';

/** What switching notices on needs of the browser and the hub, so that it can be tried without either. */
export interface PushEnvironment {
  /** Whether the page is one that browsers trust with notices. */
  readonly secure: boolean;
  /** Whether the browser knows service workers, push messages and notices. */
  readonly capable: boolean;
  /** An iPad or iPhone that shows the page in a tab. */
  readonly needsInstall: boolean;
  /** Who is signed in. */
  user(): string | undefined;
  permission(): NotificationPermission;
  askPermission(): Promise<NotificationPermission>;
  /** The service worker, if there is one already. */
  registration(): Promise<ServiceWorkerRegistration | undefined>;
  /** The service worker, installed if need be and ready to be told. */
  register(): Promise<ServiceWorkerRegistration>;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  remove(path: string): Promise<void>;
  load(): string | null;
  save(text: string | null): void;
}

/** An iPad since iPadOS 13 calls itself a Mac; no Mac has a touch screen. */
function isAppleTablet(): boolean {
  return /iPad|iPhone/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

export function browserPush(): PushEnvironment {
  const capable = 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
  return {
    secure: globalThis.isSecureContext,
    capable,
    needsInstall: isAppleTablet() && !capable && !globalThis.matchMedia('(display-mode: standalone)').matches,
    user: () => session.me?.user?.id,
    permission: () => Notification.permission,
    askPermission: () => Notification.requestPermission(),
    registration: () => navigator.serviceWorker.getRegistration('/'),
    register: async () => {
      await navigator.serviceWorker.register('/service-worker.js', { type: dev ? 'module' : 'classic' });
      return navigator.serviceWorker.ready;
    },
    get,
    post,
    remove,
    load: () => localStorage.getItem(KEPT_KEY),
    save: (text) => (text === null ? localStorage.removeItem(KEPT_KEY) : localStorage.setItem(KEPT_KEY, text)),
  };
}
