import { int, table, text, nullable } from '../store/table.ts';

/** Every accepted event, for good. `offset` counts 1, 2, 3 … without holes within a site's epoch. */
export const eventsTable = table('events', {
  site: text(), offset: int(), device: text(), id: text(), type: text(), at: int(), received: int(),
  touchpoint: nullable(text()), skew: int(), body: text(),
}, { primaryKey: ['site', 'offset'], unique: [['device', 'id']] });

/** One row a site: `epoch` is random and new whenever the log was lost or restored. */
export const logsTable = table('logs', { site: text(), epoch: text(), createdAt: int() }, { primaryKey: ['site'] });

/** How far each reactor has come in each site's log. */
export const checkpointsTable = table('checkpoints', { reactor: text(), site: text(), epoch: text(), offset: int() }, { primaryKey: ['reactor', 'site'] });
