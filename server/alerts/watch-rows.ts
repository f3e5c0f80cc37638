import type { AnyEvent } from '../../contract/index.ts';
import { eventsTable } from '../core/log/tables.ts';
import { and, eq, inArray } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { Press } from './kinds/kind.ts';
import { emptyMemory, type Memory } from './watch.ts';
import { alertWatchTable } from './tables.ts';

const ASKED_MOST = 500;

/** Where the rules' memory is kept, and what they look up in the log. */
export function createWatchRows(store: Pick<Store, 'use'>) {
  const watch = store.use(alertWatchTable);
  const events = store.use(eventsTable);

  return {
    /** What is remembered of a site up to `from`; nothing when what is kept comes from after it or cannot be read. */
    async load(db: Db, site: string, from: number): Promise<{ memory: Memory; text: string }> {
      const row = (await db.select({ state: watch.state, offset: watch.offset }).from(watch).where(eq(watch.site, site)).limit(1))[0];
      if (!row || row.offset > from) return { memory: emptyMemory(), text: '' };
      return { memory: { ...emptyMemory(), ...JSON.parse(row.state) as Partial<Memory> }, text: row.state };
    },
    async save(db: Db, site: string, state: string, offset: number): Promise<void> {
      await db.insert(watch).values({ site, state, offset }).onConflictDoUpdate({ target: watch.site, set: { state, offset } });
    },
    /** Ratings of these devices by these ids, as far as the site's log has them. Key: `device id`. */
    async presses(db: Db, site: string, wanted: readonly { device: string; id: string }[]): Promise<Map<string, Press>> {
      const found = new Map<string, Press>();
      const asked = wanted.slice(0, ASKED_MOST);
      if (asked.length === 0) return found;
      const rows = await db.select({ id: events.id, offset: events.offset, device: events.device, at: events.at, touchpoint: events.touchpoint, body: events.body }).from(events).where(and(
        inArray(events.device, [...new Set(asked.map(({ device }) => device))]), inArray(events.id, [...new Set(asked.map(({ id }) => id))]), eq(events.site, site), eq(events.type, 'feedback.rated'),
      ));
      for (const { body, ...press } of rows) found.set(pressKey(press.device, press.id), { ...press, rating: JSON.parse(body) as Press['rating'] });
      return found;
    },
  };
}
export type WatchRows = ReturnType<typeof createWatchRows>;

export const pressKey = (device: string, id: string): string => `${device} ${id}`;

/** The presses that messages and explanations of this page name and that are not in the page themselves. */
export function namedPresses(page: readonly AnyEvent[]): { inPage: Map<string, Press>; wanted: { device: string; id: string }[] } {
  const inPage = new Map<string, Press>();
  const wanted: { device: string; id: string }[] = [];
  const named = new Set(page.flatMap((event) => (event.type === 'feedback.messaged' || event.type === 'feedback.explained' ? [event.body.rating] : [])));
  if (named.size === 0) return { inPage, wanted };
  for (const { type, id, offset, at, device, touchpoint, body } of page) if (type === 'feedback.rated' && named.has(id)) inPage.set(pressKey(device, id), { id, offset, at, device, touchpoint, rating: body as Press['rating'] });
  for (const event of page) {
    if (event.type !== 'feedback.messaged' && event.type !== 'feedback.explained') continue;
    const { rating } = event.body;
    if (rating !== undefined && !inPage.has(pressKey(event.device, rating))) wanted.push({ device: event.device, id: rating });
  }
  return { inPage, wanted };
}
