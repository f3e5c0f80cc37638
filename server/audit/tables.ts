import { int, table, text } from '../core/store/table.ts';

/** Who changed what. Append-only: triggers refuse to update or delete. `detail` is a JSON object without secrets. */
export const auditEntriesTable = table('audit_entries', {
  id: int(), at: int(), actor: text(), actorName: text(), action: text(), target: text(), detail: text(),
}, { primaryKey: ['id'], index: [['at']] });
