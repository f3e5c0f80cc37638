import type { Alert } from '../../../contract/alerts.ts';
import type { ApiError } from '../api.ts';
import { commands } from '../commands.svelte.ts';
import type { Command, CommandAction, CommandResult } from '../commands.ts';
import { live } from '../live/live.svelte.ts';
import { notices } from '../notices.svelte.ts';
import { session } from '../session.svelte.ts';
import { REFUSED_MS, SETTLED_MS, type Settled } from './pending.ts';
import { standingOf } from './refusal.ts';

/** A refusal stands long enough to be read by somebody who was walking. */
const REFUSAL_MS = 20_000;

/** What this person does with alerts, and what came of it, on every page and also after a reload. */
class Actions {
  #settled = $state.raw<ReadonlyMap<string, Settled>>(new Map());

  constructor() {
    commands.onResult((command, result) => this.#answered(command, result));
  }

  /** The hub's answers that the stream has not confirmed yet. */
  get settled(): ReadonlyMap<string, Settled> {
    return this.#settled;
  }

  /** Sends a command about an alert, now or when the network is back. Refusals are told by themselves. */
  send(alert: string, action: CommandAction, place: string, body?: unknown): Promise<CommandResult> {
    return commands.send(alert, action, place, body);
  }

  #answered(command: Command, result: CommandResult): void {
    const { alert } = command.about;
    if (!result.ok) return void this.#refused(command, result.error);
    const answer = result.reply as Alert | undefined;
    if (answer?.id !== alert) return;
    this.#settle(alert, answer, SETTLED_MS);
  }

  #settle(id: string, alert: Partial<Alert>, ms: number): void {
    this.#settled = new Map([...this.#settled].filter(([, one]) => one.until > live.now)).set(id, { alert, until: live.now + ms });
  }

  async #refused(command: Command, error: ApiError): Promise<void> {
    const standing = standingOf(error);
    // Else the card would stand there as if it waited, and call again, until the stream is back.
    if (standing) this.#settle(command.about.alert, standing, REFUSED_MS);
    const timezone = session.site?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    // Loaded with every page of the console; only asked for here so that it is not loaded before the page.
    const { refusalText } = await import('./conflict.ts');
    notices.say(refusalText(command, error, timezone), 'warn', REFUSAL_MS);
  }
}

export const actions = new Actions();
