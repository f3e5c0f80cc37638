/** Time as an argument: what runs for days on a kiosk is tested in milliseconds. */
export interface Clock {
  /** Epoch ms by the device's clock; may jump when the device learns the time. */
  now(): number;
  /** Calls `run` once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const deviceClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => { clearTimeout(timer); };
  },
};
