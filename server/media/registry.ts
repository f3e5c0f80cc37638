import { and, eq, inArray, isNull, lt, sql } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { chooseNode, isAbandoned, type CameraPlace, type NodeLoad } from './rules.ts';
import { cameraPlacesTable, visionNodesTable } from './tables.ts';

/** A node that is registered, at whichever hub. */
export type NodeRow = typeof visionNodesTable.sqlite.$inferSelect;
/** A camera's place on a node. */
export type PlaceRow = typeof cameraPlacesTable.sqlite.$inferSelect;

/** Who is where, at one moment or a little later. */
export interface Picture { nodes: NodeRow[]; places: PlaceRow[] }
export interface PlaceAndNode { place: PlaceRow; node: NodeRow | undefined }

/** A node says what it is and whom it serves. */
export interface Claim {
  node: string; device: string; site: string | null; capacity: number; hub: string; connection: string; at: number;
  cameras: readonly CameraPlace[];
}
export type Registration =
  | { refused: string }
  | {
    /** Cameras that are its own now. */
    adopted: Set<string>;
    /** Cameras whose media it had, and has no more. */
    lost: PlaceRow[];
    /** The connection that it had before, if any. */
    replaced: string | undefined;
  };

/** Who assigns, adopts or removes reads all of it first: one after another, over all hubs. */
const SCOPE = 'media';
const ROWS_PER_STATEMENT = 200;

export const mayServe = ({ site }: { site: string | null }, of: string): boolean => site === null || site === of;

/** The nodes' loads: their names, capacities and cameras. */
export function loadsOf(nodes: readonly NodeRow[], places: readonly PlaceRow[]): (NodeLoad & { cameras: Set<string> })[] {
  const loads = new Map(nodes.map(({ node, site, capacity }) => [node, { node, site, capacity, cameras: new Set<string>() }]));
  for (const { node, camera } of places) loads.get(node)?.cameras.add(camera);
  return [...loads.values()];
}

/** Which nodes there are and which camera sits where, kept in the store for all hubs. Everything may throw StoreUnavailable. */
export class Registry {
  readonly #store: Store;
  readonly #nodes: typeof visionNodesTable.sqlite;
  readonly #places: typeof cameraPlacesTable.sqlite;

  constructor(store: Store) {
    this.#store = store;
    this.#nodes = store.use(visionNodesTable);
    this.#places = store.use(cameraPlacesTable);
  }

  picture(): Promise<Picture> {
    return this.#store.read((db) => this.#all(db));
  }

  locate(camera: string): Promise<PlaceAndNode | undefined> {
    return this.#store.read((db) => this.#locate(db, camera));
  }

