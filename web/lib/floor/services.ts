import { goto } from '$app/navigation';
import { installOffline } from '../kiosk/browser.ts';
import { connection } from '../live/connection.ts';
import { freshness } from './freshness.svelte.ts';

/** What the service worker says to open pages. */
type WorkerMessage = { t: 'pushed' } | { t: 'open'; alert: string | null };

/** What the console does beside its pages: starts without the hub, renews itself, hears the service worker. @returns a function that ends it. */
export function startServices(): () => void {
  void installOffline();
  const onMessage = (event: MessageEvent<WorkerMessage | null>) => {
    if (event.data?.t === 'pushed') connection.hurry();
    if (event.data?.t === 'open') void goto(event.data.alert === null ? '/floor' : `/floor?alert=${encodeURIComponent(event.data.alert)}`);
  };
  navigator.serviceWorker?.addEventListener('message', onMessage as EventListener);
  const stopWatching = freshness.watch();
  return () => {
    navigator.serviceWorker?.removeEventListener('message', onMessage as EventListener);
    stopWatching();
  };
}
