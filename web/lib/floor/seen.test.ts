import { describe, expect, it } from 'vitest';
import { SEEN_MS, SeenLog, TELL_GAP_MS, type SeenEnvironment } from './seen.ts';

class Bench implements SeenEnvironment {
  time = 0;
  looked = true;
  broken = false;
  readonly told: { alert: string; at: number }[] = [];
  timers: { at: number; run: () => void }[] = [];
  async send(alert: string): Promise<void> {
    if (this.broken) throw new Error('no network');
    this.told.push({ alert, at: this.time });
  }
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }
  able = () => this.looked;
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = next.at;
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.time = end;
  }
}

describe('that an alert was seen', () => {
  it('is told once, after it stood in sight for a second', async () => {
    const bench = new Bench();
    const log = new SeenLog(bench);
    log.enter('a');
    await bench.pass(SEEN_MS - 1);
    expect(bench.told).toEqual([]);
    await bench.pass(1);
    expect(bench.told.map((one) => one.alert)).toEqual(['a']);
    log.leave('a');
    log.enter('a');
    await bench.pass(10_000);
    expect(bench.told).toHaveLength(1);
  });

  it('is not told of what only passed by', async () => {
    const bench = new Bench();
    const log = new SeenLog(bench);
    log.enter('a');
    await bench.pass(SEEN_MS / 2);
    log.leave('a');
    await bench.pass(10_000);
    expect(bench.told).toEqual([]);
  });

  it('is told gently when many come into sight at once', async () => {
    const bench = new Bench();
    const log = new SeenLog(bench);
    for (let index = 0; index < 10; index++) log.enter(String(index));
    await bench.pass(10_000);
    expect(bench.told).toHaveLength(10);
    expect(bench.told.every(({ at }, index) => index === 0 || at - bench.told[index - 1]!.at >= TELL_GAP_MS)).toBe(true);
  });

  it('is not kept for later without a network, but told when it comes into sight again', async () => {
    const bench = new Bench();
    const log = new SeenLog(bench);
    bench.looked = false;
    log.enter('a');
    await bench.pass(5_000);
    bench.looked = true;
    await bench.pass(5_000);
    expect(bench.told).toEqual([]);
    bench.broken = true;
    log.enter('a');
    await bench.pass(5_000);
    bench.broken = false;
    log.enter('a');
    await bench.pass(5_000);
    expect(bench.told.map((one) => one.alert)).toEqual(['a']);
  });
});
