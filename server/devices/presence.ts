import type { Clock } from '../core/clock.ts';
import { loggable } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { NewEvent, Store } from '../core/store/store.ts';
import { addClockSample, correction, estimateOffset } from './clock.ts';
import type { DeviceRow, DevicesRepository } from './repository.ts';
import { presenceChange } from './rules.ts';

export interface PresenceLog { error(detail: object, message: string): void }

/** How often what was heard is written down and silence is looked for. */
const SWEEP_MS = 10_000;
/** A device that comes back is told of this soon; many at once share one transaction. */
const SOON_MS = 50;

/** Who speaks and who is silent, and how their clocks stand. */
export function createPresence({ store, clock, log, repository }: { store: Store; clock: Clock; log: PresenceLog; repository: DevicesRepository }) {
  const startedAt = clock();
  /** Heard since the last sweep: when, and what it said of its software. */
  let heard = new Map<string, { at: number; version?: string }>();
  /** Devices that the log shows as present, so that hearing them is no news. */
  const present = new Set<string>();
  const samples = new Map<string, number[]>();
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  function changesOf(rows: readonly DeviceRow[], batch: typeof heard, now: number): { rows: DeviceRow[]; events: NewEvent[] } {
    const changed: DeviceRow[] = [];
    const events: NewEvent[] = [];
    for (const row of rows) {
      const news = batch.get(row.id);
      const change = presenceChange({ lastSeen: row.lastSeen, silent: row.silent !== 0 }, news?.at, startedAt, now);
      if (news) changed.push({ ...row, lastSeen: Math.max(news.at, row.lastSeen ?? 0), silent: 0, clockOffset: estimateOffset(samples.get(row.id) ?? []) ?? row.clockOffset, version: news.version ?? row.version });
      else if (change === 'silent') changed.push({ ...row, silent: 1 });
      if (change === 'seen') events.push(hubEvent(row.site, 'device.seen', news!.at, { device: row.id }));
      if (change === 'silent') events.push(hubEvent(row.site, 'device.silent', now, { device: row.id, lastSeen: row.lastSeen! }));
    }
    return { rows: changed, events };
  }

  async function sweepOnce(): Promise<void> {
    const batch = heard;
    heard = new Map();
    try {
      const now = clock();
      if (changesOf(await store.read((db) => repository.live(db)), batch, now).rows.length === 0) return;
      const written = await store.transaction(async (tx) => {
        const changes = changesOf(await repository.live(tx.db), batch, now);
        await repository.savePresence(tx.db, changes.rows);
        if (changes.events.length > 0) await tx.append(changes.events);
        return changes.rows;
      });
      for (const { id, silent } of written) silent ? present.delete(id) : present.add(id);
    } catch (error) {
      // What was heard is told at the next sweep; a later word of the same device stands.
      for (const [id, news] of batch) if (!heard.has(id)) heard.set(id, news);
      throw error;
    }
  }

  /** Writes down what was heard and tells the log who came back or fell silent: rows and events in one transaction. */
  function sweep(): Promise<void> {
    // The failure of an earlier sweep belongs to whoever asked for it.
    running = running.catch(() => undefined).then(sweepOnce);
    return running;
  }
  const sweepQuietly = (): void => { sweep().catch((error: unknown) => log.error({ err: loggable(error) }, 'what was heard of devices could not be written; it is kept for the next time')); };

  function sweepSoon(): void {
    if (timer === undefined || soon !== undefined) return;
    soon = setTimeout(() => { soon = undefined; sweepQuietly(); }, SOON_MS);
    soon.unref();
  }

  return {
    /** The device spoke just now. Cheap: rows are written at the next sweep. */
    touch(id: string, version?: string): void {
      const known = heard.get(id);
      const said = version ?? known?.version;
      heard.set(id, { at: clock(), ...(said === undefined ? {} : { version: said }) });
      if (!present.has(id)) sweepSoon();
    },
    /** When it was heard since the last sweep. */
    heardAt: (id: string): number | undefined => heard.get(id)?.at,
    /** A measurement of the device's clock: `sentAt` by its clock, `receivedAt` by the hub's. Epoch ms. */
    recordClock(id: string, sentAt: number, receivedAt: number): void { samples.set(id, addClockSample(samples.get(id) ?? [], receivedAt - sentAt)); },
    /** Starts from what an earlier run of the hub measured. */
    seedClock(id: string, offset: number): void { if (!samples.has(id)) samples.set(id, [offset]); },
    /** What to add to the device's times, ms; 0 while unknown or small. */
    clockOffset: (id: string): number => correction(estimateOffset(samples.get(id) ?? [])),
    /** The estimate as it is shown, ms; null while unmeasured. */
    measuredOffset: (id: string): number | null => estimateOffset(samples.get(id) ?? []),
    forget(id: string): void { heard.delete(id); present.delete(id); samples.delete(id); },
    sweep,
    start(): void { timer ??= setInterval(sweepQuietly, SWEEP_MS); timer.unref(); },
    /** Stops the timers and writes down what was heard last. */
    async stop(): Promise<void> {
      clearInterval(timer);
      clearTimeout(soon);
      timer = soon = undefined;
      await sweep();
    },
  };
}
export type DevicePresence = ReturnType<typeof createPresence>;
