import { isFinal } from '../../../contract/alert-words.ts';
import type { Actor } from '../../../contract/events.ts';
import type { Alert, ResolveAlert, SnoozeAlert } from '../../../contract/alerts.ts';
import type { Command, CommandAction } from '../commands.ts';

/** An alert as the page shows it: with what this person just did, before the hub's event confirms it. */
export interface ShownAlert {
  alert: Alert;
  /** The command that has no answer yet; null when what is shown is the hub's word. */
  pending: CommandAction | null;
}

/** What the hub's answer to a command says of an alert, held against the stream until the stream has caught up. */
export interface Settled {
  alert: Partial<Alert>;
  /** By then the stream has either confirmed it or knows better. Epoch ms. */
  until: number;
}

/** How long an answer outranks the stream: events travel within a tick, so this only covers a stumbling line. */
export const SETTLED_MS = 3_000;
/** A refusal mostly comes after the network was away, when the stream may need some tries to come back. */
export const REFUSED_MS = 15_000;
const MINUTE = 60_000;
/** Stands in for the end of the shift until the hub says when that is. */
const SHIFT_GUESS_MS = 8 * 60 * MINUTE;

/**
 * The alerts that are not over, with pending commands and fresh answers laid over the stream, in the order given. What
 * ended is left out; a refused command leaves `commands`, and with it what it showed.
 */
export function shownAlerts(alerts: readonly Alert[], commands: readonly Command[], settled: ReadonlyMap<string, Settled>, me: Actor, now: number): ShownAlert[] {
  const byAlert = new Map<string, Command[]>();
  for (const command of commands) byAlert.set(command.about.alert, [...(byAlert.get(command.about.alert) ?? []), command]);
  const shown: ShownAlert[] = [];
  for (const alert of alerts) {
    const answer = settled.get(alert.id);
    const base = answer && answer.until > now ? { ...alert, ...answer.alert } : alert;
    const waiting = byAlert.get(alert.id) ?? [];
    const laid = waiting.reduce((before, command) => applied(before, command, me), base);
    if (!isFinal(laid.state)) shown.push({ alert: laid, pending: waiting.at(-1)?.about.action ?? null });
  }
  return shown;
}

function applied(alert: Alert, command: Command, me: Actor): Alert {
  const { at } = command;
  switch (command.about.action) {
    case 'claim': return { ...alert, state: 'claimed', owner: me, claimedAt: at, snoozedUntil: null };
    case 'depart': return { ...alert, state: 'on_the_way', owner: me, claimedAt: alert.claimedAt ?? at, departedAt: at, snoozedUntil: null };
    case 'release': return { ...alert, state: 'open', owner: null, claimedAt: null, departedAt: null, snoozedUntil: null };
    case 'snooze': return { ...alert, state: 'open', owner: null, claimedAt: null, departedAt: null, snoozedUntil: snoozeEnd(at, command.body as SnoozeAlert) };
    case 'resolve': return { ...alert, state: (command.body as ResolveAlert | undefined)?.as ?? 'resolved', owner: me, resolvedAt: at };
  }
}

function snoozeEnd(at: number, wish: SnoozeAlert): number {
  return at + (wish.for === 'shift' ? SHIFT_GUESS_MS : wish.for * MINUTE);
}
