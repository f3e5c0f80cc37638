import { int, nullable, table, text } from '../store/table.ts';

/** People who sign in. `email` is lower case; `sites` is a JSON array of ids, or null for every site. */
export const usersTable = table('users', {
  id: text(), email: text(), name: text(), role: text(), locale: text(), sites: nullable(text()),
  passwordHash: text(), disabled: int(), createdAt: int(),
}, { primaryKey: ['id'], unique: [['email']] });

/** Signed-in browsers. `id` is the hash of the cookie's token: the table alone opens nothing. */
export const sessionsTable = table('sessions', {
  id: text(), user: text(), createdAt: int(), lastSeen: int(), expiresAt: int(),
}, { primaryKey: ['id'], index: [['user'], ['expiresAt']] });

/** Failed sign-ins by email and by address; `failedAt` is the latest. */
export const signinAttemptsTable = table('signin_attempts', { key: text(), failures: int(), failedAt: int() }, { primaryKey: ['key'], index: [['failedAt']] });

/** Tokens with which the first administrator is made: any one of them, once. Each hub that starts adds its own. */
export const setupTokensTable = table('setup_tokens', { id: text(), tokenHash: text(), createdAt: int() }, { primaryKey: ['id'] });
