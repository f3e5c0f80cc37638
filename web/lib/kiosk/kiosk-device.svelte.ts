import { monotonicFactory } from 'ulid';
import type { EventEnvelope, EventType } from '../../../contract/events.ts';
import type { SENT_AT_HEADER } from '../../../contract/rest.ts';
import { exclusiveBy, onReturn } from './browser.ts';
import { deviceClock } from './clock.ts';
import { hubCall, isRevoked, type Call } from './device-api.ts';
import { DeviceSession, type SessionView } from './device-session.ts';
import { IdbOutboxStore, type DeviceStorage, type StoredDevice } from './device-storage.ts';
import { Outbox, type OutboxStatus } from './outbox.ts';
import { FallbackOutboxStore, MemoryOutboxStore, type OutboxStore, type RefusedEntry } from './outbox-store.ts';
import { SCALE, TIMES, type Deed } from './rating-flow.ts';

const SENT_AT: typeof SENT_AT_HEADER = 'otklik-sent-at';
const EVENTS_TIMEOUT_MS = 15_000;

/** A paired button, terminal or phone at work: what it knows of itself, and what it has not delivered yet. */
export class KioskDevice {
  session = $state.raw<SessionView>({ self: null, heardAt: null, reachable: true, revoked: false });
  outbox = $state.raw<OutboxStatus>({ waiting: 0, refused: 0, deliveredAt: null, trouble: null, blocked: false });
  /** False when the browser does not let presses be stored. */
  durable = $state(true);

  readonly #ulid = monotonicFactory();
  readonly #store: OutboxStore;
  readonly #outbox: Outbox;
  readonly #session: DeviceSession;
  readonly #stops: (() => void)[];
  /** Presses that are being stored, so that what follows them waits for it. */
  readonly #storing = new Map<string, Promise<void>>();

  private constructor(stored: StoredDevice, storage: DeviceStorage, presses: OutboxStore | null, version: string) {
    const call: Call = hubCall((...request) => fetch(...request));
    const lost = (error: unknown) => {
      this.durable = false;
      console.error('presses cannot be stored on this device', error);
    };
    if (!presses) this.durable = false;
    this.#store = presses ? new FallbackOutboxStore(presses, lost) : new MemoryOutboxStore();
    this.#outbox = new Outbox({
      store: this.#store, clock: deviceClock, random: Math.random, exclusive: exclusiveBy(stored.outbox),
      send: async (events) => {
        const answer = await call('/api/v1/events', { method: 'POST', token: stored.token, body: { events }, headers: { [SENT_AT]: String(Date.now()) }, timeoutMs: EVENTS_TIMEOUT_MS });
        if (isRevoked(answer)) this.#session.revoke();
        return answer;
      },
      onStatus: (status) => { this.outbox = status; },
    });
    this.#session = new DeviceSession({
      token: stored.token, self: stored.self, version, call, clock: deviceClock, random: Math.random,
      waiting: () => this.outbox.waiting,
      onView: (view) => {
        const back = view.reachable && !this.session.reachable;
        this.session = view;
        if (back) this.#outbox.wake();
      },
      onSelf: (self) => { storage.keepDevice({ ...stored, self, usedAt: Date.now() }).catch(lost); },
    });
    this.#stops = [onReturn(() => { this.#session.wake(); this.#outbox.wake(); })];
  }

  static async open(stored: StoredDevice, storage: DeviceStorage, version: string): Promise<KioskDevice> {
    let presses: OutboxStore | null = null;
    try {
      presses = await IdbOutboxStore.open(stored.outbox);
    } catch (error) {
      console.error('the store of presses does not open', error);
    }
    const device = new KioskDevice(stored, storage, presses, version);
    device.#session.start();
    device.#outbox.wake();
    return device;
  }

  newId(): string { return this.#ulid(); }

  /** Does what a press asks for. `words` is the reason in the visitor's language. */
  async carryOut(deed: Deed, words: string | null): Promise<void> {
    if (deed.do === 'rate') {
      const stored = this.#add(deed.rating, 'feedback.rated', { value: deed.face, scale: SCALE }, deed.held ? TIMES.followUpMs + TIMES.holdSpareMs : 0);
      this.#storing.set(deed.rating, stored);
      await stored;
      this.#storing.delete(deed.rating);
      return;
    }
    await this.#storing.get(deed.rating);
    if (deed.do === 'explain') return this.#add(this.newId(), 'feedback.messaged', { text: words ?? deed.factor, rating: deed.rating });
    await this.#outbox.release(deed.rating, words === null ? null : { value: deed.face, scale: SCALE, factor: words });
  }

  refused(): Promise<RefusedEntry[]> { return this.#store.refused(20); }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#session.stop();
    this.#outbox.stop();
  }

  #add(id: string, type: EventType, body: EventEnvelope['body'], holdMs = 0): Promise<void> {
    const site = this.session.self?.site.id;
    if (site === undefined) throw new Error('a device that does not know its site cannot rate');
    return this.#outbox.add({ id, type, site, at: Date.now(), body }, holdMs);
  }
}
