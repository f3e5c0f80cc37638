import { CLOSE_CODES, LIMITS, type CloseReason, type EmotionSample } from '../../../contract/index.ts';
import { textFrame } from './frame.ts';

/** What a connection needs of a socket. Bytes are whole WebSocket frames. */
export interface Transport {
  write(frame: Buffer): void;
  /** Bytes accepted by `write` that have not left the process. */
  queuedBytes(): number;
  /** Bytes that have left the process since the connection began. */
  sentBytes(): number;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Drops the connection at once. */
  terminate(): void;
}

/** How long a closing handshake may take before the socket is dropped. */
const CLOSE_GRACE_MS = 5_000;

/**
 * A subscriber with a bounded queue. Events are always queued in order or the connection is closed; samples are kept
 * back while the queue is long, only the latest for each key, and follow with a flag when it has drained.
 */
export class Connection {
  readonly channels = new Set<string>();
  closed = false;
  /** Samples held back, by channel and key. */
  #held = new Map<string, Map<string, EmotionSample>>();
  #lastSent = 0;
  #movedAt: number;
  #transport: Transport;
  #onSlow: () => void;

  constructor(transport: Transport, now: number, onSlow: () => void = () => undefined) {
    this.#transport = transport;
    this.#movedAt = now;
    this.#onSlow = onSlow;
  }

  get queuedBytes(): number {
    return this.closed ? 0 : this.#transport.queuedBytes();
  }

  send(frame: Buffer): void {
    if (this.closed) return;
    this.#transport.write(frame);
    if (this.#transport.queuedBytes() > LIMITS.queueCloseBytes) this.#closeSlow();
  }

  sendText(text: string): void {
    this.send(textFrame(text));
  }

  /** `frame` holds `samples` and was made once for all subscribers. */
  sendSamples(channel: string, samples: readonly EmotionSample[], frame: Buffer): void {
    if (this.closed) return;
    if (this.#held.has(channel) || this.#transport.queuedBytes() > LIMITS.queueCollapseBytes) {
      const held = this.#held.get(channel) ?? new Map<string, EmotionSample>();
      for (const sample of samples) held.set(sample.camera, sample);
      this.#held.set(channel, held);
      this.#releaseHeld();
      return;
    }
    this.send(frame);
  }

  /** To be called every few seconds: closes a connection whose queue does not move, releases held samples. */
  sweep(now: number): void {
    if (this.closed) return;
    const sent = this.#transport.sentBytes();
    if (sent !== this.#lastSent || this.#transport.queuedBytes() === 0) {
      this.#lastSent = sent;
      this.#movedAt = now;
    } else if (now - this.#movedAt > LIMITS.queueStuckMs) {
      this.#closeSlow();
      return;
    }
    this.#releaseHeld();
  }

  close(reason: CloseReason): void {
    if (this.closed) return;
    this.closed = true;
    this.#held.clear();
    const { code, reason: words } = CLOSE_CODES[reason];
    this.#transport.close(code, words);
    setTimeout(() => this.#transport.terminate(), CLOSE_GRACE_MS).unref();
  }

  /** The socket went away by itself. */
  gone(): void {
    this.closed = true;
    this.#held.clear();
  }

  #closeSlow(): void {
    this.#onSlow();
    this.close('slow');
  }

  #releaseHeld(): void {
    if (this.#transport.queuedBytes() > LIMITS.queueCollapseBytes) return;
    for (const [channel, held] of this.#held) {
      this.#held.delete(channel);
      this.sendText(JSON.stringify({ t: 'samples', channel, samples: [...held.values()], collapsed: true }));
    }
  }
}
