import * as log from './core/log/tables.ts';
import * as media from './media/tables.ts';

/** Every portable table of the hub, in one place for the migration generator and for checks of drift. */
export const TABLES = { ...log, ...media };
