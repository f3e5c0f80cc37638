import { PRESENCE_MS } from '../../../contract/duty-words.ts';
import { post } from '../api.ts';

/** Tells the hub every half minute that this console is in sight. @returns a function that stops it. */
export function tellPresence(site: string): () => void {
  const tell = () => {
    if (document.visibilityState !== 'visible') return;
    // Told again in half a minute; the hub takes a missing word for what it is.
    post(`/sites/${site}/presence`).catch((error: unknown) => console.info('presence is not told', error));
  };
  tell();
  const timer = setInterval(tell, PRESENCE_MS);
  document.addEventListener('visibilitychange', tell);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tell);
  };
}
