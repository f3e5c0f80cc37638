import type { types } from 'mediasoup';
import type { Pipeline } from '../engine.ts';
import { RequestError } from './errors.ts';
import type { MediaRoot } from './worker.ts';

export interface CameraEvents {
  /** Packets come. */
  connected(codec: string): void;
  /** Packets ceased; they may come back unless the session closes too. */
  disconnected(reason: string): void;
  closed(): void;
  /** Made when the camera produces; closed with the session. */
  open(requestKeyframe: () => void): Pipeline;
}

/** A camera that sends nothing for this long is gone. */
export const SILENT_MS = 10_000;
/** How long a session without packets is kept for them to come (back). */
const KEEP_MS = 60_000;
const CONSENT_TIMEOUT_S = 15;

/**
 * One camera's media: transport → producer → consumer → pipeline. Closing a parent closes its children, so
 * `close()` and the death of the worker end all of it.
 */
export class CameraSession {
  readonly transport: types.WebRtcTransport;
  readonly #root: MediaRoot;
  readonly #events: CameraEvents;
  #pipeline: Pipeline | undefined;
  #codec = '';
  #connected = false;
  #lastPacketAt: number;

  constructor(root: MediaRoot, transport: types.WebRtcTransport, events: CameraEvents, now: number) {
    this.#root = root;
    this.transport = transport;
    this.#events = events;
    this.#lastPacketAt = now;
    transport.observer.once('close', () => this.#ended());
    transport.on('icestatechange', (state) => { if (state === 'disconnected') this.#lost('ice_disconnected'); });
    transport.on('dtlsstatechange', (state) => { if (state === 'failed' || state === 'closed') this.close(`dtls_${state}`); });
  }

  /** @param now monotonic ms. */
  static async open(root: MediaRoot, events: CameraEvents, now: number): Promise<CameraSession> {
    const transport = await root.router.createWebRtcTransport({
      webRtcServer: root.server, enableUdp: true, enableTcp: true, preferUdp: true, iceConsentTimeout: CONSENT_TIMEOUT_S,
    });
    return new CameraSession(root, transport, events, now);
  }

  /** Silent for so long that another camera may have its place. @param now monotonic ms. */
  isStale(now: number): boolean { return !this.#connected && now - this.#lastPacketAt > SILENT_MS; }
  get connected(): boolean { return this.#connected; }
  get codec(): string { return this.#codec; }

  /** @throws RequestError when the parameters are refused. */
  async connect(dtlsParameters: types.DtlsParameters): Promise<void> {
    await refusedAs('invalid', this.transport.connect({ dtlsParameters }));
  }

  /**
   * Takes the camera's video and starts its pipeline. Of a simulcast the best layer is taken.
   * @returns the producer's id. @throws RequestError when the parameters are refused or the codec is not VP8.
   */
  async produce(rtpParameters: types.RtpParameters): Promise<string> {
    if (this.#pipeline) throw new RequestError('conflict', 'this camera sends already; ask for a new transport first');
    const producer = await refusedAs('invalid', this.transport.produce({ kind: 'video', rtpParameters }));
    const consumer = await this.#root.direct.consume({ producerId: producer.id, rtpCapabilities: this.#root.router.rtpCapabilities, enableRtx: false });
    if (this.transport.closed || this.#pipeline) {
      producer.close();
      throw new RequestError('conflict', 'the transport was closed meanwhile');
    }
    this.#codec = producer.rtpParameters.codecs[0]?.mimeType ?? '';
    const pipeline = this.#events.open(() => { if (!consumer.closed) consumer.requestKeyFrame().catch(() => this.close('worker_gone')); });
    this.#pipeline = pipeline;
    consumer.on('rtp', (packet) => {
      // The worker hears of the closing later: what it sends until then must not make the camera seem to come back.
      if (this.transport.closed) return;
      this.#lastPacketAt = performance.now();
      if (!this.#connected) {
        this.#connected = true;
        this.#events.connected(this.#codec);
      }
      pipeline.packet(packet);
    });
    consumer.observer.once('close', () => this.close('producer_closed'));
    if (consumer.type === 'simulcast') await consumer.setPreferredLayers({ spatialLayer: producer.rtpParameters.encodings!.length - 1 });
    return producer.id;
  }

  /** Notices silence. @param now monotonic ms. */
  watch(now: number): void {
    const silent = now - this.#lastPacketAt;
    if (silent > KEEP_MS) this.close('gone');
    else if (silent > SILENT_MS) this.#lost('no_rtp');
  }

  /** Ends the session; again does nothing. */
  close(reason: string): void {
    this.#lost(reason);
    this.transport.close();
  }

  #lost(reason: string): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#events.disconnected(this.#root.worker.died ? 'worker_died' : reason);
  }

  /** The transport closed, by us or because the worker died. */
  #ended(): void {
    this.#lost('transport_closed');
    this.#pipeline?.close();
    this.#events.closed();
  }
}

/** mediasoup throws on what a peer sent: that is the peer's fault, not ours. */
async function refusedAs<T>(code: 'invalid' | 'bad_sdp', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new RequestError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
