import type { Severity, Tone } from '../../../contract/alert-words.ts';
import type { Alert } from '../../../contract/alerts.ts';
import { isWaiting, rankOf } from './inbox.ts';

/** What is to be heard: which class of alert, and how pressing. */
export interface Signal {
  tone: Tone;
  severity: Severity;
}

/** No two tones within this time: in a storm one hears which is the worst, not noise. */
export const SIGNAL_GAP_MS = 2_000;
/** An urgent alert that nobody has taken is heard again after this. */
export const REPEAT_MS = 20_000;

/** What is remembered of an alert between looks; anything that gets worse is heard again. */
interface Look {
  waiting: boolean;
  rank: number;
  step: number;
}

/** What a look at the alerts brought. */
export interface News {
  /** Alerts that have just come, come back or got worse. */
  fresh: Alert[];
  /** The worst that waits and must be heard until somebody takes it. */
  urgent: Alert | null;
}

/** Remembers alerts from look to look and says which of them are news. Nothing is news at the first look. */
export class Watch {
  #looks: Map<string, Look> | null = null;

  look(alerts: readonly Alert[], now: number): News {
    const before = this.#looks;
    const looks = new Map<string, Look>();
    const fresh: Alert[] = [];
    let urgent: Alert | null = null;
    for (const alert of alerts) {
      const look = { waiting: isWaiting(alert, now), rank: rankOf(alert.severity), step: alert.step };
      looks.set(alert.id, look);
      if (before && look.waiting && isWorse(look, before.get(alert.id))) fresh.push(alert);
      // The newest, for it is the one that nobody has seen yet.
      if (look.waiting && alert.severity === 'urgent' && (urgent === null || alert.openedAt > urgent.openedAt)) urgent = alert;
    }
    this.#looks = looks;
    return { fresh, urgent };
  }

  /** Begins anew: another site's alerts are looked at. */
  forget(): void {
    this.#looks = null;
  }
}

function isWorse(now: Look, before: Look | undefined): boolean {
  return !before || !before.waiting || now.rank < before.rank || now.step > before.step;
}

/** Lets through one tone at a time: the most pressing of what came, never more often than `SIGNAL_GAP_MS`. */
export class SignalGate {
  #waiting: Signal | null = null;
  #playedAt = Number.NEGATIVE_INFINITY;
  #urgent: Signal | null = null;
  #urgentHeardAt = Number.NEGATIVE_INFINITY;

  /** Puts a tone in line; a milder one gives way, an equal one that came first stays. */
  offer(signal: Signal): void {
    if (this.#waiting === null || rankOf(signal.severity) < rankOf(this.#waiting.severity)) this.#waiting = signal;
  }

  /** What repeats until somebody takes it; null stops it at once. */
  repeat(signal: Signal | null): void {
    this.#urgent = signal;
    if (signal === null && this.#waiting?.severity === 'urgent') this.#waiting = null;
  }

  /** The tone to play at `now`, if any. */
  take(now: number): Signal | null {
    if (now < this.#playedAt + SIGNAL_GAP_MS) return null;
    if (this.#urgent && now >= this.#urgentHeardAt + REPEAT_MS) this.offer(this.#urgent);
    const signal = this.#waiting;
    if (!signal) return null;
    this.#waiting = null;
    this.#playedAt = now;
    if (signal.severity === 'urgent') this.#urgentHeardAt = now;
    return signal;
  }

  /** When to ask again; null when nothing is in line. */
  nextAt(): number | null {
    const free = this.#playedAt + SIGNAL_GAP_MS;
    if (this.#waiting) return free;
    return this.#urgent ? Math.max(free, this.#urgentHeardAt + REPEAT_MS) : null;
  }
}
