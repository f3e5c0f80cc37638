import type { Clock } from '../core/clock.ts';
import { hubEvent } from '../core/log/event.ts';
import { StoreUnavailable, type Store } from '../core/store/store.ts';
import { stateAlert, type AlertsRepository } from './repository.ts';
import { dueEvent, nextAt } from './timers-due.ts';

/** How often a hub looks for alerts that are due. */
const LOOK_MS = 500;
/** Alerts taken from one look, and how many are acted on side by side. */
const PAGE = 500;
const AT_ONCE = 6;
/** An alert that cannot be acted on is tried again after so long, so that it neither stops the others nor fills the log. */
const AGAIN_MS = 30_000;

export interface AlertTimersDeps {
  store: Store;
  clock: Clock;
  repository: AlertsRepository;
  /** Told of what is a fault of the hub's own; that the store is away is not. */
  onError(error: unknown, where: string): void;
}

export interface AlertTimers {
  start(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
  /** States everything that is due now and resolves to how many events that were; for tests, and what `start` repeats. */
  look(): Promise<number>;
}

/** The query builder wraps the store's own refusal into its error. */
const isAway = (error: unknown): boolean => error instanceof StoreUnavailable || (error instanceof Error && error.cause instanceof StoreUnavailable);

/**
 * Escalates, puts back and expires alerts. When is written in each alert's row, so that it happens however often hubs
 * start and end, late rather than never; and each time is looked at again by the hub that holds the row, so that it
 * happens once, whichever of several hubs comes first.
 */
export function createAlertTimers({ store, clock, repository, onError }: AlertTimersDeps): AlertTimers {
  const failed = new Map<string, number>();
  let adopted = false;
  let stopped = true;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  /** States what is due about one alert. Resolves to how many events that were. */
  function act(id: string): Promise<number> {
    return store.transaction(async (tx) => {
      const held = await repository.hold(tx.db, id);
      if (!held) return 0;
      const times = await repository.timesOf(tx.db, held);
      const due = dueEvent(times, clock());
      if (due) {
        const { site, touchpoint } = held.alert;
        await stateAlert(tx, repository, hubEvent(site, due.type, clock(), due.body, { touchpoint }), held);
        return 1;
      }
      // Somebody was faster, or the row was written by a hub that knew of no timers.
      if (nextAt(times) !== held.row.nextAt || held.row.waitingSince === null) await repository.schedule(tx.db, held);
      return 0;
    }, `alert ${id}`);
  }

  /** Acts on all of them, some side by side. Ends at once when the store is away: all of them would only fail. */
  async function actOn(ids: readonly string[]): Promise<number> {
    const left = [...ids];
    let stated = 0;
    let away: unknown;
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        try {
          stated += await act(id);
          failed.delete(id);
        } catch (error) {
          if (isAway(error)) { away ??= error; left.length = 0; continue; }
          failed.set(id, performance.now() + AGAIN_MS);
          onError(error, `the timer of alert ${id}`);
        }
      }
    }));
    if (away !== undefined) throw away;
    return stated;
  }

  /** Alerts from before there were timers get theirs. */
  async function adopt(): Promise<void> {
    for (let ids = await repository.forgotten(PAGE); ids.length > 0 && !adopted; ids = await repository.forgotten(PAGE)) {
      const tried = failed.size;
      await actOn(ids);
      if (failed.size > tried) break;
    }
    adopted = true;
  }

  async function look(): Promise<number> {
    if (!adopted) await adopt();
    for (let stated = 0; ;) {
      const now = performance.now();
      for (const [id, again] of failed) if (again <= now) failed.delete(id);
      const due = await repository.due(clock(), PAGE + failed.size);
      const ids = due.filter((id) => !failed.has(id));
      // Hubs that begin at different places seldom come to the same alert.
      const from = store.shared ? Math.floor(Math.random() * ids.length) : 0;
      stated += await actOn([...ids.slice(from), ...ids.slice(0, from)]);
      if (ids.length < PAGE) return stated;
    }
  }

  function lookLater(): void {
    timer = setTimeout(() => {
      looking = look().then(() => undefined, (error: unknown) => { if (!isAway(error)) onError(error, 'looking for alerts that are due'); })
        .finally(() => { if (!stopped) lookLater(); });
    }, LOOK_MS);
    timer.unref();
  }

  return {
    look,
    start() {
      if (!stopped) return;
      stopped = false;
      lookLater();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
