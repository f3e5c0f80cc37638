import { int, nullable, table, text } from '../core/store/table.ts';

/**
 * What was last stated about each camera: one row agrees with the newest `camera.*` event, whose place in the log
 * is `offset`. `connected` is 0 or 1, `since` epoch ms.
 */
export const camerasStateTable = table('cameras_state', {
  camera: text(), site: text(), connected: int(), since: int(), reason: nullable(text()), node: text(), codec: nullable(text()), offset: int(),
}, { primaryKey: ['camera'], index: [['site']] });