  /**
   * Takes in a node and the cameras that it serves, even beyond its capacity: that is a fact, not a choice. Cameras
   * that another present node has are left there.
   */
  register(claim: Claim, isPresent: (node: NodeRow) => boolean): Promise<Registration> {
    return this.#write(async (db) => {
      const { nodes, places } = await this.#all(db);
      const before = nodes.find(({ node }) => node === claim.node);
      if (before && before.device !== claim.device && isPresent(before)) return { refused: `the name ${claim.node} is taken by another device` };
      const { device, site, capacity, hub, connection, at } = claim;
      const values = { device, site, capacity, hub, connection, seenAt: at, absentSince: null };
      await db.insert(this.#nodes).values({ node: claim.node, ...values }).onConflictDoUpdate({ target: this.#nodes.node, set: values });

      const present = new Set(nodes.filter(isPresent).map(({ node }) => node));
      const placeOf = new Map(places.map((place) => [place.camera, place]));
      const isFree = (camera: string): boolean => {
        const on = placeOf.get(camera)?.node;
        return on === undefined || on === claim.node || !present.has(on);
      };
      const own = claim.cameras.filter((camera) => mayServe(claim, camera.site) && isFree(camera.camera));
      await this.#put(db, own.map((camera) => flowing(camera, claim.node, placeOf.get(camera.camera))));
      const adopted = new Set(own.map(({ camera }) => camera));
      const lost = places.filter(({ node, camera, media }) => node === claim.node && media === 1 && !adopted.has(camera));
      await this.#removePlaces(db, lost);
      return { adopted, lost, replaced: before?.connection };
    });
  }

  /** Says that these connections stand. */
  async renew(connections: readonly string[], at: number): Promise<void> {
    await this.#write(async (db) => { await db.update(this.#nodes).set({ seenAt: at }).where(inArray(this.#nodes.connection, [...connections])); });
  }

  /** The node behind this connection can take that many cameras now; of a node that has come anew nothing changes. */
  async resize(connection: string, capacity: number): Promise<void> {
    await this.#write(async (db) => { await db.update(this.#nodes).set({ capacity }).where(eq(this.#nodes.connection, connection)); });
  }

  /** The connection broke; the node's cameras keep their places until it is removed. */
  async markAbsent(connection: string, since: number): Promise<void> {
    await this.#write(async (db) => { await db.update(this.#nodes).set({ absentSince: since }).where(and(eq(this.#nodes.connection, connection), isNull(this.#nodes.absentSince))); });
  }

  /** All connections of a hub broke, or of every hub. */
  async markAllAbsent(hub: string | undefined, since: number): Promise<void> {
    const standing = isNull(this.#nodes.absentSince);
    await this.#write(async (db) => { await db.update(this.#nodes).set({ absentSince: since }).where(hub === undefined ? standing : and(standing, eq(this.#nodes.hub, hub))); });
  }

  /**
   * Gives each camera a node, as far as there is room, and keeps the places until `heldUntil`.
   * @param isPresent whether a node can be asked by this hub
   * @returns the nodes by camera
   */
  assign(cameras: readonly CameraPlace[], heldUntil: number, isPresent: (node: NodeRow) => boolean): Promise<Map<string, NodeRow>> {
    return this.#write(async (db) => {
      const { nodes, places } = await this.#all(db);
      const present = new Map(nodes.filter(isPresent).map((node) => [node.node, node]));
      const loads = loadsOf([...present.values()], places);
      const placeOf = new Map(places.map((place) => [place.camera, place]));
      const rows = new Map<string, PlaceRow>();
      const chosen = new Map<string, NodeRow>();
      for (const { camera, site } of cameras) {
        const node = chooseNode(loads, { camera, site });
        if (node === undefined) continue;
        for (const load of loads) if (load.node === node) load.cameras.add(camera); else load.cameras.delete(camera);
        const before = placeOf.get(camera);
        const kept = before?.node === node ? { media: before.media, whip: before.whip } : { media: 0, whip: null };
        rows.set(camera, { camera, site, node, heldUntil, ...kept });
        chosen.set(camera, present.get(node)!);
      }
      await this.#put(db, [...rows.values()]);
      return chosen;
    });
  }

  /** Puts the camera where its media already is, unless another present node has it. */
  adopt(camera: CameraPlace, node: string, connection: string, isPresent: (node: NodeRow) => boolean): Promise<'adopted' | 'elsewhere' | 'unregistered'> {
    return this.#write(async (db) => {
      const [row] = await db.select().from(this.#nodes).where(eq(this.#nodes.node, node));
      if (row?.connection !== connection) return 'unregistered';
      const held = await this.#locate(db, camera.camera);
      if (!mayServe(row, camera.site) || (held?.node && held.place.node !== node && isPresent(held.node))) return 'elsewhere';
      if (held?.place.node !== node || held.place.media === 0) await this.#put(db, [flowing(camera, node, held?.place)]);
      return 'adopted';
    });
  }

  async mediaGone(camera: string, node: string): Promise<void> {
    await this.#write(async (db) => { await db.update(this.#places).set({ media: 0 }).where(and(eq(this.#places.camera, camera), eq(this.#places.node, node))); });
  }

  /** Remembers which WHIP resource the camera's offer made. */
  async nameResource(camera: string, node: string, whip: string): Promise<void> {
    await this.#write(async (db) => { await db.update(this.#places).set({ whip }).where(and(eq(this.#places.camera, camera), eq(this.#places.node, node))); });
  }

  /** Gives the camera's place back (only if it belongs to the WHIP resource, when one is given); undefined when there was none. */
  release(camera: string, whip?: string): Promise<PlaceAndNode | undefined> {
    return this.#write(async (db) => {
      const held = await this.#locate(db, camera);
      if (!held || (whip !== undefined && held.place.whip !== whip)) return undefined;
      await this.#removePlaces(db, [held.place]);
      return held;
    });
  }

  /** Forgets the node if it is lost still. @returns the places that its cameras had, or undefined when it is not */
  removeLost(node: string, isLost: (node: NodeRow) => boolean): Promise<PlaceRow[] | undefined> {
    return this.#write(async (db) => {
      const [row] = await db.select().from(this.#nodes).where(eq(this.#nodes.node, node));
      return row && isLost(row) ? this.#removeNode(db, node) : undefined;
    });
  }

  /** Forgets the nodes of a device. @returns their cameras' places, and their rows */
  removeDevice(device: string): Promise<Picture> {
    return this.#write(async (db) => {
      const nodes = await db.select().from(this.#nodes).where(eq(this.#nodes.device, device));
      const places: PlaceRow[] = [];
      for (const { node } of nodes) places.push(...await this.#removeNode(db, node));
      return { nodes, places };
    });
  }

  /**
   * Gives back places that nobody uses. Only the hub that has a camera's connection knows that it is still wanted: it
   * keeps such places, that end before `soon`, until `later`.
   * @param isHere whether this hub has a connection of the camera
   */
  tidy(now: number, soon: number, later: number, isHere: (camera: string) => boolean): Promise<PlaceRow[]> {
    return this.#write(async (db) => {
      const ending = await db.select().from(this.#places).where(and(eq(this.#places.media, 0), lt(this.#places.heldUntil, soon)));
      const kept = ending.filter(({ camera }) => isHere(camera));
      for (const part of parts(kept)) await db.update(this.#places).set({ heldUntil: later }).where(inArray(this.#places.camera, part.map(({ camera }) => camera)));
      const abandoned = ending.filter(({ camera, node, heldUntil, media }) => isAbandoned({ node, heldUntil, media: media === 1 }, isHere(camera), now));
      await this.#removePlaces(db, abandoned);
      return abandoned;
    });
  }

  #write<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#store.transaction(({ db }) => work(db), SCOPE);
  }

  async #all(db: Db): Promise<Picture> {
    return { nodes: await db.select().from(this.#nodes), places: await db.select().from(this.#places) };
  }

  async #locate(db: Db, camera: string): Promise<PlaceAndNode | undefined> {
    const [place] = await db.select().from(this.#places).where(eq(this.#places.camera, camera));
    if (!place) return undefined;
    const [node] = await db.select().from(this.#nodes).where(eq(this.#nodes.node, place.node));
    return { place, node };
  }

  async #removeNode(db: Db, node: string): Promise<PlaceRow[]> {
    await db.delete(this.#nodes).where(eq(this.#nodes.node, node));
    return db.delete(this.#places).where(eq(this.#places.node, node)).returning();
  }

  async #removePlaces(db: Db, places: readonly PlaceRow[]): Promise<void> {
    for (const part of parts(places)) await db.delete(this.#places).where(inArray(this.#places.camera, part.map(({ camera }) => camera)));
  }

  async #put(db: Db, places: readonly PlaceRow[]): Promise<void> {
    for (const part of parts(places)) {
      await db.insert(this.#places).values([...part]).onConflictDoUpdate({
        target: this.#places.camera,
        set: { site: sql`excluded.site`, node: sql`excluded.node`, media: sql`excluded.media`, heldUntil: sql`excluded.held_until`, whip: sql`excluded.whip` },
      });
    }
  }
}

/** A place whose media the node has. */
function flowing({ camera, site }: CameraPlace, node: string, before: PlaceRow | undefined): PlaceRow {
  return { camera, site, node, media: 1, heldUntil: 0, whip: before?.node === node ? before.whip : null };
}

function parts<T>(rows: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let i = 0; i < rows.length; i += ROWS_PER_STATEMENT) result.push(rows.slice(i, i + ROWS_PER_STATEMENT));
  return result;
}
