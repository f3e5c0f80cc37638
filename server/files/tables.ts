import { int, nullable, table, text } from '../core/store/table.ts';

/** Kept files by the hash of their bytes, and which site they belong to. `usedBy`: what kind of thing they are for. */
export const filesTable = table('files', {
  site: text(), hash: text(), type: text(), bytes: int(), usedBy: text(), createdAt: int(), createdBy: nullable(text()),
}, { primaryKey: ['site', 'hash'], index: [['createdAt']] });

/** Bytes of files in parts, base64, where hubs share a database and no folder. */
export const filePartsTable = table('file_parts', { hash: text(), part: int(), data: text() }, { primaryKey: ['hash', 'part'] });
