import { ApiError } from './api.ts';

/** What people do with alerts that must not get lost. That an alert was seen is told at once or not at all. */
export const COMMAND_ACTIONS = ['claim', 'depart', 'release', 'resolve', 'snooze'] as const;
export type CommandAction = (typeof COMMAND_ACTIONS)[number];

/** What a person told the hub to do. Kept until the hub has answered, however long the network is away. */
export interface Command {
  /** Idempotency key: a repeat with the same key gets the first answer. */
  key: string;
  path: string;
  body?: unknown;
  /** When the person did it, epoch ms. */
  at: number;
  /** What it is about, for showing it as pending, and where that is, for telling how it ended after a reload. */
  about: { alert: string; action: CommandAction; place: string };
}

export interface CommandEnvironment {
  /** Sends a command; rejects with ApiError. */
  send(command: Command): Promise<unknown>;
  load(): string | null;
  save(text: string | null): void;
  now(): number;
  after(ms: number, run: () => void): () => void;
  changed(): void;
}

export type CommandResult = { ok: true; reply: unknown } | { ok: false; error: ApiError };

/** A command older than this no longer means what the person meant. */
export const COMMAND_TTL_MS = 15 * 60_000;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 15_000];
const MAX_KEPT = 100;

/**
 * Sends commands one after another, in the order given, and keeps those that got no answer. Only the hub's answer
 * or old age takes a command out.
 */
export class CommandQueue {
  readonly #env: CommandEnvironment;
  #commands: Command[] = [];
  #waiting = false;
  #sending = false;
  #attempt = 0;
  #cancelRetry: (() => void) | null = null;
  readonly #results = new Map<string, (result: CommandResult) => void>();
  readonly #listeners = new Set<(command: Command, result: CommandResult) => void>();

  constructor(env: CommandEnvironment) {
    this.#env = env;
    this.#commands = restored(env.load());
  }

  /** Commands without an answer yet, oldest first. */
  get pending(): readonly Command[] {
    return this.#commands;
  }

  /** Whether the last try got no answer, so that what is pending will be sent later. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Calls back with every answer, also to commands from before a reload. */
  onResult(listener: (command: Command, result: CommandResult) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes a command in. Resolves with the hub's answer, which may be long after. @throws RangeError when 100 wait already. */
  add(command: Command): Promise<CommandResult> {
    if (this.#commands.length >= MAX_KEPT) throw new RangeError('too many commands wait for the hub');
    this.#commands = [...this.#commands, command];
    this.#keep();
    const result = new Promise<CommandResult>((resolve) => this.#results.set(command.key, resolve));
    this.flush();
    return result;
  }

  /** Tries now: the network or the hub came back. */
  flush(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (!this.#sending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      for (let next = this.#commands[0]; next; next = this.#commands[0]) {
        if (!(await this.#try(next))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** @returns whether the command was answered, so that the next one may go. */
  async #try(command: Command): Promise<boolean> {
    if (this.#env.now() - command.at > COMMAND_TTL_MS) {
      this.#answered(command, { ok: false, error: new ApiError(0, 'too_old') });
      return true;
    }
    try {
      const reply = await this.#env.send(command);
      this.#answered(command, { ok: true, reply });
      return true;
    } catch (error) {
      const problem = error instanceof ApiError ? error : new ApiError(0, 'internal', { message: String(error) });
      if (!worthRepeating(problem)) {
        this.#answered(command, { ok: false, error: problem });
        return true;
      }
      this.#retryLater(problem.retryAfter);
      return false;
    }
  }

  #answered(command: Command, result: CommandResult): void {
    this.#attempt = 0;
    this.#waiting = false;
    this.#commands = this.#commands.filter((one) => one.key !== command.key);
    this.#keep();
    this.#results.get(command.key)?.(result);
    this.#results.delete(command.key);
    for (const listener of this.#listeners) listener(command, result);
  }

  #retryLater(retryAfter: number | null): void {
    this.#waiting = true;
    const wait = retryAfter === null ? (RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)] ?? 15_000) : retryAfter * 1000;
    this.#attempt++;
    this.#cancelRetry = this.#env.after(wait, () => this.flush());
    this.#env.changed();
  }

  #keep(): void {
    this.#env.save(this.#commands.length === 0 ? null : JSON.stringify(this.#commands));
    this.#env.changed();
  }
}

/** No answer, or an answer that says "not now", is worth repeating; a refusal is not. */
function worthRepeating(problem: ApiError): boolean {
  return problem.code === 'offline' || problem.code === 'rate_limited' || problem.status === 502 || problem.status === 503 || problem.status === 504;
}

function restored(text: string | null): Command[] {
  if (text === null) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isCommand).slice(0, MAX_KEPT).map((command) => ({ ...command, about: { ...command.about, place: String(command.about.place ?? '') } })) : [];
  } catch (error) {
    console.warn('the kept commands cannot be read', error);
    return [];
  }
}

function isCommand(value: unknown): value is Command {
  const command = value as Partial<Command> | null;
  return typeof command?.key === 'string' && typeof command.path === 'string' && typeof command.at === 'number'
    && typeof command.about?.alert === 'string' && COMMAND_ACTIONS.includes(command.about.action);
}
