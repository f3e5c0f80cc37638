import type { Logger } from 'pino';
import type { VisionConfig } from './config.ts';
import { Engine } from './engine.ts';
import { HubLink } from './link.ts';
import { detectorPath, expressionModels } from './measure/builtin.ts';
import { MeasurePool } from './measure/pool.ts';
import { Cameras } from './media/cameras.ts';
import { MediaWorker } from './media/worker.ts';
import { Outbox } from './outbox/outbox.ts';
import { OutboxSender } from './outbox/sender.ts';
import { handleRequest } from './requests.ts';
import { SampleBatcher } from './samples.ts';
import { SetupSync } from './sync.ts';
import type { NewEvent } from './watch.ts';

const STATUS_MS = 5_000;
/** Part of the five seconds that a stop may take. */
const FLUSH_MS = 2_500;

/** A running vision node. */
export interface VisionNode {
  /** Resolves when everything has ended; the open windows are in the outbox by then, and at the hub if it answers. */
  stop(): Promise<void>;
  /** The mediasoup worker's process id while it lives. */
  workerPid(): number | undefined;
  status(): ReturnType<Engine['status']> & { cameras: number; outbox: number; registered: boolean };
}

/**
 * Puts the node together and starts it. `MEDIASOUP_WORKER_BIN` is set in this process's environment when the
 * config names a worker program, because mediasoup reads it from there.
 * @throws Error when the models, the media worker or the outbox cannot be had.
 */
export async function startVisionNode(config: VisionConfig, log: Logger): Promise<VisionNode> {
  if (config.workerBin !== undefined) process.env['MEDIASOUP_WORKER_BIN'] = config.workerBin;
  const models = expressionModels(config.modelsDir, config.expressionModel);
  log.info({ models: models.map(({ manifest, weight }) => `${manifest.name} ×${weight}`) }, 'expression models');
  const pool = await MeasurePool.open({ detector: detectorPath(config.modelsDir), models, ...(config.peopleModel === undefined ? {} : { people: config.peopleModel }) }, config.threads, (error) => log.error({ err: error }, 'a measuring thread died; it is replaced'));
  const outbox = new Outbox({ path: config.outboxPath });
  const sender = new OutboxSender({ hubUrl: config.hubUrl, token: config.token, outbox, log });
  const samples = new SampleBatcher((batch) => link.samples(batch));
  const engine = new Engine({ fps: config.fps, smileAbove: config.smileAbove, pool, log, onSample: (sample) => samples.add(sample), frozenMs: config.frozenMs, onWindows: (site, windows) => keep(outbox, sender, windows.map((window) => ({ type: 'emotion.windowed', site, at: window.to, body: window }))), onEvent: (event) => keep(outbox, sender, [event]), onScene: (camera, version, scene) => sync.reportScene(camera, version, scene) });
  const worker: MediaWorker = new MediaWorker({ port: config.mediaPort, addresses: config.mediaIps, log });
  const cameras = new Cameras({ capacity: config.capacity, worker, engine, log, onOpen: (camera) => sync.opened(camera), onState: (state) => link.camera(state) });
  const sync: SetupSync = new SetupSync({
    hubUrl: config.hubUrl, token: config.token, node: config.node, log,
    holding: () => ({ room: cameras.room, load: cameras.load, cameras: cameras.names, pulling: [] }),
    configure: (setup) => engine.configure(setup),
    pull: () => undefined,
  });
  const link = new HubLink({
    hubUrl: config.hubUrl, token: config.token, log,
    registration: () => ({ node: config.node, capacity: config.capacity, cameras: cameras.names }),
    states: () => cameras.states(),
    request: (name, payload) => handleRequest(cameras, name, payload),
    sync: () => sync.now(),
  });
  const status = (): ReturnType<VisionNode['status']> => ({ ...engine.status(), cameras: cameras.connected, outbox: outbox.size, registered: link.registered });
  const timer = setInterval(() => {
    const { fps, lagP50Ms, lagP95Ms, dropped, rate, cameras: connected, outbox: waiting } = status();
    link.status({ fps, lagP50Ms, lagP95Ms, dropped, rate, cameras: connected, outbox: waiting });
  }, STATUS_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    sync.close();
    cameras.close();
    link.close();
    worker.close();
    samples.close();
    await engine.close();
    await Promise.race([sender.flush(), new Promise((done) => setTimeout(done, FLUSH_MS).unref())]);
    sender.close();
    outbox.close();
    await pool.close();
  };
  try {
    await worker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  link.open();
  sync.now();
  sender.wake();
  return { stop, status, workerPid: () => worker.root?.worker.pid };
}

function keep(outbox: Outbox, sender: OutboxSender, events: readonly NewEvent[]): void {
  outbox.add(events);
  sender.wake();
}
