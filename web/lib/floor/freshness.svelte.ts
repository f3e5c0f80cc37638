import { version } from '$app/environment';
import { commands } from '../commands.svelte.ts';
import { hubHasOtherVersion } from '../kiosk/version.ts';
import { connection } from '../live/connection.ts';

const CHECK_MS = 10 * 60_000;
const LOOK_MS = 5_000;
/** Nobody is at the tablet after so long without a touch. */
const IDLE_MS = 60_000;
/** When this program last reloaded itself; without it, a hub that serves the old page for a while would make a loop. */
const RELOADED_KEY = 'otklik-reloaded';
const RELOAD_GAP_MS = 5 * 60_000;

/**
 * A tablet may start from what it kept, so it must notice that the hub serves another program. It reloads by itself as
 * soon as nobody is in the middle of something, and offers it before that.
 */
class Freshness {
  #stale = $state(false);
  #touchedAt = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Whether the hub serves another program than the one that runs. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Watches until the returned function is called. */
  watch(): () => void {
    const touched = () => { this.#touchedAt = Date.now(); };
    addEventListener('pointerdown', touched, { passive: true });
    addEventListener('keydown', touched);
    let wasLive = false;
    const stopLink = connection.onLink(() => {
      const isLive = connection.link.state === 'live';
      if (isLive && !wasLive) void this.check();
      wasLive = isLive;
    });
    const timer = setInterval(() => void this.check(), CHECK_MS);
    void this.check();
    return () => {
      removeEventListener('pointerdown', touched);
      removeEventListener('keydown', touched);
      stopLink();
      clearInterval(timer);
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  async check(): Promise<void> {
    if (this.#stale || !(await hubHasOtherVersion(version, fetch))) return;
    this.#stale = true;
    const registration = await navigator.serviceWorker?.getRegistration('/');
    registration?.update().catch((error: unknown) => console.info('the new service worker is not here yet', error));
    this.#timer ??= setInterval(() => {
      if (this.#mayReload()) this.reload();
    }, LOOK_MS);
  }

  reload(): void {
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
    location.reload();
  }

  #mayReload(): boolean {
    if (connection.link.state !== 'live' || commands.pending.length > 0 || document.querySelector('dialog[open]')) return false;
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_KEY) ?? 0) < RELOAD_GAP_MS) return false;
    return document.visibilityState !== 'visible' || Date.now() - this.#touchedAt > IDLE_MS;
  }
}

export const freshness = new Freshness();
