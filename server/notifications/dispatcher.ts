import type { FastifyBaseLogger } from 'fastify';
import { CHANNELS, RECEIPT_MS, type Alert, type NotifyChannel } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { Outcome } from './channels/outcome.ts';
import type { Contacts } from './contacts.ts';
import type { Deliveries, DeliveryRow, Said } from './deliveries.ts';
import type { NoticePorts } from './ports.ts';
import { backoffMs, TOO_OLD_MS } from './rules.ts';
import type { Sender } from './sender.ts';

export interface DispatcherDeps {
  store: Store; clock: Clock; contacts: Contacts; deliveries: Deliveries; ports: Pick<NoticePorts, 'stateNoticed'>; send: Sender;
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>; onError(error: unknown, where: string): void; random?: () => number;
}

/** A row is this hub's for so long: longer than any attempt takes, and no longer than people can wait when the hub dies in between. */
export const LEASE_MS = 15_000;
const SWEEP_MS = 1_000;
/** Attempts under way at a time; a channel that hangs holds up no other. */
const LANES: Record<NotifyChannel, number> = { push: 8, email: 4, telegram: 4, webhook: 6 };
const STOP_MS = 2_000;
const PURGE_MS = 6 * 3_600_000;

/**
 * Sends what is due: takes a row by a lease that the other hubs respect, sends outside of any transaction, writes down
 * what became of it. A hub that dies in between leaves a lease that runs out: at least once, in practice once.
 */
