import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Logger } from 'pino';
import type { Cameras } from '../media/cameras.ts';
import type { Pull } from '../sync.ts';
import { RtspPull } from './pull.ts';
import type { Lookup } from './target.ts';

export interface PullerOptions {
  cameras: Pick<Cameras, 'plain'>;
  log: Logger;
  /** Why an IP camera does not come; called when that changes. Holds no address. */
  onUnusable(camera: string, reason: string): void;
  /** Whether cameras may be on this machine. */
  local: boolean;
  /** The machine's resolver unless given. */
  lookup?: Lookup;
  /** ffmpeg's program; looked for in PATH when not given. */
  ffmpeg?: string | undefined;
  /** See RtspPull. */
  patienceMs?: number;
  random?: () => number;
}

interface Held { url: string; pull: RtspPull }

/** Fetches the IP cameras that the hub names, one ffmpeg each. Addresses are secret: they are in no log, event or argument. */
export class RtspPuller {
  readonly #options: PullerOptions;
  readonly #held = new Map<string, Held>();
  readonly #ending = new Map<string, Promise<void>>();
  #wanted = new Map<string, Pull>();
  /** Cameras of which it was said that ffmpeg is missing. */
  readonly #told = new Set<string>();
  #closed = false;

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  /** Cameras that are being fetched, whether they come or not. */
  get pulling(): string[] { return [...this.#held.keys()]; }
  /** Process ids of the ffmpegs that run. */
  get pids(): number[] { return [...this.#held.values()].flatMap(({ pull }) => (pull.pid === undefined ? [] : [pull.pid])); }

  /** Fetches these from now on, and lets go of others. The same list again changes nothing. */
  set(pulls: readonly Pull[]): void {
    if (this.#closed) return;
    this.#wanted = new Map(pulls.map((pull) => [pull.camera, pull]));
    for (const [camera, held] of this.#held) if (this.#wanted.get(camera)?.url !== held.url) this.#drop(camera, held);
    for (const camera of this.#told) if (!this.#wanted.has(camera)) this.#told.delete(camera);
    for (const pull of this.#wanted.values()) if (!this.#held.has(pull.camera) && !this.#ending.has(pull.camera)) this.#begin(pull);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wanted.clear();
    for (const [camera, held] of this.#held) this.#drop(camera, held);
    await Promise.all(this.#ending.values());
  }

  #begin({ camera, site, url }: Pull): void {
    const { cameras, log, onUnusable, patienceMs, random, local, lookup } = this.#options;
    const ffmpeg = this.#options.ffmpeg ?? findFfmpeg();
    if (ffmpeg === undefined) { this.#missing(camera); return; }
    const pull = new RtspPull({
      url, ffmpeg, local, ...(lookup ? { lookup } : {}), ...(patienceMs === undefined ? {} : { patienceMs }), ...(random ? { random } : {}),
      receive: async (port, rtpParameters) => {
        const session = await cameras.plain(camera, site, port, rtpParameters);
        return {
          port: session.transport.tuple.localPort,
          get connected() { return session.connected; },
          get closed() { return session.transport.closed; },
          close: (reason) => session.close(reason),
          onClose: (listener) => { if (session.transport.closed) listener(); else session.transport.observer.once('close', listener); },
        };
      },
      onState: (reason) => {
        if (reason === null) { log.info({ camera }, 'an IP camera is fetched'); return; }
        log.warn({ camera, reason }, 'an IP camera cannot be fetched; it is tried again');
        onUnusable(camera, reason);
      },
    });
    this.#held.set(camera, { url, pull });
  }

  /** The next one of the same camera begins when this one's ffmpeg has ended. */
  #drop(camera: string, { pull }: Held): void {
    this.#held.delete(camera);
    const ending = pull.close().finally(() => {
      this.#ending.delete(camera);
      const next = this.#wanted.get(camera);
      if (next && !this.#closed) this.#begin(next);
    });
    this.#ending.set(camera, ending);
  }

  #missing(camera: string): void {
    if (this.#told.has(camera)) return;
    if (this.#told.size === 0) this.#options.log.error('IP cameras are fetched with ffmpeg, which is not installed (Debian: apt-get install ffmpeg); other cameras go on');
    this.#told.add(camera);
    this.#options.onUnusable(camera, 'ffmpeg is not installed on the vision node\'s machine');
  }
}

/** ffmpeg's program in PATH. */
export function findFfmpeg(path = process.env['PATH'] ?? ''): string | undefined {
  return path.split(delimiter).filter(Boolean).map((folder) => join(folder, process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg')).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
