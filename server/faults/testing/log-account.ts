import { setTimeout as delay } from 'node:timers/promises';
import type { AnyEvent } from '../../../contract/index.ts';

/** What a log says of the events that senders hold for delivered. All but `events` and `alerts` must be 0. */
export interface LogAccount {
  events: number;
  alerts: number;
  /** Acknowledged and not in the log. */
  lost: number;
  /** In the log more than once. */
  doubled: number;
  /** Places where offsets do not count 1, 2, 3 … */
  holes: number;
  /** Places where `received` is less than before. */
  backwards: number;
  /** Presses of the worst face without an alert, and alerts beyond the first. */
  wrongAlerts: number;
}

export const NOTHING_WRONG = { lost: 0, doubled: 0, holes: 0, backwards: 0, wrongAlerts: 0 } as const;

export const worstPresses = (log: readonly AnyEvent[]): string[] => log.filter((event) => event.type === 'feedback.rated' && event.body.value === 1).map(({ id }) => id);

/** Alerts about single presses by the log, in its order: which alert, and which press. */
export const pressAlerts = (log: readonly AnyEvent[]): { alert: string; source: string }[] =>
  log.flatMap((event) => (event.type === 'alert.opened' && event.body.kind === 'feedback.negative' ? [event.body] : []));
const alertSources = (log: readonly AnyEvent[]): string[] => pressAlerts(log).map(({ source }) => source);

const beyondFirst = (ids: readonly string[]): number => ids.length - new Set(ids).size;

/** Compares the log with what was acknowledged. */
export function accountOf(log: readonly AnyEvent[], acknowledged: ReadonlySet<string>): LogAccount {
  const ids = log.map(({ device, id }) => `${device} ${id}`);
  const present = new Set(log.map(({ id }) => id));
  const sources = alertSources(log);
  const worst = worstPresses(log);
  const reacted = new Set(sources);
  return {
    events: log.length,
    alerts: sources.length,
    lost: [...acknowledged].filter((id) => !present.has(id)).length,
    doubled: beyondFirst(ids),
    holes: log.filter(({ offset }, i) => offset !== i + 1).length,
    backwards: log.filter(({ received }, i) => i > 0 && received < log[i - 1]!.received).length,
    wrongAlerts: worst.filter((id) => !reacted.has(id)).length + beyondFirst(sources) + [...reacted].filter((id) => !worst.includes(id)).length,
  };
}

/** Reads the log until it has an alert for every press of the worst face, or the time is over; resolves to the last reading. */
export async function readWithAlerts(read: () => Promise<AnyEvent[]>, ms = 15_000): Promise<AnyEvent[]> {
  for (const until = performance.now() + ms; ; await delay(100)) {
    const log = await read();
    if (alertSources(log).length >= worstPresses(log).length || performance.now() > until) return log;
  }
}

/** Resolves once `holds`. @throws when it does not within `ms` */
export async function when(what: string, ms: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const until = performance.now() + ms; !await holds(); await delay(20)) {
    if (performance.now() > until) throw new Error(`not within ${ms} ms: ${what}`);
  }
}
