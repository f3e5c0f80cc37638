import { parentPort, workerData } from 'node:worker_threads';
import { Measurer, type Measurement, type MeasurerOptions } from './measurer.ts';
import { i420Bytes, pictureOf } from './picture.ts';

/** Main thread → this one. The buffer is handed over, not copied, and comes back with the reply. */
export type ThreadRequest = { kind: 'measure'; data: ArrayBuffer; width: number; height: number } | { kind: 'close' };
export type ThreadReply =
  | { kind: 'ready' }
  | { kind: 'measured'; data: ArrayBuffer; measurement: Measurement }
  | { kind: 'failed'; data: ArrayBuffer; message: string };

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');

const measurer = await Measurer.open(workerData as MeasurerOptions);
await warmUp();
port.on('message', (request: ThreadRequest) => {
  if (request.kind === 'close') { port.close(); return; }
  void answer(request);
});
port.postMessage({ kind: 'ready' } satisfies ThreadReply);

/** The first run of a model allocates its memory: better before the first frame than on it. */
async function warmUp(): Promise<void> {
  await measurer.measure(pictureOf(new Uint8Array(i420Bytes(64, 64)), 64, 64));
}

async function answer({ data, width, height }: ThreadRequest & { kind: 'measure' }): Promise<void> {
  try {
    const measurement = await measurer.measure(pictureOf(new Uint8Array(data), width, height));
    reply({ kind: 'measured', data, measurement });
  } catch (error) {
    reply({ kind: 'failed', data, message: error instanceof Error ? error.message : String(error) });
  }
}

function reply(message: Exclude<ThreadReply, { kind: 'ready' }>): void {
  port!.postMessage(message, [message.data]);
}
