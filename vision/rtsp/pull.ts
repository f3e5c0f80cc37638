import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { types } from 'mediasoup';
import { RequestError } from '../media/errors.ts';
import { errorsOf, ffmpegArguments, isRedirected, PAYLOAD_TYPE, reasonOf, script } from './ffmpeg.ts';
import { targetOf, type Lookup, type Target } from './target.ts';

/** A stream that comes as plain RTP. */
export interface PlainStream {
  /** Port of loopback where it is expected. */
  readonly port: number;
  /** Packets come. */
  readonly connected: boolean;
  readonly closed: boolean;
  close(reason: string): void;
  /** Called when it is closed, by whomever. */
  onClose(listener: () => void): void;
}

export interface PullOptions {
  /** Secret: holds user and password. */
  url: string;
  /** ffmpeg's program. */
  ffmpeg: string;
  /** Whether cameras may be on this machine. */
  local: boolean;
  /** The machine's resolver unless given. */
  lookup?: Lookup;
  /** Takes plain RTP from this port of loopback. @throws RequestError when it cannot now. */
  receive(port: number, rtpParameters: types.RtpParameters): Promise<PlainStream>;
  /** Why the camera does not come; null when it does. Called when that changes. */
  onState(reason: string | null): void;
  /** 0..1, for the jitter of the pauses. */
  random?: () => number;
  /** How long pictures are waited for at the start, ms. */
  patienceMs?: number;
}

const PATIENCE_MS = 20_000;
/** How long pictures are missed beyond what makes a camera silent, before ffmpeg is started again. */
const SILENT_MS = 5_000;
const LOOK_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const FIRST_PAUSE_MS = 500;
/** Pictures for this long, and the next failure starts from a short pause again. */
const STEADY_MS = 30_000;
const KILL_MS = 2_000;
const LOOKUP_MS = 10_000;
const MAX_WORDS = 8_192;
/** ffmpeg reads its option as a signed number: it ends at once for any above. */
const MAX_SSRC = 2 ** 31 - 1;

/** Pause before the attempt, ms: half of it sure, so that a camera that refuses is not pestered, half of it drawn. */
export function pauseMs(attempt: number, random: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return Math.round(most * (0.5 + random / 2));
}

/** Fetches one IP camera by an ffmpeg of its own, again and again until it is closed. */
export class RtspPull {
  readonly #options: PullOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #child: ChildProcess | undefined;
  #reason: string | null | undefined;
  #failures = 0;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get pid(): number | undefined { return this.#child?.pid; }

  /** Resolves when ffmpeg has ended. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const reason = await this.#attempt();
      if (this.#stop.signal.aborted) return;
      this.#tell(reason);
      await pause(pauseMs(this.#failures++, (this.#options.random ?? Math.random)()), this.#stop.signal);
    }
  }

  #tell(reason: string | null): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#options.onState(reason);
  }

  /** Resolves when the camera does not come (any more), with why. */
  async #attempt(): Promise<string> {
    // Anew for each attempt: cameras move, and a name may lead elsewhere than it did when it was saved.
    const target = await this.#target();
    if ('reason' in target) return target.reason;
    const ssrc = randomInt(1, MAX_SSRC);
    const from = await freePort();
    let stream: PlainStream;
    try {
      stream = await this.#options.receive(from, {
        codecs: [{ mimeType: 'video/H264', payloadType: PAYLOAD_TYPE, clockRate: 90_000, parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 } }],
        encodings: [{ ssrc }], rtcp: { cname: 'pull' },
      });
    } catch (error) {
      return error instanceof RequestError ? error.message : 'the media worker could not take it';
    }
    try {
      return await this.#fetch(target.url, stream, from, ssrc);
    } finally {
      stream.close('source_ended');
    }
  }

  /** A resolver may take its time; nobody waits for it who closes. */
  async #target(): Promise<Target> {
    const { url, local, lookup } = this.#options;
    const over = new AbortController();
    const late = pause(LOOKUP_MS, AbortSignal.any([over.signal, this.#stop.signal])).then((): Target => ({ reason: 'there is no host of this name, or no resolver to ask' }));
    try {
      return await Promise.race([targetOf(url, { local, lookup }), late]);
    } finally {
      over.abort();
    }
  }

  async #fetch(url: string, stream: PlainStream, from: number, ssrc: number): Promise<string> {
    const ended = new AbortController();
    stream.onClose(() => ended.abort());
    // The node's own secrets are in its environment and are none of ffmpeg's business.
    const child = spawn(this.#options.ffmpeg, ffmpegArguments(from, stream.port, ssrc), { stdio: ['pipe', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } });
    this.#child = child;
    let words = '';
    let redirected = false;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-MAX_WORDS);
      redirected ||= isRedirected(words);
      if (redirected) kill(child, 'SIGKILL');
    });
    // It may be gone before it has read its orders; its exit says so.
    child.stdin!.on('error', () => undefined).end(script(url));
    let failed = false;
    const exit = new Promise<number | null>((done) => {
      child.once('error', () => { failed = true; done(null); });
      child.once('close', (code) => done(code));
    });
    void exit.then(() => ended.abort());
    const { sent, silent } = await this.#watch(stream, ended.signal);
    const closed = stream.closed;
    kill(child);
    const code = await exit;
    this.#child = undefined;
    if (redirected) return 'the camera sends us to another address, which nobody has judged: give that one';
    if (failed) return 'ffmpeg could not be started';
    if (closed) return 'the media worker ended the connection';
    return silent && sent ? 'the camera sends no more' : reasonOf(errorsOf(words), sent, silent ? null : code);
  }

  /** Resolves when the stream ends or brings nothing for too long (`silent`). */
  async #watch(stream: PlainStream, ended: AbortSignal): Promise<{ sent: boolean; silent: boolean }> {
    const { patienceMs = PATIENCE_MS } = this.#options;
    const over = AbortSignal.any([ended, this.#stop.signal]);
    let seenAt = performance.now();
    let since: number | undefined;
    while (!over.aborted) {
      const now = performance.now();
      if (stream.connected) {
        seenAt = now;
        since ??= now;
        this.#tell(null);
        if (now - since > STEADY_MS) this.#failures = 0;
      } else if (now - seenAt > (since === undefined ? patienceMs : Math.min(patienceMs, SILENT_MS))) return { sent: since !== undefined, silent: true };
      await pause(LOOK_MS, over);
    }
    return { sent: since !== undefined, silent: false };
  }
}

function kill(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  child.once('close', () => clearTimeout(timer));
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (over.aborted) { done(); return; }
    const end = (): void => { clearTimeout(timer); over.removeEventListener('abort', end); done(); };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end);
  });
}

/** A UDP port of loopback that is free at this moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => { socket.close(() => done()); });
  return port;
}