export function createDispatcher(deps: DispatcherDeps) {
  const { store, clock, contacts, deliveries, ports, send, log, onError, random = Math.random } = deps;
  const underWay = new Map<string, { channel: string; target: string | null; done: Promise<void> }>();
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  let sweeping: Promise<void> | undefined;
  let again = false;
  let started = false;
  let purgedAt = 0;

  const inLane = (channel: NotifyChannel): string[] => [...underWay.values()].flatMap((one) => (one.channel === channel ? [one.target ?? ''] : []));

  function begin(row: Pick<DeliveryRow, 'id' | 'channel' | 'target'>): void {
    const done = attempt(row.id).catch((error: unknown) => onError(error, `delivery ${row.id}`)).finally(() => {
      underWay.delete(row.id);
      // Others may have waited for room.
      if (!stopping.signal.aborted && started) void sweep();
    });
    underWay.set(row.id, { channel: row.channel, target: row.target, done });
  }

  async function attempt(id: string): Promise<void> {
    const now = clock();
    const row = await store.transaction(async ({ db }) => {
      const taken = await deliveries.lease(db, id, now, now + LEASE_MS);
      if (taken && now - taken.createdAt > TOO_OLD_MS) { await deliveries.failed(db, id, 'too_old'); return undefined; }
      return taken;
    }, `delivery ${id}`);
    if (row) await carryOut(row);
  }

  /** Sends a row that this hub has leased and writes down what became of it. */
  async function carryOut(row: DeliveryRow): Promise<void> {
    let attempted: Awaited<ReturnType<Sender>>;
    try {
      attempted = await send(row, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
      await store.transaction(({ db }) => deliveries.giveBack(db, row, clock()), `delivery ${row.id}`);
      return;
    }
    const { outcome, alerts } = attempted;
    // One person's channels are decided one after another, whichever hubs tried them.
    await store.transaction((tx) => settle(tx, row, outcome), `notice ${row.notice}`);
    if ('pointless' in outcome) return;
    if (!outcome.sent) { log.warn({ delivery: row.id, channel: row.channel, attempt: row.attempts, error: outcome.error }, 'a notice was not delivered'); return; }
    await noticed(alerts, row.channel);
  }

  /** On its own: a failure here must not make the notice go out again. */
  async function noticed(alerts: readonly Alert[], channel: string): Promise<void> {
    for (const alert of alerts) await ports.stateNoticed(alert, channel, clock());
  }

  async function settle({ db }: Transaction, row: DeliveryRow, outcome: Outcome | { pointless: true }): Promise<void> {
    const now = clock();
    if ('pointless' in outcome) return deliveries.cancel(db, row.id);
    if (outcome.sent) return settleSent(db, row, now);
    const said = JSON.parse(row.body) as Said;
    const isTest = said.what === 'test' || (said.what === 'webhook' && said.event === 'test');
    const wait = outcome.again && !isTest ? backoffMs(row.attempts, random(), outcome.afterMs) : null;
    const at = wait === null || now + wait - row.createdAt > TOO_OLD_MS ? null : now + wait;
    if (at === null) await deliveries.failed(db, row.id, outcome.error);
    else await deliveries.retry(db, row.id, outcome.error, at);
    if (outcome.gone && row.target !== null) await forgetDevice(db, row.target);
    if (outcome.onward || at === null) await goOn(db, row, now);
  }

  async function forgetDevice(db: Transaction['db'], id: string): Promise<void> {
    const device = await contacts.device(db, id);
    if (device) await contacts.forget(db, device);
  }

  async function settleSent(db: Transaction['db'], row: DeliveryRow, now: number): Promise<void> {
    const counted = await deliveries.sent(db, row.id, now);
    if (row.channel === 'webhook') return;
    // A mail or a message that was accepted ends the chain; a push is only believed when the device says so.
    if (row.channel !== 'push') return deliveries.cancelOthers(db, row.notice, row.id);
    await contacts.worked(db, row.target!, now);
    const rows = await deliveries.ofNotice(db, row.notice);
    const first = !rows.some((other) => other.id !== row.id && other.turn === row.turn && other.sentAt !== null);
    if (counted && first) await deliveries.schedule(db, row.notice, row.turn + 1, now + RECEIPT_MS);
  }

  /** Makes the person's next channel due at once, unless a browser of theirs may still show the notice. */
  async function goOn(db: Transaction['db'], row: DeliveryRow, now: number): Promise<void> {
    const rows = await deliveries.ofNotice(db, row.notice);
    const hopeful = rows.some((other) => other.id !== row.id && other.turn === row.turn && (other.state === 'sent' || other.state === 'received' || (other.state === 'waiting' && other.error === null)));
    const next = rows.find((other) => other.turn > row.turn && other.state === 'waiting');
    if (!hopeful && next && next.attempts === 0 && (next.nextAt ?? 0) > now) await deliveries.schedule(db, row.notice, next.turn, now);
  }

  /** Begins what is due by one channel, as far as there is room. */
  async function fill(channel: NotifyChannel, now: number): Promise<void> {
    for (let room = LANES[channel] - inLane(channel).length; room > 0 && !stopping.signal.aborted;) {
      // A webhook gets one thing after another, and one that hangs keeps nobody else waiting.
      const busy = channel === 'webhook' ? inLane(channel) : [];
      const rows = (await store.read((db) => deliveries.due(db, channel, now, LANES[channel] + underWay.size, busy))).filter(({ id }) => !underWay.has(id));
      const ready = channel === 'webhook' ? rows.slice(0, 1) : rows.slice(0, room);
      if (ready.length === 0 || stopping.signal.aborted) return;
      for (const row of ready) begin(row);
      room -= ready.length;
    }
  }

  async function sweepOnce(): Promise<void> {
    const now = clock();
    if (await store.read((db) => deliveries.anyDue(db, now))) for (const channel of CHANNELS) await fill(channel, now);
    if (now - purgedAt > PURGE_MS) {
      purgedAt = now;
      await store.transaction(({ db }) => deliveries.purge(db, now), 'deliveries purge');
    }
  }

  /** Looks for what is due and begins to send it. Resolves when it was begun. */
  function sweep(): Promise<void> {
    if (stopping.signal.aborted) return Promise.resolve();
    if (sweeping) { again = true; return sweeping; }
    sweeping = (async () => {
      do {
        again = false;
        await sweepOnce().catch((error: unknown) => onError(error, 'looking for due notices'));
      } while (again && !stopping.signal.aborted);
    })().finally(() => { sweeping = undefined; });
    return sweeping;
  }

  function after(ms: number, run: () => void): void {
    const timer = setTimeout(() => { timers.delete(timer); run(); }, ms);
    timer.unref();
    timers.add(timer);
  }

  function follow(): void {
    after(SWEEP_MS, () => { void sweep().finally(() => { if (!stopping.signal.aborted) follow(); }); });
  }

  return {
    sweep, carryOut,
    /** Something was committed that may be due. */
    wake(): void { if (started) void sweep(); },
    start(): void {
      if (started) return;
      started = true;
      purgedAt = clock();
      follow();
    },
    /** Resolves when nothing is being sent. */
    async idle(): Promise<void> {
      for (await sweeping; underWay.size > 0; await sweeping) await Promise.all([...underWay.values()].map(({ done }) => done));
    },
    /** Lets attempts under way finish for a moment, then cuts them off and gives their rows back for other hubs. */
    async stop(): Promise<void> {
      started = false;
      for (const timer of timers) clearTimeout(timer);
      await sweeping;
      const all = Promise.all([...underWay.values()].map(({ done }) => done));
      let patience: NodeJS.Timeout | undefined;
      await Promise.race([all, new Promise((resolve) => { patience = setTimeout(resolve, STOP_MS); })]);
      clearTimeout(patience);
      stopping.abort(new Error('the hub stops'));
      await all;
    },
  };
}
export type Dispatcher = ReturnType<typeof createDispatcher>;
