import type { CameraSetup, Polygon } from '../../contract/index.ts';

/** What a measuring thread has to know of a camera; sent to every thread once, whenever it changes. */
export interface CameraPlan {
  camera: string;
  /** Rises with every change, so that an answer tells by which plan it was made. */
  revision: number;
  areas: readonly { id: string; polygon: Polygon }[];
  masks: readonly Polygon[];
  /** The masks are not painted: whom they hold is read as staff. */
  staffAnalysis: boolean;
  demographics: boolean;
  /** What the scene must look like, from `SceneMark`; null while it is being learnt. */
  scene: Uint8Array | null;
}

export function planOf(setup: CameraSetup, revision: number, scene: Uint8Array | null): CameraPlan {
  return {
    camera: setup.camera, revision, masks: setup.masks, staffAnalysis: setup.staffAnalysis && setup.staff === 'masked', demographics: setup.demographics, scene,
    areas: setup.areas.map(({ id, polygon }) => ({ id, polygon })),
  };
}
