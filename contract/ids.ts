import { Type } from 'typebox';

/** 26 characters of Crockford base32: 48 bits of time and 80 random ones, made by the sender. */
export const Ulid = Type.String({ pattern: '^[0-7][0-9A-HJKMNP-TV-Z]{25}$', description: 'ULID' });

/** An identifier given by the hub: a short word or a ULID in lower case. */
export const Id = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$', description: 'identifier' });

/** Epoch milliseconds; the upper bound is the year 2100. */
export const EpochMs = Type.Integer({ minimum: 0, maximum: 4_102_444_800_000, description: 'epoch milliseconds' });

export const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' });
export const Locale = Type.Enum(['ru', 'en']);
export type Locale = 'ru' | 'en';
/** A kept file: SHA-256 of its bytes, in hexadecimal. */
export const FileId = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the file' });
