import type { CameraAnalysis, EmotionSample, EmotionWindow } from '../../contract/index.ts';
import type { TestCamera } from './camera.ts';
import { until, type FakeHub } from './hub.ts';

/**
 * What a node has told its hub of one camera or another.
 * @param hub the one that there is when somebody asks. @param waitMs how long samples are waited for.
 */
export function toldTo(hub: () => FakeHub, waitMs: number) {
  const bodiesOf = <T extends { camera: string }>(type: string, camera: string): T[] => (
    [...hub().events.values()].filter((event) => event.type === type).map(({ body }) => body as unknown as T).filter((body) => body.camera === camera));
  const samplesOf = (camera: string): EmotionSample[] => hub().samples.filter((sample) => sample.camera === camera);
  const standingsOf = (camera: string): CameraAnalysis[] => bodiesOf('camera.analysis', camera);
  return {
    samplesOf, standingsOf,
    standingOf: (camera: string): CameraAnalysis | undefined => standingsOf(camera).at(-1),
    windowsOf: (camera: string): EmotionWindow[] => bodiesOf('emotion.windowed', camera),
    /** Waits for `count` samples that come from now on. */
    newSamples: async (camera: string, count: number): Promise<EmotionSample[]> => {
      const before = samplesOf(camera).length;
      await until(() => samplesOf(camera).length >= before + count, `${count} samples of ${camera}`, waitMs);
      return samplesOf(camera).slice(before);
    },
  };
}

/** Stops the cameras and empties the list, and ends at the node whatever came to this hub. */
export async function endCameras(hub: FakeHub, cameras: TestCamera[]): Promise<void> {
  await Promise.all(cameras.splice(0).map((camera) => camera.stop()));
  for (const camera of new Set(hub.cameras.map((state) => state.camera))) await hub.ask('camera:close', camera, {});
}
