import type { FloorState } from '../../../contract/views/floor.ts';

/** The floor as it stood when the hub was last heard, kept on the device. */
export interface KeptFloor {
  /** When that was, by the hub's clock, epoch ms. */
  at: number;
  state: FloorState;
}

/** Older than this it is another day's floor and would only mislead. */
export const KEPT_MAX_AGE_MS = 24 * 3600_000;
/** The device's storage is written at most this often. */
export const KEEP_EVERY_MS = 5_000;

/** What was kept, if it is this site's floor, whole and not too old; else null. */
export function readableFloor(value: unknown, site: string, now: number): KeptFloor | null {
  const kept = value as Partial<KeptFloor> | null | undefined;
  const state = kept?.state as Partial<FloorState> | null | undefined;
  if (typeof kept?.at !== 'number' || state?.site?.id !== site || now - kept.at > KEPT_MAX_AGE_MS) return null;
  const lists = [state.alerts, state.feed, state.minutes].every(Array.isArray);
  const records = [state.places, state.zones, state.zoneOf, state.devices, state.cameras, state.duty, state.today, state.day].every((one) => typeof one === 'object' && one !== null);
  return lists && records ? (kept as KeptFloor) : null;
}

/** Hands on the latest of what it is given, at most every `KEEP_EVERY_MS`; the first at once. */
export class Keeper<T> {
  readonly #save: (value: T) => void;
  readonly #after: (ms: number, run: () => void) => () => void;
  #latest: { value: T } | null = null;
  #cancel: (() => void) | null = null;

  constructor(save: (value: T) => void, after: (ms: number, run: () => void) => () => void) {
    this.#save = save;
    this.#after = after;
  }

  offer(value: T): void {
    this.#latest = { value };
    if (!this.#cancel) this.#write();
  }

  /** Forgets what it has not handed on yet. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#latest = null;
  }

  #write(): void {
    const latest = this.#latest;
    this.#latest = null;
    this.#cancel = null;
    if (!latest) return;
    this.#save(latest.value);
    this.#cancel = this.#after(KEEP_EVERY_MS, () => this.#write());
  }
}
