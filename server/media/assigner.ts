import type { NodeRow } from './registry.ts';
import type { CameraPlace } from './rules.ts';

/** Cameras in one transaction: bounds how long the next one waits. */
const MOST_AT_ONCE = 200;

interface Asking { camera: CameraPlace; resolve(node: NodeRow | undefined): void; reject(error: unknown): void }

/** Lets cameras that ask at the same time, as they all do after a node died, share one transaction. */
export class Assigner {
  readonly #assign: (cameras: CameraPlace[]) => Promise<Map<string, NodeRow>>;
  #asking: Asking[] = [];
  #running = false;

  constructor(assign: (cameras: CameraPlace[]) => Promise<Map<string, NodeRow>>) {
    this.#assign = assign;
  }

  /** The node that the camera was given, or undefined when none has room. @throws StoreUnavailable */
  assign(camera: CameraPlace): Promise<NodeRow | undefined> {
    return new Promise((resolve, reject) => {
      this.#asking.push({ camera, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#asking.length > 0) {
      const together = this.#asking.splice(0, MOST_AT_ONCE);
      try {
        const nodes = await this.#assign(together.map(({ camera }) => camera));
        for (const { camera, resolve } of together) resolve(nodes.get(camera.camera));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#running = false;
  }
}
