import type { Static } from 'typebox';
import { backoffMs } from '../../../contract/live.ts';
import type { WallSession } from '../../../contract/places.ts';
import type { Clock } from './clock.ts';
import type { Answer, Call } from './device-api.ts';

export type WallAccess = Pick<Static<typeof WallSession>, 'site'>;
/** Where a wall's right to look stands: `closed` when its link was taken back or is not known to the hub. */
export type WallView =
  | { at: 'opening'; reachable: boolean }
  | { at: 'open'; access: WallAccess }
  | { at: 'closed' };

export interface WallParts {
  wall: string;
  token: string;
  call: Call;
  clock: Clock;
  random: () => number;
  onView: (view: WallView) => void;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A wall's session as the hub describes it; undefined when the body is something else. */
export function readWallSession(body: unknown): WallAccess | undefined {
  const site = isObject(body) ? body['site'] : undefined;
  if (!isObject(site)) return undefined;
  const { id, name, timezone } = site;
  return typeof id === 'string' && id !== '' && typeof name === 'string' && typeof timezone === 'string' && timezone !== '' ? { site: { id, name, timezone } } : undefined;
}

/** Whether the hub itself refuses the wall's token, rather than being away or busy. */
function isClosed(answer: Answer): boolean {
  return answer.kind === 'answer' && answer.code !== null && [400, 401, 403, 404, 410].includes(answer.status);
}

/** The least time between two renewals, so that a hub that opens and at once closes a wall is not stormed. */
const RENEWAL_MS = 5_000;

/** Turns the token of a wall's link into a session cookie, and does so again whenever the session is lost. */
export class WallAccessKeeper {
  readonly #parts: WallParts;
  #view: WallView = { at: 'opening', reachable: true };
  #failures = 0;
  #askedAt: number | null = null;
  #cancel: (() => void) | null = null;
  #asking = false;
  #stopped = false;

  constructor(parts: WallParts) { this.#parts = parts; }

  start(): void { void this.#ask(); }

  /** The session is no longer good: the cookie ran out, the hub is new, or access was taken back. */
  renew(): void {
    if (this.#stopped || this.#asking || this.#cancel || this.#view.at === 'closed') return;
    const since = this.#askedAt === null ? Number.POSITIVE_INFINITY : this.#parts.clock.now() - this.#askedAt;
    this.#later(since >= 0 && since < RENEWAL_MS ? RENEWAL_MS - since : 0);
  }

  /** Tries at once: the network or the person came back. */
  wake(): void {
    if (!this.#stopped && !this.#asking && this.#view.at === 'opening') this.#later(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #later(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#cancel = null;
      void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#askedAt = this.#parts.clock.now();
    const answer = await this.#parts.call(`/api/v1/walls/${this.#parts.wall}/session`, { method: 'POST', body: { token: this.#parts.token }, cookies: true });
    this.#asking = false;
    if (this.#stopped) return;
    const access = answer.kind === 'answer' && answer.status < 300 ? readWallSession(answer.body) : undefined;
    if (access) {
      this.#failures = 0;
      this.#show({ at: 'open', access });
    } else if (isClosed(answer)) this.#show({ at: 'closed' });
    else {
      if (this.#view.at === 'opening') this.#show({ at: 'opening', reachable: false });
      this.#later(500 + backoffMs(this.#failures++, this.#parts.random()));
    }
  }

  #show(view: WallView): void {
    this.#view = view;
    this.#parts.onView(view);
  }
}
