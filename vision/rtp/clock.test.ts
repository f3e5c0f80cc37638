import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureClock } from './clock.ts';

const SEED = 20_250_103;
const START = 1_700_000_000_000;
const FRAME = 6_000; // 90 kHz ticks at 15 frames a second
const FRAME_MS = FRAME / 90;

describe('CaptureClock', () => {
  it('anchors the first frame at its arrival', () => {
    expect(new CaptureClock().capturedAt(4_000_000_000, START)).toBe(START);
  });

  it('follows media time through jitter and the wrap of the timestamp', () => {
    const clock = new CaptureClock();
    const from = 2 ** 32 - 3 * FRAME;
    const late = [0, 30, 5, 120, 0, 60, 10];
    const times = late.map((jitter, i) => clock.capturedAt((from + i * FRAME) % 2 ** 32, START + i * FRAME_MS + jitter));
    times.forEach((time, i) => expect(Math.abs(time - (START + i * FRAME_MS))).toBeLessThanOrEqual(1));
  });

  it(`gives the same times for the same arrivals, never after the arrival (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 3_000, max: 12_000 }), fc.nat(400)), { minLength: 2, maxLength: 200 }), (steps) => {
      const replay = () => {
        const clock = new CaptureClock();
        let timestamp = 0, media = 0, arrival = START;
        return steps.map(([ticks, jitter]) => {
          timestamp = (timestamp + ticks) >>> 0;
          media += ticks / 90;
          arrival = Math.max(arrival, START + media + jitter);
          return { at: clock.capturedAt(timestamp, arrival), arrival };
        });
      };
      const first = replay();
      expect(replay()).toEqual(first);
      for (const { at, arrival } of first) expect(at).toBeLessThanOrEqual(arrival);
    }), { seed: SEED });
  });

  it('follows a clock that drifts, in both directions', () => {
    for (const drift of [1.0002, 0.9998]) {
      const clock = new CaptureClock();
      let worst = 0;
      for (let i = 0; i < 15 * 600; i++) {
        const real = START + i * FRAME_MS;
        worst = Math.max(worst, Math.abs(clock.capturedAt(Math.round(i * FRAME * drift) >>> 0, real) - real));
      }
      expect(worst).toBeLessThan(20);
    }
  });

  it('gives B-frames, which come after what is shown after them, their own times', () => {
    const clock = new CaptureClock();
    // I P B B P B B …: shown 0 3 1 2 6 4 5; each is sent when its turn in decoding comes.
    const shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    const times = shown.map((place, i) => clock.capturedAt(4_294_960_000 + place * FRAME >>> 0, START + (i + 2) * FRAME_MS));
    const last = times.slice(4).map((at, i) => at - times[4]! - (shown[i + 4]! - 6) * FRAME_MS);
    for (const apart of last) expect(Math.abs(apart)).toBeLessThanOrEqual(1);
  });

  it('starts anew when the media clock jumps or the wall clock is set back', () => {
    const clock = new CaptureClock();
    clock.capturedAt(0, START);
    expect(clock.capturedAt(900_000_000, START + 70)).toBe(START + 70);
    expect(clock.capturedAt(900_006_000, START - 3_600_000)).toBe(START - 3_600_000);
  });
});
