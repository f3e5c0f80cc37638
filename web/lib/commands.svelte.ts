import { ApiError, newKey, request } from './api.ts';
import { CommandQueue, type Command, type CommandAction, type CommandResult } from './commands.ts';
import { connection } from './live/connection.ts';

const KEY = 'otklik-commands';

class Commands {
  #pending = $state.raw<readonly Command[]>([]);
  #waiting = $state(false);
  readonly #queue: CommandQueue;

  constructor() {
    this.#queue = new CommandQueue({
      send: (command) => request('POST', command.path, { idempotencyKey: command.key, ...(command.body === undefined ? {} : { body: command.body }) }),
      load: () => localStorage.getItem(KEY),
      save: (text) => (text === null ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, text)),
      now: () => Date.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      changed: () => this.#read(),
    });
    this.#read();
    addEventListener('online', () => this.#queue.flush());
    let wasLive = false;
    connection.onLink(() => {
      const isLive = connection.link.state === 'live';
      if (isLive && !wasLive) this.#queue.flush();
      wasLive = isLive;
    });
  }

  /** Commands that the hub has not answered yet. */
  get pending(): readonly Command[] {
    return this.#pending;
  }

  /** Whether they wait for the network. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Calls back with every answer, also to commands from before a reload. @returns a function that stops it. */
  onResult(listener: (command: Command, result: CommandResult) => void): () => void {
    return this.#queue.onResult(listener);
  }

  /** Sends a command about an alert, now or when the network is back. `place` is what the answer is told with. */
  async send(alert: string, action: CommandAction, place: string, body?: unknown): Promise<CommandResult> {
    try {
      return await this.#queue.add({ key: newKey(), path: `/alerts/${encodeURIComponent(alert)}/${action}`, at: Date.now(), about: { alert, action, place }, ...(body === undefined ? {} : { body }) });
    } catch (error) {
      return { ok: false, error: error instanceof ApiError ? error : new ApiError(0, 'offline', { message: String(error) }) };
    }
  }

  #read(): void {
    this.#pending = this.#queue.pending;
    this.#waiting = this.#queue.waiting;
  }
}

export const commands = new Commands();
