import { io, type Socket } from 'socket.io-client';
import type { Logger } from 'pino';
import { backoffMs, NODE_SYNC, type Ack, type EmotionSample, type NodeCamera, type NodeCapacity, type NodeRegister, type NodeStatus } from '../contract/index.ts';
import { REQUEST_NAMES, type RequestName } from './requests.ts';

export interface LinkOptions {
  hubUrl: string;
  token: string;
  log: Logger;
  /** What to register with, as it is at this moment. */
  registration(): NodeRegister;
  /** States of cameras, repeated after every registration. */
  states(): NodeCamera[];
  request(name: RequestName, payload: unknown): Promise<Ack<object>>;
  /** The hub hints that something about set-ups changed, or it has just come back. */
  sync(): void;
}

const ACK_MS = 10_000;
type Reply = (ack: Ack<object>) => void;

/** The node's connection to the hub's `/media` namespace. Comes back by itself for ever and registers anew each time. */
export class HubLink {
  readonly #options: LinkOptions;
  readonly #socket: Socket;
  #retry: NodeJS.Timeout | undefined;
  #attempt = 0;
  #registered = false;
  /** What the hub was told last. */
  #capacity = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#socket = io(new URL('/media', options.hubUrl).href, {
      // The client library checks certificates whatever Node was told; the embedded node is told not to, over loopback.
      rejectUnauthorized: process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0',
      auth: { token: options.token, role: 'vision' }, autoConnect: false, forceNew: true,
      transports: ['websocket', 'polling'], tryAllTransports: true,
      reconnectionDelay: 250, reconnectionDelayMax: 15_000, randomizationFactor: 0.5,
    });
    this.#socket.on('connect', () => { void this.#register(); });
    this.#socket.on('disconnect', (reason) => this.#lost(reason));
    this.#socket.on('connect_error', (error: Error & { data?: { code?: unknown } }) => {
      // Said by the hub, not by the line: trying again helps only when somebody changes something.
      if (typeof error.data?.code === 'string') this.#options.log.warn({ code: error.data.code, reason: error.message }, 'the hub refuses this node: check OTKLIK_VISION_TOKEN');
      this.#lost(error.message);
    });
    this.#socket.on(NODE_SYNC, () => options.sync());
    for (const name of REQUEST_NAMES) this.#socket.on(name, (payload: unknown, reply: unknown) => { void this.#answer(name, payload, reply); });
  }

  get registered(): boolean { return this.#registered; }

  open(): void { this.#socket.connect(); }

  close(): void {
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  /** Lost while the hub is away: samples are of the moment. */
  samples(samples: EmotionSample[]): void {
    if (this.#registered) this.#socket.volatile.emit('node:samples', samples);
  }

  /** Repeated by the registration when the hub is away now. */
  camera(state: NodeCamera): void {
    if (this.#registered) this.#socket.emit('node:camera', state);
  }

  /** Told when it is another one than the hub knows; with the registration when the hub is away now. */
  capacity(capacity: number): void {
    if (!this.#registered || capacity === this.#capacity) return;
    this.#capacity = capacity;
    this.#socket.emit('node:capacity', { capacity } satisfies NodeCapacity);
  }

  status(status: NodeStatus): void {
    if (this.#registered) this.#socket.volatile.emit('node:status', status);
  }

  async #register(): Promise<void> {
    const { log, registration, states } = this.#options;
    try {
      const message = registration();
      const reply: unknown = await this.#socket.timeout(ACK_MS).emitWithAck('node:register', message);
      if (!accepted(reply)) throw new Error(refusalOf(reply));
      this.#attempt = 0;
      this.#registered = true;
      this.#capacity = message.capacity;
      // Cameras may have come or been set up while the hub answered.
      this.capacity(registration().capacity);
      for (const state of states()) this.camera(state);
      this.#options.sync();
      log.info('registered with the hub');
    } catch (error) {
      log.warn({ err: error }, 'the hub did not register this node');
      this.#socket.disconnect();
      this.#again();
    }
  }

  #lost(reason: string): void {
    if (this.#registered) this.#options.log.warn({ reason }, 'the hub is away');
    else this.#options.log.debug({ reason }, 'the hub cannot be reached');
    this.#registered = false;
    // socket.io does not come back by itself when the server refused or closed the connection.
    if (!this.#socket.active && reason !== 'io client disconnect') this.#again();
  }

  #again(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), backoffMs(this.#attempt++, Math.random()));
  }

  async #answer(name: RequestName, payload: unknown, reply: unknown): Promise<void> {
    const ack = await this.#options.request(name, payload);
    if (!ack.ok) this.#options.log.warn({ request: name, code: ack.code, message: ack.message }, 'a request was refused');
    if (typeof reply === 'function') (reply as Reply)(ack);
  }
}

const accepted = (reply: unknown): boolean => typeof reply === 'object' && reply !== null && 'ok' in reply && reply.ok === true;

function refusalOf(reply: unknown): string {
  const message = typeof reply === 'object' && reply !== null && 'message' in reply ? reply.message : undefined;
  return typeof message === 'string' ? message.slice(0, 200) : 'the hub refused the registration';
}
