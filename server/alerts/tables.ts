import { int, nullable, table, text } from '../core/store/table.ts';

/** Alerts as they stand. Each row changes only together with the `alert.*` event that says so; offsets are those events'. */
export const alertsTable = table('alerts', {
  id: text(), site: text(), kind: text(), severity: text(), state: text(), touchpoint: nullable(text()),
  since: int(), openedAt: int(), rating: nullable(text()),
  ownerId: nullable(text()), ownerName: nullable(text()), claimedAt: nullable(int()),
  resolvedAt: nullable(int()), cause: nullable(text()), outcome: nullable(text()), note: nullable(text()),
  openedOffset: int(), claimedOffset: nullable(int()), resolvedOffset: nullable(int()),
}, { primaryKey: ['id'], index: [['site', 'state', 'openedAt']] });
