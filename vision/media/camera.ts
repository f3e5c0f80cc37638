import type { types } from 'mediasoup';
import type { Pipeline } from '../engine.ts';
import type { VideoCodec } from '../frames/intake.ts';
import { spropParameterSets } from '../rtp/h264.ts';
import { RequestError } from './errors.ts';
import { LayerChoice, layerLines } from './layers.ts';
import type { MediaRoot } from './worker.ts';

export interface CameraEvents {
  /** Packets come. */
  connected(codec: string): void;
  /** Packets ceased; they may come back unless the session closes too. */
  disconnected(reason: string): void;
  closed(): void;
  /** Made when the camera produces; closed with the session. */
  open(requestKeyframe: () => void, codec: VideoCodec, parameterSets: readonly Uint8Array[]): Pipeline;
  /** Median height of faces as a share of the picture's height; null without faces. */
  faceShare(): number | null;
}

/** A camera that sends nothing for this long is gone. */
export const SILENT_MS = 10_000;
/** How long a session without packets is kept for them to come (back). */
const KEEP_MS = 60_000;
/** How long the first packet of a WebRTC camera is waited for: what it described never comes, or under another SSRC. */
export const FIRST_MS = 15_000;
/** A WebRTC camera that says nothing at all for this long has no connection any more. */
const CONSENT_TIMEOUT_S = 15;
/** Whether a camera goes on asking if it may send (RFC 7675): browsers do; GStreamer's WHIP clients do not, and only their packets tell that they are there. */
export type Consent = 'asked' | 'maybe_never';
/** After a change of layer the pictures are still those of the layer before for a while. */
const SETTLE_MS = 1_000;

/**
 * One camera's media: transport → producer → consumer → pipeline. Closing a parent closes its children, so
 * `close()` and the death of the worker end all of it.
 */
export class CameraSession<T extends types.Transport = types.Transport> {
  readonly transport: T;
  readonly #root: MediaRoot;
  readonly #events: CameraEvents;
  #pipeline: Pipeline | undefined;
  #layers: Layers | undefined;
  #codec = '';
  #connected = false;
  #lastPacketAt: number;
  /** When media was promised; undefined before, and once it came. */
  #promisedAt: number | undefined;

