import { int, nullable, real, table, text } from '../core/store/table.ts';

/**
 * What cameras were set up to do. `choices` is JSON of `CameraChoices`; `openUntil`, `updatedAt` and `changedAt` are
 * epoch ms. `changedAt` moves with everything that a vision node must hear of, `version` with what an installer decides.
 * A revoked camera's row stays with version 0 and without choices, so that its node hears of that.
 */
export const cameraSetupsTable = table('camera_setups', {
  camera: text(), site: text(), version: int(), choices: text(), scene: nullable(text()), staffAnalysis: int(), openUntil: nullable(int()),
  updatedAt: nullable(int()), updatedBy: nullable(text()), updatedByName: nullable(text()), changedAt: int(),
}, { primaryKey: ['camera'], index: [['site']] });

/** Addresses of IP cameras: `sealed` whole and unreadable without the key, `shown` without what is secret. */
export const cameraSourcesTable = table('camera_sources', { camera: text(), site: text(), sealed: text(), shown: text(), updatedAt: int() }, { primaryKey: ['camera'], index: [['site']] });

/** Which vision node fetches which IP camera, until when unless it says so again (epoch ms). */
export const cameraPullsTable = table('camera_pulls', { camera: text(), node: text(), until: int() }, { primaryKey: ['camera'], index: [['node']] });

/** Vision nodes that could fetch IP cameras. `site` null: of any site. `since` is when it came, `seenAt` when it last spoke (epoch ms). */
export const pullNodesTable = table('pull_nodes', { node: text(), site: nullable(text()), room: int(), load: real(), since: int(), seenAt: int() }, { primaryKey: ['node'] });

/** What a vision node last stated of its work on a camera's picture; `running` 0 or 1, `since` epoch ms. */
export const cameraAnalysisTable = table('camera_analysis', { camera: text(), site: text(), running: int(), reason: nullable(text()), since: int() }, { primaryKey: ['camera'], index: [['site']] });
