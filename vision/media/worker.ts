import { networkInterfaces } from 'node:os';
import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import { backoffMs } from '../../contract/index.ts';

/** What a camera's transport is built on. Lives and dies as one. */
export interface MediaRoot {
  worker: types.Worker;
  router: types.Router;
  server: types.WebRtcServer;
  /** Where RTP comes out into this process. */
  direct: types.DirectTransport;
}

export interface MediaWorkerOptions {
  /** UDP and TCP port of all cameras; 0 takes any. */
  port: number;
  /** Addresses that cameras are told; see `listenInfos`. */
  addresses: readonly string[];
  log: Logger;
}

const h264 = (profile: string, mode: 0 | 1): types.RouterRtpCodecCapability => (
  { kind: 'video', mimeType: 'video/H264', clockRate: 90_000, parameters: { 'packetization-mode': mode, 'profile-level-id': profile, 'level-asymmetry-allowed': 1 } });

/** The codecs whose way to pictures is tested here; pages take the first. H.264: constrained baseline, baseline, main and high. */
const CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  h264('42e01f', 1), h264('42e01f', 0), h264('42001f', 1), h264('4d001f', 1), h264('64001f', 1),
];

/**
 * Where to listen so that each address can be told to cameras on the one port. An address of this machine is
 * listened on; another one (a router that forwards to us) is announced for all of this machine's.
 * @throws Error when a forwarded address stands beside others: one port cannot be opened twice.
 */
export function listenInfos(addresses: readonly string[], port: number, local: readonly string[] = localAddresses()): types.TransportListenInfo[] {
  const foreign = addresses.filter((address) => !local.includes(address));
  if (foreign.length > 0 && addresses.length > 1) {
    throw new Error(`OTKLIK_MEDIA_IPS: ${foreign[0]} is not an address of this machine and can only stand alone`);
  }
  return addresses.flatMap((address) => (['udp', 'tcp'] as const).map((protocol) => (
    foreign.length > 0 ? { protocol, ip: '0.0.0.0', announcedAddress: address, port } : { protocol, ip: address, port }
  )));
}

/** This machine's own addresses, loopback included. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

/** Keeps one mediasoup worker with its router running: one that dies is started again after a pause that grows. */
export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  #root: MediaRoot | undefined;
  #restart: NodeJS.Timeout | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: MediaWorkerOptions) {
    this.#options = options;
  }

  /** @throws Error when the worker binary cannot be run or the port is taken. */
  async start(): Promise<void> {
    // Imported late: the package looks for its worker binary in the environment while it loads.
    const mediasoup = await import('mediasoup');
    const worker = await mediasoup.createWorker({ logLevel: 'warn' });
    try {
      const server = await worker.createWebRtcServer({ listenInfos: listenInfos(this.#options.addresses, this.#options.port) });
      const router = await worker.createRouter({ mediaCodecs: CODECS });
      const direct = await router.createDirectTransport();
      worker.once('died', () => this.#died(worker));
      if (worker.died || this.#closed) throw new Error('the media worker ended while it was starting');
      this.#root = { worker, router, server, direct };
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  /** The living worker's parts; undefined while it is being restarted. */
  get root(): MediaRoot | undefined { return this.#root; }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restart);
    this.#root?.worker.close();
    this.#root = undefined;
  }

  #died(worker: types.Worker): void {
    if (this.#root?.worker !== worker) return;
    this.#root = undefined;
    this.#options.log.error('the media worker died; it is started again');
    this.#startLater();
  }

  #startLater(): void {
    if (this.#closed) return;
    this.#restart = setTimeout(() => {
      this.start().then(() => { this.#attempt = 0; }, (error: unknown) => {
        this.#options.log.error({ err: error }, 'the media worker could not be started');
        this.#startLater();
      });
    }, backoffMs(this.#attempt++, Math.random()));
  }
}
