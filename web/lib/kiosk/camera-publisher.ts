import { backoffMs } from '../../../contract/live.ts';
import type { CameraRequest } from '../../../contract/media.ts';
import type { Clock } from './clock.ts';

/** Which camera of the device is wanted. */
export type CameraChoice = { facing: 'environment' | 'user' } | { deviceId: string };

/** An open camera. Video only: there is no way to open a microphone here. */
export interface CameraTrack {
  readonly usable: boolean;
  onEnded(listener: () => void): void;
  stop(): void;
}
export interface CameraSource<T extends CameraTrack> {
  /** @throws DOMException as getUserMedia does. */
  open(choice: CameraChoice): Promise<T>;
}

/** A refusal by the hub or the vision node, or no answer in time (`code` is `timeout`). */
export class SignallingError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'SignallingError';
    this.code = code;
  }
}

export interface CameraSignalling {
  readonly connected: boolean;
  /** @throws SignallingError */
  request(name: CameraRequest, payload: object): Promise<unknown>;
}

export type MediaState = 'connecting' | 'connected' | 'disconnected' | 'failed';
export interface SendingRate { fps: number | null; kilobitsPerSecond: number | null }
export interface Publication<T> {
  replace(track: T): Promise<void>;
  rate(): Promise<SendingRate>;
  close(): void;
}
/** Brings a track to the vision node over one WebRTC transport. @throws SignallingError, and whatever WebRTC throws. */
export type Publish<T> = (track: T, request: CameraSignalling['request'], onState: (state: MediaState) => void) => Promise<Publication<T>>;

export type WaitReason = 'hub' | 'node' | 'media' | 'camera_busy' | 'no_camera';
export type CameraView =
  | { at: 'idle' }
  | { at: 'permission' }
  | { at: 'connecting' }
  /** Pictures flow to the node; `hubAway` while the signalling is interrupted, which does not stop them. */
  | { at: 'live'; hubAway: boolean }
  | { at: 'waiting'; reason: WaitReason }
  | { at: 'denied' };

export interface PublisherParts<T extends CameraTrack> {
  source: CameraSource<T>;
  signalling: CameraSignalling;
  publish: Publish<T>;
  clock: Clock;
  random: () => number;
  onView: (view: CameraView) => void;
  /** The open camera, for the preview on this very screen; null when it is closed. */
  onTrack: (track: T | null) => void;
}

/** How long a connection may be interrupted, or take to come up, before a new one is made. */
export const INTERRUPTED_MS = 3_000;
export const CONNECT_MS = 12_000;
/** A connection that lasted this long was good, so the next failure starts from a short wait again. */
const STEADY_MS = 10_000;

class Superseded extends Error {}

/** Reasons by the name of getUserMedia's exceptions (W3C Media Capture and Streams, 10.2.1). */
function cameraTrouble(error: unknown): 'denied' | 'no_camera' | 'camera_busy' | undefined {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'no_camera';
  return name === 'NotReadableError' || name === 'AbortError' ? 'camera_busy' : undefined;
}

/** Keeps one camera on the air: opens it, publishes it, and begins anew whatever breaks, until it is stopped. */
export class CameraPublisher<T extends CameraTrack> {
  readonly #parts: PublisherParts<T>;
  #view: CameraView = { at: 'idle' };
  #choice: CameraChoice;
  #wanted = false;
  #turn = 0;
  #running: Promise<void> = Promise.resolve();
  #track: T | null = null;
  #publication: Publication<T> | null = null;
  #media: MediaState = 'connecting';
  #failures = 0;
  #cancelRetry: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #cancelSteady: (() => void) | null = null;

  constructor(choice: CameraChoice, parts: PublisherParts<T>) {
    this.#choice = choice;
    this.#parts = parts;
  }

  get view(): CameraView { return this.#view; }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#begin();
  }

