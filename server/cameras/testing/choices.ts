import type { CameraArea, CameraChoices, CameraLine, Polygon } from '../../../contract/index.ts';

export const SQUARE: Polygon = [[0.1, 0.1], [0.6, 0.1], [0.6, 0.6], [0.1, 0.6]];
export const LINE: CameraLine = { from: [0.1, 0.5], to: [0.9, 0.5], inward: 'right', reentryS: 5, groupS: 2 };

export const areaOf = (changes: Partial<CameraArea> = {}): CameraArea => ({ id: 'counter', name: 'Counter', role: 'contact', polygon: SQUARE, zone: null, touchpoint: null, ...changes });

/** What an installer may decide: one area, nobody of staff in the picture. */
export const choicesOf = (changes: Partial<CameraChoices> = {}): CameraChoices => ({
  purpose: 'Queues at the till', emotions: true, counting: false, demographics: false, areas: [areaOf()], staff: 'none', masks: [], line: null, ...changes,
});
