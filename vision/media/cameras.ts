import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { Engine } from '../engine.ts';
import type { CameraSetup, NodeCamera } from '../../contract/index.ts';
import type { CameraBudget, Work } from '../capacity.ts';
import { CameraSession, refusedAs, type CameraEvents, type Consent } from './camera.ts';
import { RequestError } from './errors.ts';
import { parseOffer, writeAnswer } from './sdp.ts';
import type { MediaRoot, MediaWorker } from './worker.ts';

export interface CamerasOptions {
  budget: CameraBudget;
  /** The set-up in force; undefined while none was heard of. */
  setup(camera: string): CameraSetup | undefined;
  /** Cameras came or went. */
  onChange(): void;
  worker: MediaWorker;
  engine: Engine;
  log: Logger;
  /** A camera's pipeline begins. */
  onOpen(camera: string): void;
  /** A camera's media came or went. */
  onState(state: NodeCamera): void;
}

/** What a camera page needs to set up its end of a transport. */
export type TransportReply = Pick<types.WebRtcTransport, 'id' | 'iceParameters' | 'iceCandidates' | 'dtlsParameters'>;

const WATCH_MS = 1_000;
/** Left out of what browsers are told: with it a phone sends pictures as its sensor lies and says how to turn them; without it they come upright. */
const ORIENTATION = 'urn:3gpp:video-orientation';

/** The cameras that this node serves, one session each. */
export class Cameras {
  readonly #options: CamerasOptions;
  readonly #sessions = new Map<string, CameraSession>();
  readonly #opening = new Set<string>();
  readonly #watch: NodeJS.Timeout;

  constructor(options: CamerasOptions) {
    this.#options = options;
    this.#watch = setInterval(() => { for (const session of this.#sessions.values()) session.watch(performance.now()); }, WATCH_MS);
  }

