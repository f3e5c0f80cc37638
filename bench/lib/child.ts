import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** A process of its own that answers requests over IPC: what is measured and what measures never share a loop. */
export class Child {
  #process: ChildProcess;
  #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #next = 1;

  constructor(script: string, options: { flags?: readonly string[] } = {}) {
    this.#process = fork(path.join(import.meta.dirname, '..', script), { execArgv: [...options.flags ?? []], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${script}: ${error}`));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${script} ended with code ${code}`));
      this.#waiting.clear();
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  ask<T>(what: string, given: object = {}): Promise<T> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send({ id, what, given });
    });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => { this.#process.once('exit', () => resolve()); });
    this.#process.disconnect();
    const force = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(force);
  }
}

type Handlers = Record<string, (given: never) => unknown>;

/** The child's side: answers requests by name, ends when the parent lets go. */
export function serve(handlers: Handlers, atEnd: () => Promise<void> | void = () => undefined): void {
  process.on('message', ({ id, what, given }: { id: number; what: string; given: never }) => {
    Promise.resolve().then(() => handlers[what]!(given)).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack ?? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => { void Promise.resolve(atEnd()).finally(() => process.exit(0)); });
}

/** Percentile of numbers by nearest rank; NaN of none. `p` in 0..1. */
export function percentile(values: number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)]!;
}

/** One clock for every process of the machine, ms. */
export const steadyNow = (): number => Number(process.hrtime.bigint()) / 1e6;
