import { int, table, text, nullable } from '../store/table.ts';

/** Every accepted event, for good. `offset` counts 1, 2, 3 … without holes within a site's epoch. */
export const eventsTable = table('events', {
  site: text(), offset: int(), device: text(), id: text(), type: text(), at: int(), received: int(),
  touchpoint: nullable(text()), skew: int(), body: text(),
}, { primaryKey: ['site', 'offset'], unique: [['device', 'id']] });

/**
 * One row a site: where its log stands. `epoch` is random and new whenever the log was lost or restored; `offset` and
 * `received` are those of the newest event, 0 while there is none. Appending locks the row, so that writers of several
 * hubs give out offsets one after another.
 */
export const logsTable = table('logs', { site: text(), epoch: text(), createdAt: int(), offset: int({ default: 0 }), received: int({ default: 0 }) }, { primaryKey: ['site'] });

/** How far each reactor has come in each site's log. */
export const checkpointsTable = table('checkpoints', { reactor: text(), site: text(), epoch: text(), offset: int() }, { primaryKey: ['reactor', 'site'] });
