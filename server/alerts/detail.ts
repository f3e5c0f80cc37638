import type { Actor, Alert, AlertDetail, AlertEvent } from '../../contract/index.ts';
import { LogEvent } from '../core/log/event.ts';
import { eventsTable } from '../core/log/tables.ts';
import { and, asc, eq, inArray } from '../core/store/drizzle.ts';
import type { Store } from '../core/store/store.ts';
import type { AlertsRepository } from './repository.ts';

const SIMILAR = 3;

export interface AlertDetailDeps {
  store: Store;
  repository: AlertsRepository;
  /** Who is on duty now for a zone of a site; for the whole site when the zone is null. */
  onDutyAt(site: string, zone: string | null): Promise<Actor[]>;
}

type Entry = AlertDetail['history'][number];

/** One event as a line of an alert's history. `text` is the person's own words or the plain value that the line is about. */
export function historyEntry(event: AlertEvent): Entry {
  const line = (by: Actor | null = null, text: string | null = null, what = event.type.slice('alert.'.length)): Entry => ({ at: event.at, what, by: by?.name ?? null, text });
  switch (event.type) {
    case 'alert.seen': case 'alert.claimed': case 'alert.departed': case 'alert.released': return line(event.body.by);
    case 'alert.snoozed': return line(event.body.by, event.body.reason);
    case 'alert.returned': return line(event.body.from, event.body.why);
    case 'alert.escalated': return line(null, String(event.body.step));
    case 'alert.noticed': return line(null, event.body.channel);
    case 'alert.resolved': return line(event.body.by, event.body.note ?? null, event.body.as ?? 'resolved');
    case 'alert.grown': return line(null, String(event.body.count));
    case 'alert.opened': case 'alert.expired': case 'alert.cleared': return line();
  }
}

/** What a person wants to know before walking: what happened here before, what was done so far, who else is near. */
export async function alertDetail({ store, repository, onDutyAt }: AlertDetailDeps, alert: Alert): Promise<AlertDetail> {
  const [similar, history, onDuty] = await Promise.all([repository.similar(alert, SIMILAR), historyOf(store, repository, alert), onDutyAt(alert.site, alert.zone)]);
  return { alert, similar, history, onDuty };
}

async function historyOf(store: Store, repository: AlertsRepository, { id, site }: Alert): Promise<Entry[]> {
  const events = store.use(eventsTable);
  const offsets = await repository.offsetsOf(id);
  const rows = await store.read((db) => db.select().from(events).where(and(eq(events.site, site), inArray(events.offset, offsets))).orderBy(asc(events.offset)));
  return rows.map((row) => new LogEvent(row, row.offset, row.received).event)
    // After a restore from a backup the log may say something else at these places.
    .filter((event): event is AlertEvent => event.type.startsWith('alert.') && (event as AlertEvent).body.alert === id)
    .map(historyEntry);
}
