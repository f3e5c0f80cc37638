import { Worker } from 'node:worker_threads';
import type { Failure, Measurement, MeasurerOptions, Wanted } from './measurer.ts';
import type { CameraPlan } from './plan.ts';
import type { ThreadReply, ThreadRequest } from './thread.ts';

/** A picture to measure: I420, handed over and given back with the result. */
export interface Frame { camera: string; data: ArrayBuffer; width: number; height: number; wanted: Wanted }
/** A result with the buffer that was lent for it, and the revision of the plan by which it was made; 0 for none. */
export interface Measured { measurement: Measurement; revision: number; data: ArrayBuffer }

interface Job { resolve(measured: Measured): void; reject(error: Error): void }
/** What threads do in a second: frames with one face, and pictures in which people are looked for (0 without a model for it). */
export interface Speed { framesPerSecond: number; peoplePerSecond: number; looksPerSecond: number }
interface Thread { worker: Worker; job: Job | undefined; probed?: (speed: Speed) => void }

const START_MS = 60_000;

// ONNX Runtime 1.30 otherwise writes an identifier of this computer below the home folder and may report its use to its
// maker. It reads the variable when it is loaded, in a thread of the pool; threads see what the process has then.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

/**
 * Threads that measure pictures, so that the node's loop stays free for packets and sockets. Each has its own
 * models and measures one picture at a time; a thread that dies is replaced and its picture is lost.
 */
export class MeasurePool {
  /** Models that could not be loaded. */
  failures: readonly Failure[] = [];
  readonly #options: MeasurerOptions;
  readonly #onCrash: (error: Error) => void;
  readonly #threads = new Set<Thread>();
  readonly #plans = new Map<string, CameraPlan>();
  #closed = false;

  constructor(options: MeasurerOptions, onCrash: (error: Error) => void) {
    this.#options = options;
    this.#onCrash = onCrash;
  }

  /** @throws Error when the threads cannot be started. */
  static async open(options: MeasurerOptions, threads: number, onCrash: (error: Error) => void): Promise<MeasurePool> {
    const pool = new MeasurePool(options, onCrash);
    try {
      await Promise.all(Array.from({ length: threads }, () => pool.#start()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Threads that are alive. */
  get size(): number { return this.#threads.size; }

  /** Tells every thread, and those that come later. Holds for every picture that is handed in from now on. */
  plan(plan: CameraPlan): void {
    this.#plans.set(plan.camera, plan);
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'plan', plan } satisfies ThreadRequest);
  }

  forget(camera: string): void {
    this.#plans.delete(camera);
    for (const { worker } of this.#threads) worker.postMessage({ kind: 'forget', camera } satisfies ThreadRequest);
  }

  /** @throws Error when no thread is free, when the thread dies, or when the picture is not what it is said to be. */
  measure({ camera, data, width, height, wanted }: Frame): Promise<Measured> {
    const thread = this.#free();
    if (!thread) return Promise.reject(new Error('no measuring thread is free'));
    return new Promise((resolve, reject) => {
      thread.job = { resolve, reject };
      thread.worker.postMessage({ kind: 'measure', camera, data, width, height, wanted } satisfies ThreadRequest, [data]);
    });
  }

  /** What all threads together do in a second, tried for `ms`; not while pictures are measured. */
  async probe(ms: number): Promise<Speed> {
    const speeds = await Promise.all([...this.#threads].map((thread) => new Promise<Speed>((resolve, reject) => {
      thread.probed = resolve;
      thread.worker.once('exit', () => reject(new Error('a measuring thread ended while it was tried')));
      thread.worker.postMessage({ kind: 'probe', ms } satisfies ThreadRequest);
    })));
    const sum = (of: keyof Speed): number => speeds.reduce((total, speed) => total + speed[of], 0);
    return { framesPerSecond: sum('framesPerSecond'), peoplePerSecond: sum('peoplePerSecond'), looksPerSecond: sum('looksPerSecond') };
  }

  /** Ends the threads; pictures being measured are finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map(({ worker }) => new Promise<void>((done) => {
      worker.once('exit', () => done());
      worker.postMessage({ kind: 'close' } satisfies ThreadRequest);
    })));
  }

  #free(): Thread | undefined {
    for (const thread of this.#threads) if (thread.job === undefined) return thread;
    return undefined;
  }

  async #start(): Promise<void> {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: this.#options });
    const thread: Thread = { worker, job: undefined };
    await new Promise<void>((ready, failed) => {
      const timer = setTimeout(() => { void worker.terminate(); failed(new Error(`the models were not loaded within ${START_MS / 1000} s`)); }, START_MS);
      const stop = (error: Error): void => { clearTimeout(timer); this.#gone(thread, error); failed(error); };
      worker.once('error', stop);
      worker.once('exit', (code) => stop(new Error(`a measuring thread ended with code ${code}`)));
      worker.on('message', (reply: ThreadReply) => {
        if (reply.kind !== 'ready') { settle(thread, reply); return; }
        clearTimeout(timer);
        this.#enlist(thread, reply.failures);
        ready();
      });
    });
  }

  #enlist(thread: Thread, failures: readonly Failure[]): void {
    this.failures = failures;
    for (const plan of this.#plans.values()) thread.worker.postMessage({ kind: 'plan', plan } satisfies ThreadRequest);
    this.#threads.add(thread);
  }

  #gone(thread: Thread, error: Error): void {
    thread.job?.reject(error);
    thread.job = undefined;
    if (!this.#threads.delete(thread) || this.#closed) return;
    this.#onCrash(error);
    this.#start().catch((failure: unknown) => this.#onCrash(failure instanceof Error ? failure : new Error(String(failure))));
  }
}

function settle(thread: Thread, reply: Exclude<ThreadReply, { kind: 'ready' }>): void {
  if (reply.kind === 'probed') { thread.probed?.(reply); return; }
  const job = thread.job;
  thread.job = undefined;
  if (reply.kind === 'measured') job?.resolve({ measurement: reply.measurement, revision: reply.revision, data: reply.data });
  else job?.reject(new Error(reply.message));
}
