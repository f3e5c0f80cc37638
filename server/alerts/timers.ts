import type { Clock } from '../core/clock.ts';
import { hubEvent, type NewEvent } from '../core/log/event.ts';
import { StoreUnavailable, type Store } from '../core/store/store.ts';
import { stateHeld, type AlertsRepository, type HeldAlert } from './repository.ts';
import { dueEvent, nextAt, type DueEvent } from './timers-due.ts';

/** How often a hub looks for alerts that are due. */
const LOOK_MS = 500;
/** Alerts taken from one look. */
const PAGE = 500;
/** More than this many are acted on together: one by one the last of them would come late. */
const FEW = 6;
/** Alerts in one transaction, which all others wait for. */
const TOGETHER = 50;
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

  const eventFor = ({ alert: { site, touchpoint } }: HeldAlert, { type, body }: DueEvent, now: number): NewEvent => hubEvent(site, type, now, body, { touchpoint });

  /** States what is due about one alert. Resolves to how many events that were. */
  function act(id: string): Promise<number> {
    return store.transaction(async (tx) => {
      const held = await repository.hold(tx.db, id);
      if (!held) return 0;
      const now = clock();
      const times = await repository.timesOf(tx.db, held);
      const due = dueEvent(times, now);
      if (due) await stateHeld(tx, repository, [{ held, event: eventFor(held, due, now) }]);
      // Somebody was faster, or the row was written by a hub that knew of no timers.
      else if (nextAt(times) !== held.row.nextAt || held.row.waitingSince === null) await repository.schedule(tx.db, held);
      return due ? 1 : 0;
    }, `alert ${id}`);
  }

  /** The same for several alerts in one transaction. Without a scope: it is one unit for whatever else is done with them. */
  function actTogether(ids: readonly string[]): Promise<number> {
    return store.transaction(async (tx) => {
      const now = clock();
      const stated: { held: HeldAlert; event: NewEvent }[] = [];
      for (const held of await repository.holdDue(tx.db, ids, now)) {
        const due = dueEvent(await repository.timesOf(tx.db, held), now);
        if (due) stated.push({ held, event: eventFor(held, due, now) });
      }
      await stateHeld(tx, repository, stated);
      return stated.length;
    });
  }

  /** One by one, so that one which cannot be acted on costs the others nothing. */
  async function actEach(ids: readonly string[]): Promise<number> {
    let stated = 0;
    for (const id of ids) {
      try {
        const count = await act(id);
        stated += count;
        failed.delete(id);
      } catch (error) {
        if (isAway(error)) throw error;
        failed.set(id, performance.now() + AGAIN_MS);
        onError(error, `the timer of alert ${id}`);
      }
    }
    return stated;
  }

  /** Acts on all of them. @throws StoreUnavailable when the store is away: all of them would only fail. */
  async function actOn(ids: readonly string[]): Promise<number> {
    if (ids.length <= FEW) return actEach(ids);
    let stated = 0;
    for (let from = 0; from < ids.length; from += TOGETHER) {
      const part = ids.slice(from, from + TOGETHER);
      const count = await actTogether(part).catch((error: unknown) => {
        if (isAway(error)) throw error;
        return actEach(part);
      });
      stated += count;
    }
    return stated;
  }

  /** Alerts from before there were timers get theirs. */
  async function adopt(): Promise<void> {
    for (let ids = await repository.forgotten(PAGE); ids.length > 0 && !adopted; ids = await repository.forgotten(PAGE)) {
      const tried = failed.size;
      await actEach(ids);
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
