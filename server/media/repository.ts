import { and, eq } from '../core/store/drizzle.ts';
import type { CameraState } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { MediaCamera } from './ports.ts';
import { isChange, type CameraReport, type Stated } from './rules.ts';
import { cameraPlacesTable, camerasStateTable } from './tables.ts';

/** A camera for the cameras view; the latest window is another part's. */
export type CameraRow = Omit<CameraState, 'last'>;

/**
 * A report about a camera with its moment (epoch ms, hub's clock) and, for a loss, why. `concluded`: the hub said so
 * because the node did not; it counts only if the node has not brought the camera back since, at whichever hub.
 */
export interface TimedReport extends CameraReport { at: number; reason: string | null; concluded?: boolean }

/**
 * States a camera's coming or going: event and row in one transaction, nothing when it is no change.
 * Resolves to whether something was stated. @throws StoreUnavailable when the store takes no writes.
 */
export function stateCamera(store: Store, camera: MediaCamera, report: TimedReport): Promise<boolean> {
  return store.transaction(async (tx) => {
    const table = store.use(camerasStateTable);
    const [row] = await tx.db.select().from(table).where(eq(table.camera, camera.id));
    const stated: Stated | undefined = row && { connected: row.connected === 1, node: row.node, codec: row.codec };
    if (!isChange(stated, report) || (report.concluded && await isServed(store, tx, camera.id, report.node))) return false;
    const offset = await append(tx, camera, report);
    const values = {
      site: camera.site, connected: report.connected ? 1 : 0, since: report.at, reason: report.connected ? null : report.reason,
      node: report.node, codec: report.codec ?? row?.codec ?? null, offset,
    };
    await tx.db.insert(table).values({ camera: camera.id, ...values }).onConflictDoUpdate({ target: table.camera, set: values });
    return true;
  }, `camera ${camera.id}`);
}

async function isServed(store: Store, tx: Transaction, camera: string, node: string): Promise<boolean> {
  const places = store.use(cameraPlacesTable);
  return (await tx.db.select({ node: places.node }).from(places).where(and(eq(places.camera, camera), eq(places.node, node), eq(places.media, 1)))).length > 0;
}

async function append(tx: Transaction, camera: MediaCamera, report: TimedReport): Promise<number> {
  const options = { touchpoint: camera.touchpoint };
  const event = report.connected
    ? hubEvent(camera.site, 'camera.connected', report.at, { camera: camera.id, node: report.node, ...(report.codec === null ? {} : { codec: report.codec }) }, options)
    : hubEvent(camera.site, 'camera.disconnected', report.at, { camera: camera.id, node: report.node, reason: report.reason ?? 'unknown' }, options);
  const [offset] = await tx.append([event]);
  if (offset === undefined) throw new Error('the log gave no offset for a camera event');
  return offset;
}

/** Cameras that stand as connected, with their sites and nodes; of one node or of all. */
export function connectedCameras(store: Store, node?: string): Promise<{ camera: string; site: string; node: string }[]> {
  const table = store.use(camerasStateTable);
  const connected = eq(table.connected, 1);
  return store.read((db) => db.select({ camera: table.camera, site: table.site, node: table.node }).from(table).where(node === undefined ? connected : and(connected, eq(table.node, node))));
}

/** Every given camera of the site with what was last stated about it; a camera that never came has `since: null`. */
export async function cameraRows(store: Store, site: string, cameras: readonly MediaCamera[], work: ReadonlyMap<string, Pick<CameraState, 'analysis' | 'setup'>> = new Map()): Promise<CameraRow[]> {
  const table = store.use(camerasStateTable);
  const rows = new Map((await store.read((db) => db.select().from(table).where(eq(table.site, site)))).map((row) => [row.camera, row]));
  return cameras.map(({ id, name, touchpoint }) => {
    const row = rows.get(id);
    return { id, name, touchpoint, connected: row?.connected === 1, since: row?.since ?? null, reason: row?.reason ?? null, codec: row?.codec ?? null, node: row?.node ?? null, ...(work.get(id) ?? { analysis: null, setup: 0 }) };
  });
}
