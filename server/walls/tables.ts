import { int, nullable, table, text } from '../core/store/table.ts';

/** Screens for visitors. The token is kept as its hash. */
export const wallsTable = table('walls', {
  id: text(), site: text(), name: text(), tokenHash: text(), createdAt: int(), revokedAt: nullable(int()), lastSeen: nullable(int()),
}, { primaryKey: ['id'], index: [['site']] });
