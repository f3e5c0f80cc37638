import type { Logger } from 'pino';
import { modelSetting, type VisionConfig } from './config.ts';
import { Engine } from './engine.ts';
import { HubLink } from './link.ts';
import { CameraBudget, Overload } from './capacity.ts';
import { chooseModels } from './measure/builtin.ts';
import type { Job } from './measure/manifest.ts';
import { MeasurePool } from './measure/pool.ts';
import { usableProviders } from './measure/providers.ts';
import { Cameras } from './media/cameras.ts';
import { MediaWorker } from './media/worker.ts';
import { Outbox } from './outbox/outbox.ts';
import { OutboxSender } from './outbox/sender.ts';
import { handleRequest } from './requests.ts';
import { RtspPuller } from './rtsp/puller.ts';
import { SampleBatcher } from './samples.ts';
import { SetupSync } from './sync.ts';
import type { NewEvent } from './watch.ts';

const STATUS_MS = 5_000;
/** How long the threads are tried: a part of a second by which the start takes longer. */
const PROBE_MS = 1_000;
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
  const pool = await openPool(config, log);
  const speed = config.capacity === undefined ? await pool.probe(PROBE_MS) : undefined;
  const budget = speed ? CameraBudget.measured(speed, config) : CameraBudget.fixed(config.capacity!);
  log.info({ ...speed, cameras: budget.room([]), countingNeeds: budget.counting, lookNeeds: budget.look }, 'capacity');
  const outbox = new Outbox({ path: config.outboxPath });
  const sender = new OutboxSender({ hubUrl: config.hubUrl, token: config.token, outbox, log });
  const samples = new SampleBatcher((batch) => link.samples(batch));
  const engine = new Engine({ fps: config.fps, peopleFps: config.peopleFps, smileAbove: config.smileAbove, pool, log, onSample: (sample) => samples.add(sample), frozenMs: config.frozenMs, onWindows: (site, windows) => keep(outbox, sender, windows.map((window) => ({ type: 'emotion.windowed', site, at: window.to, body: window }))), onEvent: (event) => keep(outbox, sender, [event]), onScene: (camera, version, scene) => sync.reportScene(camera, version, scene) });
  const worker: MediaWorker = new MediaWorker({ port: config.mediaPort, addresses: config.mediaIps, log });
  const overload = new Overload(log);
  const shareLoad = (): void => {
    link.capacity(cameras.capacity);
    overload.watch(cameras.load, cameras.names.length);
  };
  const cameras: Cameras = new Cameras({ budget, setup: (camera) => sync.setup(camera), onChange: shareLoad, worker, engine, log, onOpen: (camera) => sync.opened(camera), onState: (state) => link.camera(state) });
  const puller = new RtspPuller({ cameras, log, local: config.localCameras, onUnusable: (camera, reason) => link.camera({ camera, state: 'disconnected', reason: `source_unusable: ${reason}`.slice(0, 120), at: Date.now() }) });
  const sync: SetupSync = new SetupSync({
    hubUrl: config.hubUrl, token: config.token, node: config.node, log,
    holding: () => ({ room: cameras.room, load: Math.min(1, cameras.load), cameras: cameras.names, pulling: puller.pulling }),
    configure: (setup) => { engine.configure(setup); shareLoad(); },
    pull: (pulls) => puller.set(pulls),
  });
  const link = new HubLink({
    hubUrl: config.hubUrl, token: config.token, log,
    registration: () => ({ node: config.node, capacity: cameras.capacity, ...(speed && { framesPerSecond: speed.framesPerSecond, peoplePerSecond: speed.peoplePerSecond }), cameras: cameras.names }),
    states: () => cameras.states(),
    request: (name, payload) => handleRequest(cameras, name, payload),
    sync: () => sync.now(),
  });
  const status = (): ReturnType<VisionNode['status']> => ({ ...engine.status(), cameras: cameras.connected, outbox: outbox.size, registered: link.registered });
  const timer = setInterval(() => {
    // Closer looks come and go with the people.
    shareLoad();
    const { fps, lagP50Ms, lagP95Ms, dropped, rate, cameras: connected, outbox: waiting } = status();
    link.status({ fps, lagP50Ms, lagP95Ms, dropped, rate, load: cameras.load, cameras: connected, outbox: waiting });
  }, STATUS_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    sync.close();
    await puller.close();
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

/** Opens every model that is there; what one does that is missing or broken is said to fail where it is wanted. */
async function openPool(config: VisionConfig, log: Logger): Promise<MeasurePool> {
  const { providers, problems } = config.providers.every((name) => name === 'cpu') ? { providers: config.providers, problems: [] } : await usableProviders(config.providers);
  for (const problem of problems) log.warn(problem);
  const chosen = chooseModels(config.modelsDir, config.models);
  log.info({ expression: chosen.models.map(({ manifest, weight }) => `${manifest.name} ×${weight}`), own: config.models }, 'models');
  const pool = await MeasurePool.open({ ...chosen, providers }, config.threads, (error) => log.error({ err: error }, 'a measuring thread died; it is replaced'));
  const settings = Object.keys(config.models).map((job) => modelSetting(job as Job));
  const advice = settings.length > 0 ? ` Put it right, or leave out ${settings.join(', ')} to use the models that come with the program; then start the node again.` : '';
  for (const { part, message } of pool.failures) log.error({ part, message }, `a model cannot be used; what it does is left out.${advice}`);
  return pool;
}

function keep(outbox: Outbox, sender: OutboxSender, events: readonly NewEvent[]): void {
  outbox.add(events);
  sender.wake();
}
