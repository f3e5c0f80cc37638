import type { CameraSetup } from '../../contract/index.ts';

/** A set-up under which a camera's faces are read: no staff in view, no area drawn. */
export function testSetup(camera: string, changes: Partial<CameraSetup> = {}): CameraSetup {
  return {
    camera, site: 'shop', version: 1, purpose: 'Test', emotions: true, counting: false, demographics: false, areas: [], staff: 'none', masks: [], line: null,
    scene: null, staffAnalysis: false, openUntil: null, updatedAt: 1, updatedBy: null, ...changes,
  };
}
