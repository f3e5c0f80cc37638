import { int, real, table, text } from '../store/table.ts';

/** First answers to commands, kept for a day so that a repeat gets the same one. */
export const idempotencyKeysTable = table('idempotency_keys', {
  actor: text(), key: text(), route: text(), requestHash: text(), status: int(), body: text(), createdAt: int(),
}, { primaryKey: ['actor', 'route', 'key'], index: [['createdAt']] });

/** How much of each limit is used up. `value` is calls of the running window or tokens left, `at` (epoch ms) since when. */
export const rateLimitsTable = table('rate_limits', { key: text(), value: real(), at: int() }, { primaryKey: ['key'], index: [['at']] });
