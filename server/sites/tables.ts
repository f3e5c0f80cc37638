import { int, nullable, table, text } from '../core/store/table.ts';

export const sitesTable = table('sites', { id: text(), name: text(), timezone: text(), createdAt: int() }, { primaryKey: ['id'] });

export const zonesTable = table('zones', { site: text(), id: text(), name: text(), createdAt: int() }, { primaryKey: ['site', 'id'] });

/** A removed touchpoint stays with `archivedAt`, because events name it for good. */
export const touchpointsTable = table('touchpoints', {
  site: text(), id: text(), name: text(), zone: nullable(text()), createdAt: int(), archivedAt: nullable(int()),
}, { primaryKey: ['site', 'id'] });
