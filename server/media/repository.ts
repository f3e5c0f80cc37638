import { eq } from '../core/store/drizzle.ts';
import type { CameraState } from '../../contract/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { MediaCamera } from './ports.ts';
import { isChange, type CameraReport, type Stated } from './rules.ts';
import { camerasStateTable } from './tables.ts';

/** A camera for the cameras view; the latest window is another part's. */
export type CameraRow = Omit<CameraState, 'last'>;

/** A report about a camera with its moment (epoch ms, hub's clock) and, for a loss, why. */
export interface TimedReport extends CameraReport { at: number; reason: string | null }

/**
 * States a camera's coming or going: event and row in one transaction, nothing when it is no change.
 * Resolves to whether something was stated. @throws StoreUnavailable when the store takes no writes.
 */
export function stateCamera(store: Store, camera: MediaCamera, report: TimedReport): Promise<boolean> {
  return store.transaction(async (tx) => {
    const table = store.use(camerasStateTable);
    const [row] = await tx.db.select().from(table).where(eq(table.camera, camera.id));
    const stated: Stated | undefined = row && { connected: row.connected === 1, node: row.node, codec: row.codec };
    if (!isChange(stated, report)) return false;
    const offset = await append(tx, camera, report);
    const values = {
      site: camera.site, connected: report.connected ? 1 : 0, since: report.at, reason: report.connected ? null : report.reason,
      node: report.node, codec: report.codec ?? row?.codec ?? null, offset,
    };
    await tx.db.insert(table).values({ camera: camera.id, ...values }).onConflictDoUpdate({ target: table.camera, set: values });
    return true;
  });
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

/** Cameras that stand as connected: their site, name of the node, by camera. */
export function connectedCameras(store: Store): Promise<{ camera: string; site: string; node: string }[]> {
  const table = store.use(camerasStateTable);
  return store.read((db) => db.select({ camera: table.camera, site: table.site, node: table.node }).from(table).where(eq(table.connected, 1)));
}

/** Every given camera of the site with what was last stated about it; a camera that never came has `since: null`. */
export async function cameraRows(store: Store, site: string, cameras: readonly MediaCamera[]): Promise<CameraRow[]> {
  const table = store.use(camerasStateTable);
  const rows = new Map((await store.read((db) => db.select().from(table).where(eq(table.site, site)))).map((row) => [row.camera, row]));
  return cameras.map(({ id, name, touchpoint }) => {
    const row = rows.get(id);
    return { id, name, touchpoint, connected: row?.connected === 1, since: row?.since ?? null, reason: row?.reason ?? null, codec: row?.codec ?? null, node: row?.node ?? null };
  });
}
