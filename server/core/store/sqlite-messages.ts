import type { NewEvent } from './store.ts';

/** Requests to the writer thread. Events travel as one flat array of `EVENT_FIELDS` values each: cheap to clone. */
export type WriterRequest = { id: number } & (
  | { kind: 'append' | 'txAppend'; fields: readonly unknown[] }
  | { kind: 'ensureLog'; site: string }
  | { kind: 'begin' | 'commit' | 'rollback' | 'close' }
  | { kind: 'statement'; sql: string; params: unknown[]; method: 'run' | 'all' | 'values' | 'get' }
);
export type WriterReply = { id: number } & ({ ok: true; value: unknown } | { ok: false; message: string; code: string });

export const EVENT_FIELDS = 8;
export function packEvents(events: readonly NewEvent[], into: unknown[] = []): unknown[] {
  for (const event of events) into.push(event.id, event.type, event.site, event.at, event.device, event.touchpoint, event.skew, event.body);
  return into;
}
