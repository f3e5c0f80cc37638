import type { CameraChoices } from '../../contract/index.ts';

/** A set-up under which every face is read: nobody of staff in view, no area drawn. For tests that are about what comes after. */
export const WHOLE_PICTURE: CameraChoices = { purpose: 'Test', emotions: true, counting: false, demographics: false, areas: [], staff: 'none', masks: [], line: null };
