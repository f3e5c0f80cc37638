import { describe, expect, it } from 'vitest';
import { ApiError } from './api.ts';
import { COMMAND_TTL_MS, CommandQueue, type Command, type CommandEnvironment } from './commands.ts';

class Bench implements CommandEnvironment {
  time = 0;
  stored: string | null = null;
  readonly sent: string[] = [];
  answer: (command: Command) => unknown = () => ({});
  timers: { at: number; run: () => void }[] = [];
  async send(command: Command): Promise<unknown> {
    this.sent.push(command.key);
    return this.answer(command);
  }
  load = () => this.stored;
  save = (text: string | null) => {
    this.stored = text;
  };
  now = () => this.time;
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }
  changed = () => undefined;
  /** Lets the next timer go off. */
  tick(): void {
    const timer = this.timers.shift();
    if (!timer) throw new Error('nothing is scheduled');
    this.time = timer.at;
    timer.run();
  }
}

const claim = (key: string, at = 0): Command => ({ key, path: `/alerts/${key}/claim`, at, about: { alert: key, action: 'claim', place: 'Till 3' } });
const offline = () => {
  throw new ApiError(0, 'offline');
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('commands', () => {
  it('are sent at once and answered', async () => {
    const bench = new Bench();
    bench.answer = () => ({ id: 'a' });
    const queue = new CommandQueue(bench);
    expect(await queue.add(claim('a'))).toEqual({ ok: true, reply: { id: 'a' } });
    expect(queue.pending).toEqual([]);
    expect(bench.stored).toBeNull();
  });

  it('wait without a network and are repeated with the same key, in order', async () => {
    const bench = new Bench();
    bench.answer = offline;
    const queue = new CommandQueue(bench);
    const first = queue.add(claim('a'));
    void queue.add(claim('b'));
    await settled();
    expect(bench.sent).toEqual(['a']);
    expect(queue.waiting).toBe(true);
    expect(queue.pending.map((one) => one.key)).toEqual(['a', 'b']);
    bench.answer = () => 'done';
    bench.tick();
    expect(await first).toEqual({ ok: true, reply: 'done' });
    await settled();
    expect(bench.sent).toEqual(['a', 'a', 'b']);
    expect(queue.waiting).toBe(false);
  });

  it('survive a reload', async () => {
    const bench = new Bench();
    bench.answer = offline;
    void new CommandQueue(bench).add(claim('a'));
    await settled();
    const later = new Bench();
    later.stored = bench.stored;
    const queue = new CommandQueue(later);
    const answers: string[] = [];
    queue.onResult((command) => answers.push(command.key));
    queue.flush();
    await settled();
    expect(answers).toEqual(['a']);
  });

  it('replay what was done without a network, every action once and in order', async () => {
    const bench = new Bench();
    bench.answer = offline;
    const before = new CommandQueue(bench);
    for (const action of ['claim', 'depart', 'resolve'] as const) {
      void before.add({ key: `k-${action}`, path: `/alerts/a/${action}`, at: 0, about: { alert: 'a', action, place: 'Till 3' }, ...(action === 'resolve' ? { body: { cause: 'queue', note: 'a chair' } } : {}) });
    }
    await settled();
    const later = new Bench();
    later.stored = bench.stored;
    const bodies: unknown[] = [];
    later.answer = (command) => bodies.push(command.body);
    const queue = new CommandQueue(later);
    queue.flush();
    queue.flush();
    await settled();
    queue.flush();
    await settled();
    expect(later.sent).toEqual(['k-claim', 'k-depart', 'k-resolve']);
    expect(bodies).toEqual([undefined, undefined, { cause: 'queue', note: 'a chair' }]);
    expect(later.stored).toBeNull();
  });

  it('are not repeated when the hub refuses, and the refusal is told', async () => {
    const bench = new Bench();
    bench.answer = () => {
      throw new ApiError(409, 'already_claimed', { owner: 'Анна' });
    };
    const queue = new CommandQueue(bench);
    const result = await queue.add(claim('a'));
    expect(result).toMatchObject({ ok: false, error: { code: 'already_claimed', owner: 'Анна' } });
    expect(bench.timers).toEqual([]);
  });

  it('wait as long as the hub asks', async () => {
    const bench = new Bench();
    bench.answer = () => {
      throw new ApiError(503, 'unavailable', { retryAfter: 7 });
    };
    void new CommandQueue(bench).add(claim('a'));
    await settled();
    expect(bench.timers.map((timer) => timer.at)).toEqual([7000]);
  });

  it('are given up, and said to be, when they are too old to mean anything', async () => {
    const bench = new Bench();
    bench.answer = offline;
    const queue = new CommandQueue(bench);
    const result = queue.add(claim('a'));
    await settled();
    bench.time = COMMAND_TTL_MS + 1;
    queue.flush();
    expect(await result).toMatchObject({ ok: false, error: { code: 'too_old' } });
    expect(bench.sent).toEqual(['a']);
  });

  it.each(['', 'null', '{}', '[1,{"key":3},null]', '[{"key":"k"}]', '[{"key":"k","path":"/users/x","at":1,"about":{"alert":"a","action":"seize"}}]'])('start empty from rubbish in storage: %s', (text) => {
    const bench = new Bench();
    bench.stored = text;
    expect(new CommandQueue(bench).pending).toEqual([]);
  });

  it('are bounded in number', () => {
    const bench = new Bench();
    bench.answer = () => new Promise(() => undefined);
    const queue = new CommandQueue(bench);
    for (let index = 0; index < 100; index++) void queue.add(claim(String(index)));
    expect(() => queue.add(claim('more'))).toThrow(RangeError);
  });
});