  /** Takes the camera off the air and switches it off. */
  stop(): void {
    if (!this.#wanted) return;
    this.#wanted = false;
    const wasOnAir = this.#publication !== null && this.#parts.signalling.connected;
    this.#halt();
    this.#closeTrack();
    this.#show({ at: 'idle' });
    // Told for the sake of order only: the node notices a closed transport by itself.
    if (wasOnAir) this.#parts.signalling.request('camera:close', {}).catch((error: unknown) => { console.info('the hub did not hear that the camera stopped', error); });
  }

  /** The signalling came (back) up. Media that still flow are left alone. */
  hubConnected(): void {
    if (!this.#wanted) return;
    if (this.#onAir()) this.#show({ at: 'live', hubAway: false });
    else if (this.#view.at === 'waiting' || this.#view.at === 'connecting') this.#begin();
  }

  hubDisconnected(): void {
    if (!this.#wanted) return;
    if (this.#onAir()) this.#show({ at: 'live', hubAway: true });
    else if (this.#view.at === 'connecting' || (this.#view.at === 'waiting' && this.#track)) this.#wait('hub');
  }

  /** The hub asks for a new connection: the node went away, or one has room now. */
  restart(): void {
    if (this.#wanted && this.#view.at !== 'denied') this.#begin();
  }

  /** The page is looked at again, the network is back, or cameras were plugged: look whether all is well. */
  wake(): void {
    if (!this.#wanted || this.#view.at === 'permission') return;
    if (this.#track && !this.#track.usable) this.#closeTrack();
    if (!this.#track || (!this.#onAir() && this.#view.at === 'waiting')) this.#begin();
  }

  /** Uses another camera of this device; the connection stays when there is one. */
  async choose(choice: CameraChoice): Promise<void> {
    this.#choice = choice;
    if (!this.#wanted) return;
    // Phones open one camera at a time, so the old one is let go first.
    this.#closeTrack();
    const publication = this.#publication;
    const turn = this.#turn;
    if (!publication) { this.#begin(); return; }
    try {
      const track = await this.#parts.source.open(choice);
      if (turn !== this.#turn || !this.#wanted) { track.stop(); return; }
      this.#useTrack(track);
      await publication.replace(track);
    } catch (error) {
      if (turn === this.#turn) this.#failed(error);
    }
  }

  rate(): Promise<SendingRate> {
    return this.#publication?.rate() ?? Promise.resolve({ fps: null, kilobitsPerSecond: null });
  }

  #onAir(): boolean { return this.#publication !== null && this.#media === 'connected'; }

  /** One attempt at a time: two at once would mix their transports on the node. */
  #begin(): void {
    this.#halt();
    const turn = this.#turn;
    this.#running = this.#running.then(() => this.#attempt(turn));
  }

  #halt(): void {
    this.#turn++;
    for (const cancel of [this.#cancelRetry, this.#cancelWatch, this.#cancelSteady]) cancel?.();
    this.#publication?.close();
    this.#publication = null;
    this.#media = 'connecting';
  }

  async #attempt(turn: number): Promise<void> {
    if (turn !== this.#turn || !this.#wanted) return;
    try {
      if (!await this.#openTrack(turn)) return;
      if (!this.#parts.signalling.connected) { this.#show({ at: 'waiting', reason: 'hub' }); return; }
      this.#show({ at: 'connecting' });
      const request: CameraSignalling['request'] = (name, payload) => {
        if (turn !== this.#turn) throw new Superseded();
        return this.#parts.signalling.request(name, payload);
      };
      const publication = await this.#parts.publish(this.#track!, request, (state) => { this.#mediaChanged(turn, state); });
      if (turn !== this.#turn) { publication.close(); return; }
      this.#publication = publication;
      if (this.#media === 'connected') this.#arrived();
      else if (this.#media === 'connecting') this.#watch(CONNECT_MS);
    } catch (error) {
      if (turn === this.#turn) this.#failed(error);
    }
  }

  /** @returns false when the attempt was superseded meanwhile. */
  async #openTrack(turn: number): Promise<boolean> {
    if (this.#track?.usable) return true;
    this.#closeTrack();
    this.#show({ at: 'permission' });
    const track = await this.#parts.source.open(this.#choice);
    if (turn !== this.#turn) { track.stop(); return false; }
    this.#useTrack(track);
    return true;
  }

  #useTrack(track: T): void {
    this.#track = track;
    track.onEnded(() => {
      if (this.#track !== track) return;
      this.#closeTrack();
      this.#wait('no_camera');
    });
    this.#parts.onTrack(track);
  }

  #closeTrack(): void {
    if (!this.#track) return;
    this.#track.stop();
    this.#track = null;
    this.#parts.onTrack(null);
  }

  #mediaChanged(turn: number, state: MediaState): void {
    if (turn !== this.#turn) return;
    this.#media = state;
    if (state === 'connected' && this.#publication) this.#arrived();
    else if (state === 'disconnected') this.#watch(INTERRUPTED_MS);
    else if (state === 'failed') this.#wait('media');
  }

  #arrived(): void {
    this.#cancelWatch?.();
    this.#cancelSteady?.();
    this.#cancelSteady = this.#parts.clock.after(STEADY_MS, () => { this.#failures = 0; });
    this.#show({ at: 'live', hubAway: !this.#parts.signalling.connected });
  }

  #watch(ms: number): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.#parts.clock.after(ms, () => { this.#wait('media'); });
  }

  #failed(error: unknown): void {
    if (error instanceof Superseded) return;
    const trouble = cameraTrouble(error);
    if (trouble === 'denied') {
      this.#halt();
      this.#closeTrack();
      this.#wanted = false;
      this.#show({ at: 'denied' });
    } else if (trouble) this.#wait(trouble);
    else if (error instanceof SignallingError) this.#wait(error.code === 'no_vision_node' ? 'node' : this.#parts.signalling.connected ? 'media' : 'hub');
    else {
      console.warn('the camera could not be published', error);
      this.#wait('media');
    }
  }

  /** Ends the present attempt and begins anew after a while, or as soon as what is missing comes. */
  #wait(reason: WaitReason): void {
    if (!this.#wanted) return;
    this.#halt();
    this.#show({ at: 'waiting', reason });
    this.#cancelRetry = this.#parts.clock.after(500 + backoffMs(this.#failures++, this.#parts.random()), () => { this.#begin(); });
  }

  #show(view: CameraView): void {
    this.#view = view;
    this.#parts.onView(view);
  }
}
