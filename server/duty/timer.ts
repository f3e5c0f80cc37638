import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import type { DutyRepository } from './repository.ts';

const TICK_MS = 1_000;
/** Sites settled in one round; the others follow in the next. */
const SITES_A_ROUND = 200;
/** A clock that went back by more was set: what was due by the old time is looked at anew. */
const SET_BACK_MS = 5_000;

interface TimerDeps { store: Store; clock: Clock; repository: DutyRepository; settleSite(site: string): Promise<void>; onError(error: unknown): void }

/**
 * Settles sites whose time has come. Every hub looks each second; the times are in the store, so that whichever comes
 * first does it, and the others find it done.
 */
export function createDutyTimer({ store, clock, repository, settleSite, onError }: TimerDeps) {
  let timer: NodeJS.Timeout | undefined;
  let lastRound = clock();
  let running: Promise<void> = Promise.resolve();
  const background = new Set<Promise<void>>();

  async function settleAll(sites: readonly string[]): Promise<void> {
    for (const site of sites) {
      // One site's trouble must not keep the others waiting.
      try { await settleSite(site); } catch (error) { onError(error); }
    }
  }

  async function round(): Promise<void> {
    const now = clock();
    const setBack = now < lastRound - SET_BACK_MS;
    lastRound = now;
    await settleAll(await store.read((db) => (setBack ? repository.watched(db) : repository.due(db, now, SITES_A_ROUND))));
  }

  /** Rounds of one hub run one after another. */
  function tick(): Promise<void> {
    running = running.catch(() => undefined).then(round);
    return running;
  }

  return {
    tick,
    /** Settles the sites that `find` names, in the background. */
    soon(find: () => Promise<readonly string[]>): void {
      const work: Promise<void> = find().then(settleAll).catch(onError).finally(() => { background.delete(work); });
      background.add(work);
    },
    start(): void {
      timer ??= setInterval(() => { tick().catch(onError); }, TICK_MS);
      timer.unref();
    },
    /** Resolves when nothing is under way any more. */
    async stop(): Promise<void> {
      clearInterval(timer);
      timer = undefined;
      await running.catch(() => undefined);
      while (background.size > 0) await Promise.all(background);
    },
  };
}
