import type { MediaCamera } from './ports.ts';
import { chooseNode, isAbandoned, type Assignment, type NodeLoad } from './rules.ts';

interface NodeEntry { device: string; site: string | null; capacity: number; present: boolean }
export interface Place extends Assignment { camera: MediaCamera }

/** Which nodes there are and which camera sits where; in memory only, nodes tell it again after a restart. */
export class NodeRegistry {
  readonly #nodes = new Map<string, NodeEntry>();
  readonly #places = new Map<string, Place>();

  /** The device that holds a node's name while the node is present. */
  holderOf(node: string): string | undefined {
    const entry = this.#nodes.get(node);
    return entry?.present ? entry.device : undefined;
  }

  register(node: string, device: string, site: string | null, capacity: number): void {
    this.#nodes.set(node, { device, site, capacity, present: true });
  }

  /** The node's connection is gone; its cameras keep their places until `remove`. */
  markAbsent(node: string): void {
    const entry = this.#nodes.get(node);
    if (entry) entry.present = false;
  }

  /** Forgets the node. Returns the places that its cameras had. */
  remove(node: string): Place[] {
    this.#nodes.delete(node);
    const lost = this.placesOn(node);
    for (const place of lost) this.#places.delete(place.camera.id);
    return lost;
  }

  placesOn(node: string): Place[] {
    return [...this.#places.values()].filter((place) => place.node === node);
  }

  place(camera: string): Place | undefined {
    return this.#places.get(camera);
  }

  /** The node that has the camera and can be asked now. */
  presentNodeOf(camera: string): string | undefined {
    const node = this.#places.get(camera)?.node;
    return node !== undefined && this.#nodes.get(node)?.present ? node : undefined;
  }

  /** Gives the camera a node and keeps the place until `heldUntil`; undefined when no node has room. */
  assign(camera: MediaCamera, heldUntil: number): string | undefined {
    const node = chooseNode(this.#loads(), { camera: camera.id, site: camera.site });
    if (node === undefined) return undefined;
    const before = this.#places.get(camera.id);
    this.#places.set(camera.id, { camera, node, heldUntil, media: before?.node === node && before.media });
    return node;
  }

  /** Puts the camera where its media already is, even beyond capacity: that is a fact, not a choice. */
  adopt(camera: MediaCamera, node: string): void {
    this.#places.set(camera.id, { camera, node, heldUntil: 0, media: true });
  }

  mayServe(node: string, site: string): boolean {
    const entry = this.#nodes.get(node);
    return entry !== undefined && (entry.site === null || entry.site === site);
  }

  mediaGone(camera: string): void {
    const place = this.#places.get(camera);
    if (place) place.media = false;
  }

  release(camera: string): void {
    this.#places.delete(camera);
  }

  /** Gives back the places that nobody uses. */
  sweep(now: number, signalling: (camera: string) => boolean): void {
    for (const [camera, place] of this.#places) if (isAbandoned(place, signalling(camera), now)) this.#places.delete(camera);
  }

  /** Names, capacities and cameras of the present nodes. */
  overview(): NodeLoad[] {
    return this.#loads();
  }

  #loads(): NodeLoad[] {
    const cameras = new Map<string, Set<string>>();
    for (const place of this.#places.values()) {
      const set = cameras.get(place.node) ?? new Set<string>();
      cameras.set(place.node, set.add(place.camera.id));
    }
    return [...this.#nodes].filter(([, entry]) => entry.present)
      .map(([node, { site, capacity }]) => ({ node, site, capacity, cameras: cameras.get(node) ?? new Set<string>() }));
  }
}
