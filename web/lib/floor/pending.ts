import type { Actor } from '../../../contract/events.ts';
import type { Alert } from '../../../contract/alerts.ts';
import type { Command } from '../commands.ts';

/** An alert as the page shows it: with what this person just did, before the hub's event confirms it. */
export interface ShownAlert {
  alert: Alert;
  /** The command that has no answer yet; null when what is shown is the hub's word. */
  pending: Command['about']['action'] | null;
}

/** The hub's answer to a command, held against the stream until the stream has caught up. */
export interface Settled {
  alert: Alert;
  /** By then the stream has either confirmed it or knows better. Epoch ms. */
  until: number;
}

/** How long an answer outranks the stream: events travel within a tick, so this only covers a stumbling line. */
export const SETTLED_MS = 3_000;

const RANK = { high: 0, medium: 1, low: 2 } as const;

/**
 * The alerts that need someone, with pending commands and fresh answers laid over the stream. A resolved alert is
 * left out; a refused command leaves `commands`, and with it what it showed.
 */
export function shownAlerts(alerts: readonly Alert[], commands: readonly Command[], settled: ReadonlyMap<string, Settled>, me: Actor, now: number): ShownAlert[] {
  const shown: ShownAlert[] = [];
  for (const alert of alerts) {
    const answer = settled.get(alert.id);
    const base = answer && answer.until > now ? answer.alert : alert;
    const command = commands.findLast((one) => one.about.alert === alert.id);
    const laid = command ? applied(base, command, me) : base;
    if (laid.state !== 'resolved') shown.push({ alert: laid, pending: command?.about.action ?? null });
  }
  return shown.sort((a, b) => order(a.alert, me) - order(b.alert, me) || RANK[a.alert.severity] - RANK[b.alert.severity] || a.alert.since - b.alert.since);
}

/** Unclaimed alerts first, for they wait for anybody; then this person's own; then those in others' hands. */
function order(alert: Alert, me: Actor): number {
  if (alert.state === 'open') return 0;
  return alert.owner?.id === me.id ? 1 : 2;
}

function applied(alert: Alert, command: Command, me: Actor): Alert {
  switch (command.about.action) {
    case 'claim': return { ...alert, state: 'claimed', owner: me, claimedAt: command.at };
    case 'release': return { ...alert, state: 'open', owner: null, claimedAt: null };
    case 'resolve': return { ...alert, state: 'resolved', owner: me, resolvedAt: command.at };
  }
}

/** Open alerts that were not there at the last look: they ring. Nothing rings at the first look (`seen` is null). */
export function newAlerts(alerts: readonly Alert[], seen: ReadonlySet<string> | null): Alert[] {
  return seen === null ? [] : alerts.filter((alert) => alert.state === 'open' && !seen.has(alert.id));
}
