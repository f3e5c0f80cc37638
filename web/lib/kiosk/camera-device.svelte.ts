import { DevicePort } from '../cameras/setup-port.ts';
import { onReturn } from './browser.ts';
import { browserCamera, hasCameras, listCameras, nextChoice, type BrowserTrack } from './browser-camera.ts';
import { CameraPublisher, type CameraView, type Publish, type SendingRate } from './camera-publisher.ts';
import { deviceClock } from './clock.ts';
import { hubCall } from './device-api.ts';
import { DeviceSession, type SessionView } from './device-session.ts';
import type { DeviceStorage, StoredDevice } from './device-storage.ts';
import { MediaSignalling } from './media-signalling.ts';

const RATE_EVERY_MS = 2_000;

/** Loaded when the camera first connects: a kiosk or a wall never pays for WebRTC's signalling library. */
const publish: Publish<BrowserTrack> = async (...parts) => (await import('./mediasoup-publish.ts')).publishByMediasoup(...parts);

/** A paired camera at work. */
export class CameraDevice {
  session = $state.raw<SessionView>({ self: null, heardAt: null, reachable: true, revoked: false });
  view = $state.raw<CameraView>({ at: 'idle' });
  stream = $state.raw<MediaStream | null>(null);
  /** Whether the picture is to be shown as in a mirror: a person looks at themselves. */
  mirrored = $state(false);
  rate = $state.raw<SendingRate>({ fps: null, kilobitsPerSecond: null });
  /** Whether there is another camera to turn to. */
  hasOther = $state(false);

  /** Where this camera's own set-up is kept. */
  readonly setup: DevicePort;

  readonly #session: DeviceSession;
  readonly #signalling: MediaSignalling;
  readonly #publisher: CameraPublisher<BrowserTrack>;
  readonly #stops: (() => void)[] = [];
  #settings: MediaTrackSettings = {};

  constructor(stored: StoredDevice, storage: DeviceStorage, version: string) {
    const publisher = () => this.#publisher;
    this.setup = new DevicePort(hubCall((...request) => fetch(...request)), stored.token);
    this.#session = new DeviceSession({
      token: stored.token, self: stored.self, version, call: hubCall((...request) => fetch(...request)), clock: deviceClock, random: Math.random, waiting: () => 0,
      onView: (view) => {
        this.session = view;
        if (view.revoked) this.close();
      },
      onSelf: (self) => { storage.keepDevice({ ...stored, self, usedAt: Date.now() }).catch((error: unknown) => { console.warn('the camera will not start without the hub', error); }); },
    });
    this.#signalling = new MediaSignalling(stored.token, {
      connected: () => { publisher().hubConnected(); },
      disconnected: () => { publisher().hubDisconnected(); },
      restart: () => { publisher().restart(); },
      revoked: () => { this.#session.revoke(); },
    });
    this.#publisher = new CameraPublisher<BrowserTrack>({ facing: 'environment' }, {
      source: browserCamera, signalling: this.#signalling, publish, clock: deviceClock, random: Math.random,
      onView: (view) => { this.view = view; },
      onTrack: (track) => { this.#show(track); },
    });
    this.#session.start();
    this.#listen();
  }

  get isOn(): boolean { return this.view.at !== 'idle' && this.view.at !== 'denied'; }

  start(): void { this.#publisher.start(); }
  stop(): void { this.#publisher.stop(); }

  async turn(): Promise<void> {
    const choice = nextChoice(this.#settings, await listCameras());
    if (choice) await this.#publisher.choose(choice);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#publisher.stop();
    this.#session.stop();
    this.#signalling.close();
  }

  #listen(): void {
    const wake = () => { this.#session.wake(); this.#publisher.wake(); };
    const plugged = () => { this.#publisher.wake(); void this.#countCameras(); };
    if (hasCameras()) navigator.mediaDevices.addEventListener('devicechange', plugged);
    const timer = setInterval(() => void this.#measure(), RATE_EVERY_MS);
    this.#stops.push(onReturn(wake), () => { clearInterval(timer); }, () => { if (hasCameras()) navigator.mediaDevices.removeEventListener('devicechange', plugged); });
  }

  #show(track: BrowserTrack | null): void {
    this.stream = track?.stream ?? null;
    this.#settings = track?.track.getSettings() ?? {};
    this.mirrored = this.#settings.facingMode === 'user';
    if (track) void this.#countCameras();
  }

  async #countCameras(): Promise<void> {
    if (!hasCameras()) return;
    try {
      this.hasOther = nextChoice(this.#settings, await listCameras()) !== null;
    } catch (error) {
      console.info('the cameras cannot be listed', error);
      this.hasOther = false;
    }
  }

  async #measure(): Promise<void> {
    if (this.view.at !== 'live') {
      this.rate = { fps: null, kilobitsPerSecond: null };
      return;
    }
    try {
      this.rate = await this.#publisher.rate();
    } catch (error) {
      // The connection was closed between the question and the answer.
      console.info('the rate cannot be read', error);
    }
  }
}
