import { int, nullable, table, text } from '../core/store/table.ts';

/** Paired devices. `tokenHash` is null until the device took its token; `silent` is what the log last said of it. */
export const devicesTable = table('devices', {
  id: text(), site: text(), kind: text(), name: text(), touchpoint: nullable(text()), tokenHash: nullable(text()),
  createdAt: int(), lastSeen: nullable(int()), silent: int(), clockOffset: nullable(int()), revokedAt: nullable(int()), version: nullable(text()),
  /** Percent; and until when alerts about it are held back. */
  battery: nullable(int()), mutedUntil: nullable(int()),
  /** The charge that the log was told last, and when. */
  batteryTold: nullable(int()), batteryToldAt: nullable(int()),
}, { primaryKey: ['id'], index: [['site']] });

/** Devices that ask to be taken in. `device` is set when somebody confirmed, `claimedAt` when the token was handed out. */
export const pairingsTable = table('pairings', {
  code: text(), secretHash: text(), kind: text(), name: nullable(text()), createdAt: int(), expiresAt: int(),
  device: nullable(text()), claimedAt: nullable(int()),
}, { primaryKey: ['code'], index: [['expiresAt']] });
