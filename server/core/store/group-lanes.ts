import type { PendingAppend } from './committed.ts';
import { StoreUnavailable, type AppendedOffset, type NewEvent } from './store.ts';

/** Bytes of event bodies that may wait for the database; beyond it the sender must wait. */
const PENDING_BYTES = 64 * 1024 * 1024;
/** Events in one group commit. */
const GROUP_EVENTS = 4_000;

/**
 * Group commit: what arrives while a commit is under way shares the next one. A site always goes by the same lane, so
 * its commits follow one another; lanes work side by side.
 */
export class GroupLanes {
  #lanes: { pending: PendingAppend[]; running: Promise<void> | undefined }[];
  #commit: (group: PendingAppend[]) => Promise<void>;
  #pendingBytes = 0;

  /** `commit` settles every member of the group and does not throw. */
  constructor(lanes: number, commit: (group: PendingAppend[]) => Promise<void>) {
    this.#lanes = Array.from({ length: lanes }, () => ({ pending: [], running: undefined }));
    this.#commit = commit;
  }

  /** Resolves after the commit to one offset for each event. @throws StoreUnavailable when too much is waiting */
  async append(events: readonly NewEvent[]): Promise<AppendedOffset[]> {
    let bytes = 0;
    for (const event of events) bytes += event.body.length;
    if (this.#pendingBytes + bytes > PENDING_BYTES) throw new StoreUnavailable('store_busy', 'more events are waiting for the database than fit in memory: send again in a few seconds');
    this.#pendingBytes += bytes;
    try {
      return await this.#spread(events);
    } finally {
      this.#pendingBytes -= bytes;
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    for (const lane of this.#lanes) while (lane.running) await lane.running;
  }

  async #spread(events: readonly NewEvent[]): Promise<AppendedOffset[]> {
    const first = this.#laneOf(events[0]!.site);
    if (events.every(({ site }) => this.#laneOf(site) === first)) return this.#queue(first, events);
    const parts = new Map<number, number[]>();
    events.forEach(({ site }, i) => {
      const lane = this.#laneOf(site);
      parts.set(lane, [...(parts.get(lane) ?? []), i]);
    });
    const offsets = new Array<AppendedOffset>(events.length).fill(0);
    // All are waited for, also after one failed: the sender must not come again while a part is still under way.
    const outcomes = await Promise.allSettled([...parts].map(async ([lane, places]) => {
      const given = await this.#queue(lane, places.map((place) => events[place]!));
      places.forEach((place, i) => { offsets[place] = given[i]!; });
    }));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return offsets;
  }

  #queue(number: number, events: readonly NewEvent[]): Promise<AppendedOffset[]> {
    const lane = this.#lanes[number]!;
    return new Promise((resolve, reject) => {
      lane.pending.push({ events, resolve, reject });
      lane.running ??= this.#run(lane).finally(() => { lane.running = undefined; });
    });
  }

  async #run(lane: { pending: PendingAppend[] }): Promise<void> {
    // Requests that arrived in the same turn of the loop go together.
    await Promise.resolve();
    while (lane.pending.length > 0) {
      const group: PendingAppend[] = [];
      let size = 0;
      while (lane.pending.length > 0 && size < GROUP_EVENTS) {
        const next = lane.pending.shift()!;
        group.push(next);
        size += next.events.length;
      }
      await this.#commit(group);
    }
  }

  #laneOf(site: string): number {
    let hash = 0;
    for (let i = 0; i < site.length; i++) hash = (hash * 31 + site.charCodeAt(i)) >>> 0;
    return hash % this.#lanes.length;
  }
}
