import { dev } from '$app/environment';
import type { Exclusive } from './outbox.ts';

/**
 * Runs work while no other tab of this browser runs work of the same name. Where the browser has no locks (plain
 * HTTP in a local network) it just runs: two senders cost only duplicates, which the hub knows by their ids.
 */
export function exclusiveBy(name: string): Exclusive {
  return async (work) => {
    if (!('locks' in navigator)) return work();
    await navigator.locks.request(name, work);
  };
}

/** Keeps the screen on while the page is looked at. @returns a function that ends it. */
export function keepAwake(): () => void {
  let held: WakeLockSentinel | null = null;
  let ended = false;
  const ask = async () => {
    if (ended || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (ended) await lock.release();
      else held = lock;
    } catch (error) {
      // Refused while the battery is low, for example; the next look at the page asks again.
      console.info('the screen may go dark', error);
    }
  };
  const onVisible = () => { void ask(); };
  document.addEventListener('visibilitychange', onVisible);
  void ask();
  return () => {
    ended = true;
    document.removeEventListener('visibilitychange', onVisible);
    void held?.release();
  };
}

/** Calls back when the network or the person comes back. @returns a function that ends it. */
export function onReturn(wake: () => void): () => void {
  const visible = () => { if (document.visibilityState === 'visible') wake(); };
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', visible);
  return () => {
    removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', visible);
  };
}

/** Shows the page in one look whatever the person prefers elsewhere. @returns a function that restores it. */
export function forceTheme(theme: 'light' | 'dark'): () => void {
  const root = document.documentElement;
  const before = root.dataset['theme'];
  root.dataset['theme'] = theme;
  return () => { if (before !== undefined) root.dataset['theme'] = before; };
}

/** Lets the page start without the hub. Browsers allow it only in secure places. */
export async function installOffline(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/service-worker.js', { type: dev ? 'module' : 'classic' });
    // Presses must not be evicted when the device runs short of space.
    await navigator.storage?.persist();
  } catch (error) {
    console.warn('this page will not start without the hub', error);
  }
}
