import type { Static } from 'typebox';
import { LIMITS } from '../../../contract/limits.ts';
import { backoffMs } from '../../../contract/live.ts';
import type { DeviceSelf, Heartbeat } from '../../../contract/places.ts';
import type { Clock } from './clock.ts';
import { isRevoked, type Answer, type Call } from './device-api.ts';

export interface SessionView {
  /** What the hub last said about this device; null until it has once. */
  self: DeviceSelf | null;
  /** When the hub last answered, epoch ms by this device's clock; null before. */
  heardAt: number | null;
  reachable: boolean;
  /** The hub says that this device's token is no longer good. Final for this session. */
  revoked: boolean;
}

export interface SessionParts {
  token: string;
  /** From storage, so that a device starts without the hub. */
  self: DeviceSelf | null;
  version: string;
  call: Call;
  clock: Clock;
  random: () => number;
  /** How many events the device has not delivered yet. */
  waiting: () => number;
  onView: (view: SessionView) => void;
  /** A newer account of itself, to be kept for the next start. */
  onSelf: (self: DeviceSelf) => void;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What the hub says about a device; undefined when the body is something else. */
export function readSelf(body: unknown): DeviceSelf | undefined {
  if (!isObject(body) || !isText(body['id']) || !isText(body['kind']) || !isText(body['name'])) return undefined;
  const { site, touchpoint } = body;
  if (!isObject(site) || !isText(site['id']) || !isText(site['name']) || !isText(site['timezone'])) return undefined;
  if (touchpoint !== null && !(isObject(touchpoint) && isText(touchpoint['id']) && isText(touchpoint['name']))) return undefined;
  return body as DeviceSelf;
}

/** A paired device's regular talk with the hub: who am I, and "I am here" every 30 s, through outages. */
export class DeviceSession {
  readonly #parts: SessionParts;
  #view: SessionView;
  #failures = 0;
  #cancel: (() => void) | null = null;
  #talking = false;
  #stopped = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#view = { self: parts.self, heardAt: null, reachable: true, revoked: false };
  }

  start(): void {
    this.#parts.onView(this.#view);
    void this.#talk(true);
  }

  /** Talks now: the network came back or the page came to the front. */
  wake(): void {
    if (!this.#stopped && !this.#talking && !this.#view.reachable) void this.#talk(true);
  }

  /** Another request of this device learnt that the token is no longer good. */
  revoke(): void {
    if (this.#stopped) return;
    this.stop();
    this.#note({ revoked: true });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #talk(refresh: boolean): Promise<void> {
    this.#talking = true;
    this.#cancel?.();
    const beaten = await this.#beat();
    const answer = refresh && beaten.kind === 'answer' && beaten.status < 300 ? await this.#learn() : beaten;
    this.#talking = false;
    if (this.#stopped) return;
    if (isRevoked(answer)) { this.revoke(); return; }
    const good = answer.kind === 'answer' && answer.status < 300;
    this.#failures = good ? 0 : this.#failures + 1;
    this.#note(good ? { reachable: true, heardAt: this.#parts.clock.now() } : { reachable: false });
    const wait = good ? LIMITS.heartbeatMs : Math.min(LIMITS.heartbeatMs, 1000 + backoffMs(this.#failures, this.#parts.random()));
    // A device that is given another name or place learns it within a few minutes.
    this.#cancel = this.#parts.clock.after(wait, () => { void this.#talk(!good || ++this.#beats % 10 === 0); });
  }

  #beats = 0;

  #beat(): Promise<Answer> {
    const body: Static<typeof Heartbeat> = { sentAt: this.#parts.clock.now(), version: this.#parts.version.slice(0, 40), outbox: this.#parts.waiting() };
    return this.#parts.call('/api/v1/devices/me/heartbeat', { method: 'POST', token: this.#parts.token, body });
  }

  async #learn(): Promise<Answer> {
    const answer = await this.#parts.call('/api/v1/devices/me', { token: this.#parts.token });
    const self = answer.kind === 'answer' && answer.status < 300 ? readSelf(answer.body) : undefined;
    if (self && !this.#stopped) {
      this.#note({ self });
      this.#parts.onSelf(self);
    }
    return answer;
  }

  #note(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...change };
    this.#parts.onView(this.#view);
  }
}
