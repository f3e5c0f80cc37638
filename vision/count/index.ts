export { CameraCounter, type CameraCounterOptions } from './counter.ts';
export { CrossingCounter, type Crossing } from './crossings.ts';
export { PeopleDetector } from './detector.ts';
export type { PeopleFrame } from './people-frame.ts';