  constructor(root: MediaRoot, transport: T, events: CameraEvents, now: number) {
    this.#root = root;
    this.transport = transport;
    this.#events = events;
    this.#lastPacketAt = now;
    transport.observer.once('close', () => this.#ended());
  }

  /** For a camera that comes over WebRTC. @param now monotonic ms. */
  static async open(root: MediaRoot, events: CameraEvents, now: number, consent: Consent): Promise<CameraSession<types.WebRtcTransport>> {
    const transport = await root.router.createWebRtcTransport({
      webRtcServer: root.server, enableUdp: true, enableTcp: true, preferUdp: true, iceConsentTimeout: consent === 'asked' ? CONSENT_TIMEOUT_S : 0,
    });
    const session = new CameraSession(root, transport, events, now);
    transport.on('icestatechange', (state) => { if (state === 'disconnected') session.#lost('ice_disconnected'); });
    transport.on('dtlsstatechange', (state) => { if (state === 'failed' || state === 'closed') session.close(`dtls_${state}`); });
    return session;
  }

  /**
   * For a stream that a program of this machine sends as plain RTP: only from `port` of the loopback address.
   * @param now monotonic ms.
   */
  static async openPlain(root: MediaRoot, port: number, events: CameraEvents, now: number): Promise<CameraSession<types.PlainTransport>> {
    const transport = await root.router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' }, rtcpMux: true, comedia: false });
    const session = new CameraSession(root, transport, events, now);
    await transport.connect({ ip: '127.0.0.1', port });
    return session;
  }

  /** Silent for so long that another camera may have its place. @param now monotonic ms. */
  isStale(now: number): boolean { return !this.#connected && now - this.#lastPacketAt > SILENT_MS; }
  get connected(): boolean { return this.#connected; }
  get codec(): string { return this.#codec; }
  /** Layer of a simulcast that is asked for; undefined for a single stream. */
  get layer(): number | undefined { return this.#layers?.asked; }

  /**
   * Takes the camera's video and starts its pipeline. Of a simulcast the lowest layer is taken in which faces are large enough.
   * @returns the producer's id. @throws RequestError when the parameters are refused or the codec is another one.
   */
  async produce(rtpParameters: types.RtpParameters): Promise<string> {
    if (this.#pipeline) throw new RequestError('conflict', 'this camera sends already; ask for a new transport first');
    const [first] = rtpParameters.codecs;
    const codec = codecOf(first?.mimeType);
    const producer = await refusedAs('invalid', this.transport.produce({ kind: 'video', rtpParameters }));
    const consumer = await this.#root.direct.consume({ producerId: producer.id, rtpCapabilities: this.#root.router.rtpCapabilities, enableRtx: false });
    if (this.transport.closed || this.#pipeline) {
      producer.close();
      throw new RequestError('conflict', 'the transport was closed meanwhile');
    }
    this.#codec = first!.mimeType;
    const sets = codec === 'h264' ? spropParameterSets(first!.parameters?.['sprop-parameter-sets']) : [];
    const pipeline = this.#events.open(() => { if (!consumer.closed) consumer.requestKeyFrame().catch(() => this.close('worker_gone')); }, codec, sets);
    this.#pipeline = pipeline;
    // What this machine's own program sends is waited for by whoever started it.
    if (this.transport.type === 'webrtc') this.#promisedAt = performance.now();
    consumer.on('rtp', (packet) => this.#packet(pipeline, packet));
    consumer.observer.once('close', () => this.close('producer_closed'));
    if (consumer.type === 'simulcast') this.#layers = new Layers(consumer, producer.rtpParameters.encodings!.length);
    return producer.id;
  }

  /** Notices silence, and chooses the layer. @param now monotonic ms. */
  watch(now: number): void {
    const silent = now - this.#lastPacketAt;
    if (this.#promisedAt !== undefined && now - this.#promisedAt > FIRST_MS) this.#neverCame();
    else if (silent > KEEP_MS) this.close('gone');
    else if (silent > SILENT_MS) this.#lost('no_rtp');
    else if (this.#pipeline) this.#layers?.choose(this.#pipeline.lines(), this.#events.faceShare(), now);
  }

  /** Ends the session; again does nothing. */
  close(reason: string): void {
    this.#lost(reason);
    this.transport.close();
  }

  #packet(pipeline: Pipeline, packet: Uint8Array): void {
    // The worker hears of the closing later: what it sends until then must not make the camera seem to come back.
    if (this.transport.closed) return;
    this.#lastPacketAt = performance.now();
    if (!this.#connected) {
      this.#promisedAt = undefined;
      this.#connected = true;
      this.#events.connected(this.#codec);
    }
    pipeline.packet(packet);
  }

  /** The hub has heard nothing of such a session yet; that it ends, and why, helps whoever looks for the fault. */
  #neverCame(): void {
    this.#events.disconnected('no_rtp');
    this.close('no_rtp');
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

/** Which layer of a simulcast comes, and which is asked for. */
class Layers {
  asked: number | undefined;
  readonly #consumer: types.Consumer;
  readonly #count: number;
  readonly #choice = new LayerChoice();
  readonly #seen = new Map<number, number>();
  #changedAt = 0;

  constructor(consumer: types.Consumer, count: number) {
    this.#consumer = consumer;
    this.#count = count;
    consumer.on('layerschange', () => { this.#changedAt = performance.now(); });
  }

  /** @param lines height of the last picture, 0 before the first. */
  choose(lines: number, faceShare: number | null, now: number): void {
    const current = this.#consumer.currentLayers?.spatialLayer;
    if (current !== undefined && lines > 0 && now - this.#changedAt > SETTLE_MS) this.#seen.set(current, lines);
    const heights = layerLines(this.#count, this.#seen);
    if (!heights || this.#consumer.closed) return;
    const wish = this.#choice.update(heights, faceShare, now);
    if (wish === this.asked) return;
    this.asked = wish;
    // Fails only when the worker goes, and then the session ends by that.
    this.#consumer.setPreferredLayers({ spatialLayer: wish }).catch(() => { this.asked = undefined; });
  }
}

/** @throws RequestError for a codec whose way to pictures is not known here. */
function codecOf(mimeType: string | undefined): VideoCodec {
  const name = mimeType?.toLowerCase();
  if (name === 'video/vp8') return 'vp8';
  if (name === 'video/h264') return 'h264';
  throw new RequestError('invalid', `the camera sends ${String(mimeType).slice(0, 40)}; this node takes VP8 and H.264`);
}

/** mediasoup throws on what a peer sent: that is the peer's fault, not ours. */
export async function refusedAs<T>(code: 'invalid' | 'bad_sdp', work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new RequestError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
