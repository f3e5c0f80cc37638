import { int, table, text } from '../store/table.ts';

/** First answers to commands, kept for a day so that a repeat gets the same one. */
export const idempotencyKeysTable = table('idempotency_keys', {
  actor: text(), key: text(), route: text(), requestHash: text(), status: int(), body: text(), createdAt: int(),
}, { primaryKey: ['actor', 'route', 'key'], index: [['createdAt']] });
