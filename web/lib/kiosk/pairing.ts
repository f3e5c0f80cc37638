import { LIMITS } from '../../../contract/limits.ts';
import type { DeviceKind } from '../../../contract/events.ts';
import type { Pairing, PairingState } from '../../../contract/places.ts';
import { backoffMs } from '../../../contract/live.ts';
import type { Clock } from './clock.ts';
import type { Answer, Call } from './device-api.ts';

/**
 * Where a device stands on its way in: it asks for a code, shows it until somebody confirms, and gets its token.
 * `reachable: false` means that the last try found no hub; a code that is shown stays on the screen then.
 */
export type PairingView =
  | { at: 'asking'; reachable: boolean; renewed: boolean; failures: number }
  | { at: 'showing'; code: string; secret: string; pollMs: number; reachable: boolean; failures: number }
  | { at: 'paired'; device: string; token: string };

/** What happened: an answer to the request for a code, an answer to a poll, or the code's time is over. */
export type PairingEvent =
  | { was: 'asked'; answer: Answer }
  | { was: 'polled'; answer: Answer }
  | { was: 'expired' };

export const START: PairingView & { at: 'asking' } = { at: 'asking', reachable: true, renewed: false, failures: 0 };

function field<T>(value: unknown, name: string, is: (found: unknown) => found is T): T | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as Record<string, unknown>)[name];
  return is(found) ? found : undefined;
}
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A pairing as the hub describes it; undefined when the body is something else. */
export function readPairing(body: unknown): Pick<Pairing, 'code' | 'secret' | 'pollMs'> | undefined {
  const code = field(body, 'code', isText);
  const secret = field(body, 'secret', isText);
  const pollMs = field(body, 'pollMs', isNumber) ?? 2000;
  return code !== undefined && /^[0-9]{6}$/.test(code) && secret !== undefined ? { code, secret, pollMs: Math.min(30_000, Math.max(500, pollMs)) } : undefined;
}

function readState(body: unknown): PairingState['state'] | undefined {
  const state = field(body, 'state', isText);
  return state === 'pending' || state === 'paired' ? state : undefined;
}

function afterAsking(view: PairingView & { at: 'asking' }, answer: Answer): PairingView {
  const pairing = answer.kind === 'answer' && answer.status < 300 ? readPairing(answer.body) : undefined;
  if (pairing) return { at: 'showing', ...pairing, reachable: true, failures: 0 };
  return { ...view, reachable: false, failures: view.failures + 1 };
}

function afterPolling(view: PairingView & { at: 'showing' }, answer: Answer): PairingView {
  if (answer.kind === 'unreachable') return { ...view, reachable: false, failures: view.failures + 1 };
  const state = answer.status < 300 ? readState(answer.body) : undefined;
  if (state === 'pending') return { ...view, reachable: true, failures: 0 };
  const device = field(answer.body, 'device', isText);
  const token = field(answer.body, 'token', isText);
  if (state === 'paired' && device !== undefined && token !== undefined) return { at: 'paired', device, token };
  // The hub no longer knows this code (expired, used, or the hub is new): only another code helps.
  if (answer.code !== null && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return { ...START, renewed: true };
  return { ...view, reachable: false, failures: view.failures + 1 };
}

/** Next view after an event; an event that does not fit the view changes nothing. Pure. */
export function nextView(view: PairingView, event: PairingEvent): PairingView {
  if (event.was === 'asked') return view.at === 'asking' ? afterAsking(view, event.answer) : view;
  if (view.at !== 'showing') return view;
  return event.was === 'expired' ? { ...START, renewed: true } : afterPolling(view, event.answer);
}

export interface PairingParts {
  call: Call;
  clock: Clock;
  random: () => number;
  onView: (view: PairingView) => void;
}

/** Drives the pairing of one device: asks, polls, renews the code, and goes on through outages until it is paired or stopped. */
export class PairingSession {
  readonly #parts: PairingParts;
  readonly #request: { kind: DeviceKind; name?: string };
  #view: PairingView = START;
  #cancels: (() => void)[] = [];
  #stopped = false;

  constructor(request: { kind: DeviceKind; name?: string }, parts: PairingParts) {
    this.#request = request;
    this.#parts = parts;
  }

  start(): void {
    this.#parts.onView(this.#view);
    void this.#ask();
  }

  /** Tries at once instead of waiting for the backoff: the network came back. */
  wake(): void {
    if (this.#stopped || this.#view.at === 'paired' || this.#view.reachable) return;
    this.#soon(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#clear();
  }

  async #ask(): Promise<void> {
    this.#take({ was: 'asked', answer: await this.#parts.call('/api/v1/pairings', { method: 'POST', body: this.#request }) });
  }

  async #poll(view: PairingView & { at: 'showing' }): Promise<void> {
    const answer = await this.#parts.call(`/api/v1/pairings/${view.code}/token`, { method: 'POST', body: { secret: view.secret } });
    if (this.#view.at === 'showing' && this.#view.code === view.code) this.#take({ was: 'polled', answer });
  }

  #take(event: PairingEvent): void {
    if (this.#stopped) return;
    const before = this.#view;
    this.#view = nextView(before, event);
    this.#parts.onView(this.#view);
    if (this.#view.at === 'paired') { this.stop(); return; }
    if (this.#view.at === 'showing') this.#soon(this.#view.failures > 0 ? this.#wait(this.#view.failures) : this.#view.pollMs);
    else this.#soon(this.#view.failures > 0 ? this.#wait(this.#view.failures) : 0);
    // By elapsed time, not by `expiresAt`: a device that is being installed often does not know the time yet.
    if (this.#view.at === 'showing' && before.at !== 'showing') this.#cancels.push(this.#parts.clock.after(LIMITS.pairingTtlMs, () => { this.#take({ was: 'expired' }); }));
  }

  #wait(failures: number): number { return 500 + backoffMs(failures, this.#parts.random()); }

  #next: (() => void) | null = null;
  #soon(ms: number): void {
    this.#next?.();
    if (this.#view.at === 'asking') this.#clear();
    this.#next = this.#parts.clock.after(ms, () => {
      this.#next = null;
      if (this.#view.at === 'showing') void this.#poll(this.#view);
      else if (this.#view.at === 'asking') void this.#ask();
    });
  }

  #clear(): void {
    this.#next?.();
    this.#next = null;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}
