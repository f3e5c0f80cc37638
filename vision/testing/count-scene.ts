import { join } from 'node:path';
import { CrossingCounter, PeopleDetector, type Crossing } from '../count/index.ts';
import { TensorWriter } from '../measure/channels.ts';
import { pictureOf } from '../measure/picture.ts';
import { Entrance } from './entrance.ts';
import { setupResult } from './pictures.ts';
import type { Scene } from './walkers.ts';

/** The detector as set-up fetched it, on one thread. */
export async function openPeopleDetector(): Promise<PeopleDetector> {
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
  return PeopleDetector.open(join(setupResult().models.dir, 'people.onnx'), options, new TensorWriter());
}

/** Draws the scene, sends it through VP8, finds the people and counts them. */
export async function countScene(scene: Scene, detector: PeopleDetector, fps: number): Promise<{ crossings: Crossing[]; frames: number; detectMs: number }> {
  const counter = new CrossingCounter(scene.line);
  const crossings: Crossing[] = [];
  let frames = 0;
  let detectMs = 0;
  const entrance = await Entrance.open(scene);
  for await (const { at, data, width, height } of entrance.video(fps)) {
    const began = performance.now();
    const people = await detector.detect(pictureOf(data, width, height));
    detectMs += performance.now() - began;
    crossings.push(...counter.step({ at, width, height, people }));
    frames += 1;
  }
  return { crossings: [...crossings, ...counter.close()], frames, detectMs: detectMs / frames };
}
