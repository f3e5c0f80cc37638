import { parentPort, workerData } from 'node:worker_threads';
import { CloseLooks, partsOf } from './close-looks.ts';
import { Measurer, WHOLE_PICTURE, type Failure, type Measurement, type MeasurerOptions, type Wanted } from './measurer.ts';
import { i420Bytes, pictureOf } from './picture.ts';
import type { CameraPlan } from './plan.ts';

/** Main thread → this one. The buffer is handed over, not copied, and comes back with the reply. */
export type ThreadRequest =
  | { kind: 'measure'; camera: string; data: ArrayBuffer; width: number; height: number; wanted: Wanted }
  | { kind: 'plan'; plan: CameraPlan }
  | { kind: 'forget'; camera: string }
  | { kind: 'probe'; ms: number }
  | { kind: 'close' };
/** `revision`: of the plan by which the frame was measured. */
export type ThreadReply =
  | { kind: 'ready'; failures: readonly Failure[] }
  | { kind: 'measured'; data: ArrayBuffer; revision: number; measurement: Measurement }
  | { kind: 'probed'; framesPerSecond: number; peoplePerSecond: number; looksPerSecond: number }
  | { kind: 'failed'; data: ArrayBuffer; message: string };

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');

const NOTHING: Wanted = { faces: false, people: false, learn: false, poses: null, person: false, closer: [] };
const measurer = await Measurer.open(workerData as MeasurerOptions);
const plans = new Map<string, CameraPlan>();
await warmUp();
port.on('message', (request: ThreadRequest) => {
  switch (request.kind) {
    case 'close': port.close(); return;
    case 'plan': plans.set(request.plan.camera, request.plan); return;
    case 'forget': plans.delete(request.camera); measurer.forget(request.camera); return;
    case 'probe': void probe(request.ms); return;
    case 'measure': void answer(request);
  }
});
port.postMessage({ kind: 'ready', failures: measurer.failures } satisfies ThreadReply);

/** The first run of a model allocates its memory: better before the first frame than on it. */
async function warmUp(): Promise<void> {
  const grey = new Uint8Array(i420Bytes(64, 64)).fill(128);
  await measurer.measure(pictureOf(grey, 64, 64), WHOLE_PICTURE, { faces: true, people: true, learn: false, poses: [], person: false, closer: [] });
}

/** Parts of the probe's time that are for faces and for single closer looks; a search for people takes several times as long as a frame, and is less often. */
const FACES_SHARE = 0.5;
const LOOKS_SHARE = 0.1;
/** Capture time between the probe's frames, ms: far enough for closer looks to come as they do at cameras. */
const PROBE_FRAME_MS = 200;

/** A picture as large as most cameras send it, of noise: a flat one would be easier than what cameras see. */
async function probe(ms: number): Promise<void> {
  const data = Uint8Array.from({ length: i420Bytes(640, 480) }, (_, i) => 64 + (Math.imul(i, 2_654_435_761) >>> 25));
  const picture = pictureOf(data, 640, 480);
  const searched = { x: 0, y: 0, width: 640, height: 480 };
  const looks = new CloseLooks();
  let at = 0;
  const framesPerSecond = await perSecond(FACES_SHARE * ms, async () => { await measurer.probe(picture, looks.take(at += PROBE_FRAME_MS, searched, false)); return true; });
  const looksPerSecond = await perSecond(LOOKS_SHARE * ms, () => measurer.probeLook(picture, partsOf(searched)[0]!));
  const peoplePerSecond = await perSecond((1 - FACES_SHARE - LOOKS_SHARE) * ms, () => measurer.probePeople(picture));
  port!.postMessage({ kind: 'probed', framesPerSecond, peoplePerSecond, looksPerSecond } satisfies ThreadReply);
}

/** How often `work` gets done in a second; 0 when it cannot be done. */
async function perSecond(ms: number, work: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  let done = 0;
  for (; performance.now() - began < ms; done++) if (!await work()) return 0;
  return done * 1000 / (performance.now() - began);
}

async function answer({ camera, data, width, height, wanted }: ThreadRequest & { kind: 'measure' }): Promise<void> {
  try {
    const plan = plans.get(camera);
    // A camera whose set-up this thread has not heard of is not looked at, whatever was asked.
    const measurement = await measurer.measure(pictureOf(new Uint8Array(data), width, height), plan ?? WHOLE_PICTURE, plan ? wanted : NOTHING);
    reply({ kind: 'measured', data, revision: plan?.revision ?? 0, measurement });
  } catch (error) {
    reply({ kind: 'failed', data, message: error instanceof Error ? error.message : String(error) });
  }
}

function reply(message: Extract<ThreadReply, { data: ArrayBuffer }>): void {
  port!.postMessage(message, [message.data]);
}
