import { int, nullable, table, text } from '../core/store/table.ts';

/**
 * What was last stated about each camera: one row agrees with the newest `camera.*` event, whose place in the log
 * is `offset`. `connected` is 0 or 1, `since` epoch ms.
 */
export const camerasStateTable = table('cameras_state', {
  camera: text(), site: text(), connected: int(), since: int(), reason: nullable(text()), node: text(), codec: nullable(text()), offset: int(),
}, { primaryKey: ['camera'], index: [['site']] });

/**
 * Vision nodes that are registered, at whichever hub. `connection` tells a node's newest connection from older ones,
 * `hub` is the hub that holds it; that hub renews `seenAt` while the connection stands. `absentSince` is set when it
 * broke: the node has a moment to come back. Times are epoch ms.
 */
export const visionNodesTable = table('vision_nodes', {
  node: text(), device: text(), site: nullable(text()), capacity: int(), hub: text(), connection: text(), seenAt: int(), absentSince: nullable(int()),
}, { primaryKey: ['node'] });

/**
 * Which camera has a place on which node. `media` is 1 while the node says that pictures flow; without them the place
 * is kept until `heldUntil` (epoch ms). `whip` names the resource that the camera's last WHIP offer made.
 */
export const cameraPlacesTable = table('camera_places', {
  camera: text(), site: text(), node: text(), media: int(), heldUntil: int(), whip: nullable(text()),
}, { primaryKey: ['camera'], index: [['node']] });
