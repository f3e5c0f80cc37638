import { Compile } from 'typebox/compile';
import type { Logger } from 'pino';
import { VisionSyncReply, type CameraSetup, type VisionSync } from '../contract/index.ts';

/** What the node holds at this moment; `cameras` are those whose media it serves. */
export interface NodeHolding { room: number; load: number; cameras: readonly string[]; pulling: readonly string[] }
/** An IP camera to be fetched; `url` is secret. */
export type Pull = VisionSyncReply['pull'][number];

export interface SyncOptions {
  /** Origin of the hub, e.g. http://127.0.0.1:8400. */
  hubUrl: string;
  token: string;
  node: string;
  log: Logger;
  holding(): NodeHolding;
  /** A camera's set-up as it is from now on. Called again with the same one when the camera opens anew. */
  configure(setup: CameraSetup): void;
  /** All IP cameras that are to be fetched from now on. */
  pull(pulls: readonly Pull[]): void;
  /** Pause between two looks, ms. */
  everyMs?: number;
}

const EVERY_MS = 1_000;
const MAX_PAUSE_MS = 5_000;
const TIMEOUT_MS = 10_000;
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
/** Set-ups of cameras that went are kept for their return, up to this many. */
const MAX_KNOWN = 2_000;
const reply = Compile(VisionSyncReply);

interface Scene { version: number; scene: string }

/**
 * Keeps the node's set-ups as the hub has them: asks every second, when a camera opens, and when the hub hints. While
 * the hub is away the last known set-ups stay in force. Addresses of IP cameras are secret and in no message of this.
 */
export class SetupSync {
  readonly #options: SyncOptions;
  readonly #stop = new AbortController();
  readonly #known = new Map<string, CameraSetup>();
  readonly #scenes = new Map<string, Scene>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #again = false;
  #failures = 0;
  #trouble = '';

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  /** Looks now; while a look is under way, once more after it. */
  now(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running) { this.#again = true; return; }
    clearTimeout(this.#timer);
    void this.#run();
  }

  /** A camera's media begin: its last known set-up is in force until the hub says otherwise. */
  opened(camera: string): void {
    const known = this.#known.get(camera);
    if (known) this.#options.configure(known);
    this.now();
  }

  /** Hands the hub what the scene of this version of the set-up looks like; repeated until the hub has judged it. */
  reportScene(camera: string, version: number, scene: string): void {
    this.#scenes.set(camera, { version, scene });
    this.now();
  }

  /** The set-up in force; undefined when none was heard of. */
  setup(camera: string): CameraSetup | undefined { return this.#known.get(camera); }

  close(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#again = false;
    const trouble = await this.#look();
    this.#running = false;
    if (this.#stop.signal.aborted) return;
    this.#tell(trouble);
    const { everyMs = EVERY_MS } = this.#options;
    const pause = this.#again && trouble === undefined ? 0 : Math.min(MAX_PAUSE_MS, everyMs * 2 ** Math.min(this.#failures, 8));
    this.#timer = setTimeout(() => { void this.#run(); }, pause);
  }

  /** One line when something begins to go wrong, and one when it is well again: this runs every second. */
  #tell(trouble: string | undefined): void {
    const { log } = this.#options;
    this.#failures = trouble === undefined ? 0 : this.#failures + 1;
    if (trouble !== undefined && trouble !== this.#trouble) log.warn({ why: trouble }, 'set-ups cannot be asked for; the last known ones stay in force');
    if (trouble === undefined && this.#trouble !== '') log.info('set-ups come from the hub again');
    this.#trouble = trouble ?? '';
  }

  /** @returns what went wrong, in words without secrets. */
  async #look(): Promise<string | undefined> {
    try {
      await this.#sendScenes();
      const answer = await this.#post('/api/v1/vision/sync', this.#message());
      if (answer.status !== 200) return refusal(answer.status);
      const body: unknown = JSON.parse(answer.text);
      if (!reply.Check(body)) return 'the hub gave an answer of another shape';
      this.#take(body);
      return undefined;
    } catch (error) {
      // A parser's message would quote the answer, and with it addresses that are secret.
      return error instanceof SyntaxError ? 'the hub gave no JSON' : reason(error);
    }
  }

  #message(): VisionSync {
    const { node, holding } = this.#options;
    const { room, load, cameras, pulling } = holding();
    return { node, room, load, cameras: cameras.map((camera) => ({ camera, version: this.#known.get(camera)?.version ?? -1 })), pulling: [...pulling] };
  }

  #take({ setups, pull }: VisionSyncReply): void {
    for (const setup of setups) {
      const same = JSON.stringify(this.#known.get(setup.camera)) === JSON.stringify(setup);
      this.#known.delete(setup.camera);
      this.#known.set(setup.camera, setup);
      if (!same) this.#guard(setup.camera, () => this.#options.configure(setup));
    }
    this.#guard(undefined, () => this.#options.pull(pull));
    this.#forget();
  }

  /** One camera's set-up that cannot be used must not keep the others from theirs. */
  #guard(camera: string | undefined, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ camera, why: reason(error) }, 'what the hub said of a camera could not be applied');
    }
  }

  #forget(): void {
    if (this.#known.size <= MAX_KNOWN) return;
    const held = new Set(this.#options.holding().cameras);
    for (const camera of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) return;
      if (!held.has(camera)) this.#known.delete(camera);
    }
  }

  async #sendScenes(): Promise<void> {
    for (const [camera, scene] of [...this.#scenes]) {
      const { status } = await this.#post(`/api/v1/vision/cameras/${encodeURIComponent(camera)}/scene`, scene);
      if (isTemporary(status)) throw new Error(refusal(status));
      if (status >= 300) this.#options.log.warn({ camera, status }, 'the hub did not take what a scene looks like');
      if (this.#scenes.get(camera) === scene) this.#scenes.delete(camera);
    }
  }

  async #post(path: string, body: object): Promise<{ status: number; text: string }> {
    const { hubUrl, token } = this.#options;
    const response = await fetch(new URL(path, hubUrl), {
      method: 'POST', redirect: 'error', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return { status: response.status, text: await limitedText(response) };
  }
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_REPLY_BYTES) throw new Error('the hub\'s answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const isTemporary = (status: number): boolean => status === 401 || status === 429 || status >= 500;
const refusal = (status: number): string => (status === 401 || status === 403 ? `the hub refuses this node's token (${status}): check OTKLIK_VISION_TOKEN` : `the hub answered ${status}`);

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? error.cause.message : error.message;
}