  get names(): string[] { return [...this.#sessions.keys()]; }
  /** Cameras that could be taken beyond those that are here. */
  get room(): number { return this.#roomBeside(''); }
  /** Cameras that can be here at once: those that are, as they are set up, and as many more as there is room for. */
  get capacity(): number { return this.#taken().length + this.room; }
  /** What they need as a share of what was measured: above 1 they are measured less often than wanted. */
  get load(): number { return this.#options.budget.load(this.#taken().map(this.#workOf)); }
  get connected(): number { return [...this.#sessions.values()].filter((session) => session.connected).length; }

  /** States to repeat when the hub has come back. */
  states(): NodeCamera[] {
    return [...this.#sessions].filter(([, session]) => session.connected)
      .map(([camera, { codec }]) => ({ camera, state: 'connected', codec, at: Date.now() }));
  }

  /** @throws RequestError `unavailable` while the media worker is being restarted. */
  capabilities(): { rtpCapabilities: types.RtpCapabilities } {
    const { rtpCapabilities } = this.#root().router;
    return { rtpCapabilities: { ...rtpCapabilities, headerExtensions: (rtpCapabilities.headerExtensions ?? []).filter(({ uri }) => uri !== ORIENTATION) } };
  }

  /** Makes a new transport in place of an older one. @throws RequestError `unavailable` when the node is full. */
  async transport(camera: string, site: string): Promise<TransportReply> {
    const { id, iceParameters, iceCandidates, dtlsParameters } = (await this.#open(camera, site, 'asked')).transport;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  }

  /** @throws RequestError when there is no transport or the parameters are refused. */
  async connect(camera: string, dtlsParameters: types.DtlsParameters): Promise<object> {
    await refusedAs('invalid', this.#webRtc(camera).connect({ dtlsParameters }));
    return {};
  }

  /** @throws RequestError when there is no transport or the parameters are refused. */
  async produce(camera: string, rtpParameters: types.RtpParameters): Promise<{ id: string }> {
    return { id: await this.#session(camera).produce(rtpParameters) };
  }

  /** Answers a WHIP offer. @throws RequestError `bad_sdp` when the offer cannot be answered. */
  async whip(camera: string, site: string, sdp: string): Promise<{ sdp: string }> {
    const offer = parseOffer(sdp);
    const session = await this.#open(camera, site, 'maybe_never');
    try {
      await refusedAs('bad_sdp', session.transport.connect({ dtlsParameters: offer.dtlsParameters }));
      await session.produce(offer.rtpParameters);
    } catch (error) {
      session.close('bad_offer');
      if (error instanceof RequestError && error.code === 'invalid') throw new RequestError('bad_sdp', error.message, { cause: error });
      throw error;
    }
    return { sdp: writeAnswer(offer, session.transport) };
  }

  /** Takes plain RTP from `port` of the loopback address. @throws RequestError `unavailable` when the node is full, `invalid` when the parameters are refused. */
  async plain(camera: string, site: string, port: number, rtpParameters: types.RtpParameters): Promise<CameraSession<types.PlainTransport>> {
    const session = await this.#make(camera, site, (root, events) => CameraSession.openPlain(root, port, events, performance.now()));
    try {
      await session.produce(rtpParameters);
      return session;
    } catch (error) {
      session.close('bad_source');
      throw error;
    }
  }

  /** Ends the camera's session; one that is gone already is fine. */
  closeCamera(camera: string, reason: string): object {
    this.#sessions.get(camera)?.close(reason);
    return {};
  }

  close(): void {
    clearInterval(this.#watch);
    for (const session of [...this.#sessions.values()]) session.close('node_stopped');
  }

  #root(): MediaRoot {
    const root = this.#options.worker.root;
    if (!root) throw new RequestError('unavailable', 'the media worker is being restarted; try again in a moment');
    return root;
  }

  #session(camera: string): CameraSession {
    const session = this.#sessions.get(camera);
    if (!session) throw new RequestError('conflict', 'ask for a transport first');
    return session;
  }

  #webRtc(camera: string): types.WebRtcTransport {
    const { transport } = this.#session(camera);
    if (transport.type !== 'webrtc') throw new RequestError('conflict', 'this camera is fetched by the node; ask for a transport first');
    return transport as types.WebRtcTransport;
  }

  #open(camera: string, site: string, consent: Consent): Promise<CameraSession<types.WebRtcTransport>> {
    return this.#make(camera, site, (root, events) => CameraSession.open(root, events, performance.now(), consent));
  }

  async #make<T extends types.Transport>(camera: string, site: string, make: (root: MediaRoot, events: CameraEvents) => Promise<CameraSession<T>>): Promise<CameraSession<T>> {
    const root = this.#root();
    if (this.#opening.has(camera)) throw new RequestError('conflict', 'a transport for this camera is being made');
    this.#makeRoom(camera);
    this.#sessions.get(camera)?.close('replaced');
    this.#opening.add(camera);
    try {
      const session: CameraSession<T> = await make(root, this.#events(camera, site, () => session));
      this.#sessions.set(camera, session);
      this.#options.onChange();
      return session;
    } finally {
      this.#opening.delete(camera);
    }
  }

  #taken(): string[] { return [...new Set([...this.#sessions.keys(), ...this.#opening])]; }

  #roomBeside(camera: string): number {
    return this.#options.budget.room(this.#taken().filter((name) => name !== camera).map(this.#workOf));
  }

  readonly #workOf = (camera: string): Work => ({ setup: this.#options.setup(camera), looks: this.#options.engine.looks(camera) });

  /** A camera that went away without a word must not keep another one out. */
  #makeRoom(camera: string): void {
    if (this.#roomBeside(camera) > 0) return;
    for (const session of [...this.#sessions.values()]) if (session.isStale(performance.now())) session.close('gone');
    if (this.#roomBeside(camera) === 0) throw new RequestError('unavailable', `this node is full: it takes ${this.capacity} cameras as they are set up`);
  }

  #events(camera: string, site: string, self: () => CameraSession): CameraEvents {
    const { engine, log, onOpen, onState } = this.#options;
    return {
      faceShare: () => engine.faceShare(camera),
      open: (requestKeyframe, codec, parameterSets) => {
        const pipeline = engine.open(camera, site, requestKeyframe, codec, parameterSets);
        onOpen(camera);
        return pipeline;
      },
      connected: (codec) => {
        log.info({ camera, codec }, 'camera connected');
        onState({ camera, state: 'connected', codec, at: Date.now() });
      },
      disconnected: (reason) => {
        log.info({ camera, reason }, 'camera disconnected');
        onState({ camera, state: 'disconnected', reason, at: Date.now() });
      },
      closed: () => {
        if (this.#sessions.get(camera) !== self()) return;
        this.#sessions.delete(camera);
        this.#options.onChange();
      },
    };
  }
}
