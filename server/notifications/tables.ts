import { int, nullable, table, text } from '../core/store/table.ts';

/** Browsers that take push messages. `endpointHash` tells a browser again; a gone one is removed. */
export const pushSubscriptionsTable = table('push_subscriptions', {
  id: text(), user: text(), endpointHash: text(), endpoint: text(), p256dh: text(), auth: text(), label: text(), createdAt: int(), lastOkAt: nullable(int()),
}, { primaryKey: ['id'], unique: [['endpointHash']], index: [['user']] });

/** How a person is told; missing: the usual order. `channels` is JSON. */
export const notifySettingsTable = table('notify_settings', { user: text(), channels: text(), telegramChat: nullable(text()) }, { primaryKey: ['user'] });

/** Programs that are told. The secret signs what is sent, so it is kept as it is. */
export const webhooksTable = table('webhooks', {
  id: text(), site: text(), url: text(), secret: text(), enabled: int(), createdAt: int(),
}, { primaryKey: ['id'], index: [['site']] });

/** Keys that all hubs of an installation share, made once: the VAPID pair. */
export const notifyKeysTable = table('notify_keys', { name: text(), value: text(), createdAt: int() }, { primaryKey: ['name'] });

/**
 * Notices, one row for each person and channel in turn. `notice` joins those of one notice to one person; `body` is what
 * is said, as JSON. `nextAt` is when it is tried (again), `leasedUntil` when another hub may try it.
 */
export const deliveriesTable = table('deliveries', {
  id: text(), notice: text(), site: nullable(text()), alert: nullable(text()), user: nullable(text()), name: nullable(text()), channel: text(), target: nullable(text()),
  turn: int(), state: text(), severity: text(), body: text(), receipt: text(), attempts: int(), createdAt: int(), nextAt: nullable(int()), leasedUntil: nullable(int()),
  sentAt: nullable(int()), receivedAt: nullable(int()), error: nullable(text()),
}, { primaryKey: ['id'], unique: [['receipt']], index: [['nextAt'], ['alert'], ['site', 'createdAt'], ['user', 'createdAt']] });
