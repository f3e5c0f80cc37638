const KEPT = 8;

/**
 * The hub's clock as seen from this device. A measurement arrives late by the time it travelled, so it is never
 * ahead of the truth: the largest of the last few is the closest.
 */
export class HubClock {
  readonly #offsets: number[] = [];

  /** The hub's `now` arrived when this device's clock showed `device`; both epoch ms. */
  measured(hub: number, device: number): void {
    this.#offsets.push(hub - device);
    if (this.#offsets.length > KEPT) this.#offsets.shift();
  }

  /** The hub's clock when this device's shows `device`; the device's own while nothing was measured. */
  at(device: number): number {
    return this.#offsets.length === 0 ? device : device + Math.max(...this.#offsets);
  }
}
