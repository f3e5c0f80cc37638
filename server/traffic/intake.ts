import type { NewEvent } from '../core/store/store.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log/log.ts';
import type { NamedDevice } from '../devices/index.ts';
import { isRefusal, judge, type Sender } from '../ingest/index.ts';
import { stableUlid } from './identity.ts';

/** People counted by a device, or at a touchpoint by something that is no device of ours. */
export interface Counted { id: string; at: number; in: number; out: number; seconds?: number }

/** An import may be so old, ms; what counters send by themselves as old as any event. */
const IMPORT_MOST_AGE_MS = 400 * 24 * 3600_000;
const AHEAD_MS = 2 * 60_000;
/** The name under which counts that no device of ours made stand in the log. */
export const IMPORT_DEVICE = 'import';

/**
 * A count as an event of the log. @returns what is wrong with it, in words, when something is.
 * @param now the hub's clock, epoch ms
 */
export function eventOf(counted: Counted, sender: Sender & { site: string }, now: number, imported: boolean): NewEvent | string {
  const { id, at, seconds } = counted;
  if (imported && at < now - IMPORT_MOST_AGE_MS) return 'is more than 400 days old';
  if (imported && at > now + AHEAD_MS) return 'lies in the future';
  const raw = { id, type: 'traffic.counted', site: sender.site, at, body: { in: counted.in, out: counted.out, ...(seconds === undefined ? {} : { seconds }) } };
  const judged = judge(raw, sender, imported ? at : now, 0);
  if (isRefusal(judged)) return judged.message;
  const { camera: _camera, ...event } = judged;
  return { ...event, device: sender.id };
}

/** The sender that a counter is; what anything else is, in words. */
export function counterOf(device: NamedDevice | null): (Sender & { site: string }) | string {
  if (!device) return 'there is no such device';
  if (device.kind !== 'counter') return 'the device is no counter';
  return { id: device.id, kind: 'counter', site: device.site, touchpoint: device.touchpoint };
}

export interface ImportDeps { log: Log; clock: Clock; find(device: string): Promise<NamedDevice | null> }
interface ImportRow { line: number; device: string | null; touchpoint: string | null; at: number; in: number; out: number }
export interface ImportOutcome { taken: number; repeated: number; refused: { line: number; message: string }[] }

/** Rows in one commit. */
const PAGE = 500;

/**
 * Takes rows of a table into a site's log. A row is known by who counted, when, and its place among those with the same
 * time, so a table that is sent again, or one that overlaps, adds only what is new.
 */
export async function importRows(deps: ImportDeps, site: { id: string; touchpoints: readonly { id: string }[] }, rows: readonly ImportRow[]): Promise<ImportOutcome> {
  const now = deps.clock();
  const senders = new Map<string, (Sender & { site: string }) | string>();
  const seen = new Map<string, number>();
  const outcome: ImportOutcome = { taken: 0, repeated: 0, refused: [] };
  const events: NewEvent[] = [];
  const senderOf = async (row: ImportRow): Promise<(Sender & { site: string }) | string> => {
    if (row.device === null) return site.touchpoints.some(({ id }) => id === row.touchpoint) ? { id: IMPORT_DEVICE, kind: 'counter', site: site.id, touchpoint: row.touchpoint } : 'the site has no such touchpoint';
    const sender = counterOf(await deps.find(row.device));
    return typeof sender !== 'string' && sender.site !== site.id ? 'there is no such device' : sender;
  };
  for (const row of rows) {
    const source = row.device === null ? `touchpoint ${row.touchpoint}` : `device ${row.device}`;
    const sender = senders.get(source) ?? await senderOf(row);
    senders.set(source, sender);
    const key = `${source} ${row.at}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    const event = typeof sender === 'string' ? sender : eventOf({ ...row, id: stableUlid(row.at, 'import', site.id, source, nth) }, sender, now, true);
    if (typeof event === 'string') outcome.refused.push({ line: row.line, message: event });
    else events.push(event);
  }
  for (let i = 0; i < events.length; i += PAGE) {
    for (const offset of await deps.log.append(events.slice(i, i + PAGE))) outcome[offset === 0 ? 'repeated' : 'taken'] += 1;
  }
  outcome.refused.sort((a, b) => a.line - b.line);
  return outcome;
}
