/**
 * Loaded before a hub by NODE_OPTIONS (`--import`): its machine's clock is off by OTKLIK_TEST_CLOCK_SHIFT_MS, and jumps by
 * OTKLIK_TEST_CLOCK_JUMP_MS at each SIGUSR2, as when somebody sets it. Clocks that only measure spans go on unmoved.
 */
import { isMainThread } from 'node:worker_threads';

const RealDate = globalThis.Date;
let shift = Number(process.env.OTKLIK_TEST_CLOCK_SHIFT_MS ?? 0);

globalThis.Date = class Date extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + shift);
    else super(...parts);
  }

  static now() {
    return RealDate.now() + shift;
  }
};

// What was read from the machine's clock when the process began.
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + shift });

if (isMainThread) process.on('SIGUSR2', () => { shift += Number(process.env.OTKLIK_TEST_CLOCK_JUMP_MS ?? 0); });
