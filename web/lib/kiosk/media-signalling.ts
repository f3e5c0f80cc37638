import { io, type Socket } from 'socket.io-client';
import type { CAMERA_RESTART, CameraRequest } from '../../../contract/media.ts';
import { backoffMs } from '../../../contract/live.ts';
import { SignallingError, type CameraSignalling } from './camera-publisher.ts';

const RESTART: typeof CAMERA_RESTART = 'camera:restart';
const ANSWER_MS = 10_000;

export interface SignallingEvents {
  connected(): void;
  disconnected(): void;
  restart(): void;
  /** The hub no longer knows this device's token. */
  revoked(): void;
}

/** The data of an acknowledgement. @throws SignallingError when it refuses, or is none. */
export function readAck(ack: unknown): unknown {
  if (typeof ack === 'object' && ack !== null) {
    const { ok, data, code, message } = ack as Record<string, unknown>;
    if (ok === true) return data;
    if (ok === false && typeof code === 'string') throw new SignallingError(code, String(message));
  }
  throw new SignallingError('malformed', 'the answer is no acknowledgement');
}

/** The camera's line to the hub for arranging media. Reconnects by itself, also when the hub hung up on purpose. */
export class MediaSignalling implements CameraSignalling {
  readonly #socket: Socket;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(token: string, events: SignallingEvents) {
    this.#socket = io('/media', { auth: { token, role: 'camera' }, transports: ['websocket'], reconnectionDelay: 500, reconnectionDelayMax: 10_000, randomizationFactor: 0.5, forceNew: true });
    this.#socket.on('connect', () => {
      this.#attempt = 0;
      events.connected();
    });
    this.#socket.on('disconnect', (reason) => {
      events.disconnected();
      // The library takes this as final; for a camera it is the hub's restart or a newer tab.
      if (reason === 'io server disconnect') this.#again();
    });
    this.#socket.on('connect_error', (error) => {
      const code = (error as { data?: { code?: unknown } }).data?.code;
      if (code === 'device_revoked' || code === 'unauthorised') events.revoked();
      else if (!this.#socket.active) this.#again();
    });
    this.#socket.on(RESTART, () => { events.restart(); });
  }

  get connected(): boolean { return this.#socket.connected; }

  async request(name: CameraRequest, payload: object): Promise<unknown> {
    if (!this.#socket.connected) throw new SignallingError('timeout', 'there is no connection to the hub');
    let ack: unknown;
    try {
      ack = await this.#socket.timeout(ANSWER_MS).emitWithAck(name, payload);
    } catch (error) {
      throw new SignallingError('timeout', String(error));
    }
    return readAck(ack);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket.disconnect();
  }

  #again(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { if (!this.#closed) this.#socket.connect(); }, 1000 + backoffMs(this.#attempt++, Math.random()));
  }
}
