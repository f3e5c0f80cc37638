import type { AnyEvent } from '../../../contract/index.ts';

/** From press to frame, of events that were pressed within a span of time, by the clock of this machine. */
export interface Latency { count: number; p50: number; p99: number; most: number }

/** Collects how long events were under way to consoles, one path (from which hub to which) at a time. */
export class LatencyRecorder {
  #paths = new Map<string, { at: number; ms: number }[]>();
  #frames = new Map<string, number[]>();

  /** The events of one frame; `now` is when a console had it, epoch ms. */
  record(path: string, events: readonly AnyEvent[], now: number): void {
    if (events.length === 0) return;
    for (const { at } of events) listAt(this.#paths, path).push({ at, ms: now - at });
    listAt(this.#frames, path).push(now);
  }

  /** Of events that were pressed from `from` to before `to`, epoch ms; NaN when there are none. */
  between(paths: readonly string[], from: number, to: number): Latency {
    const ms = this.#of(paths, from, to).sort((a, b) => a - b);
    const quantile = (q: number): number => ms[Math.min(ms.length - 1, Math.floor(q * ms.length))] ?? NaN;
    return { count: ms.length, p50: quantile(0.5), p99: quantile(0.99), most: ms.at(-1) ?? NaN };
  }

  /** Frames that came from `from` to before `to`, epoch ms. */
  framesBetween(path: string, from: number, to: number): number {
    return (this.#frames.get(path) ?? []).filter((at) => at >= from && at < to).length;
  }

  #of(paths: readonly string[], from: number, to: number): number[] {
    return paths.flatMap((path) => this.#paths.get(path) ?? []).filter(({ at }) => at >= from && at < to).map(({ ms }) => ms);
  }
}

function listAt<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key);
  if (!list) lists.set(key, list = []);
  return list;
}

export const words = ({ count, p50, p99, most }: Latency): string => `p50 ${p50} p99 ${p99} most ${most} ms (${count})`;
