import { parseRtp, parseVp8, type RtpPacket, type Vp8Part } from './packet.ts';

/** A whole VP8 frame as the decoder takes it. */
export interface EncodedFrame {
  key: boolean;
  /** RTP timestamp, 90 kHz, 0..2^32-1. */
  timestamp: number;
  data: Uint8Array;
}

export interface AssemblerEvents {
  frame(frame: EncodedFrame, now: number): void;
  /** The stream cannot go on without a keyframe. Called at most once per `keyframeEveryMs`. */
  keyframeNeeded(): void;
}

export interface AssemblerOptions {
  /** How long a missing packet is waited for; a retransmission takes a round trip. */
  waitMs?: number;
  keyframeEveryMs?: number;
  /** Packets held back at most while one is missing. */
  maxHeld?: number;
}

export interface AssemblerStats { frames: number; lostPackets: number; lostFrames: number; rubbish: number }

/** Sequence numbers further apart than this belong to another stream (RFC 3550 A.1, MAX_DROPOUT). */
const MAX_JUMP = 3000;
/** A frame larger than this is not video from a camera. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

interface Held { packet: RtpPacket; part: Vp8Part | undefined }

/**
 * Puts a VP8 RTP stream back into frames, in order. After a loss nothing comes out before the next keyframe,
 * because the decoder would show a corrupt picture without saying so. Pure: `now` is monotonic milliseconds
 * given by the caller.
 */
export class Vp8Assembler {
  readonly stats: AssemblerStats = { frames: 0, lostPackets: 0, lostFrames: 0, rubbish: 0 };
  readonly #events: AssemblerEvents;
  readonly #waitMs: number;
  readonly #keyframeEveryMs: number;
  readonly #maxHeld: number;
  readonly #held = new Map<number, Held>();
  /** The sequence number that is due; undefined while a keyframe is looked for. */
  #next: number | undefined;
  /** What came before this was used or given up: a repeat of it must not come out again. */
  #floor: number | undefined;
  #current: Held[] = [];
  #currentBytes = 0;
  #gapSince: number | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #jumpedTo: number | undefined;
  #newest: number | undefined;

  constructor(events: AssemblerEvents, options: AssemblerOptions = {}) {
    this.#events = events;
    this.#waitMs = options.waitMs ?? 150;
    this.#keyframeEveryMs = options.keyframeEveryMs ?? 500;
    this.#maxHeld = options.maxHeld ?? 512;
  }

  /** Takes one received packet; never throws, whatever the bytes. */
  push(bytes: Uint8Array, now: number): void {
    const packet = parseRtp(bytes);
    if (!packet) { this.stats.rubbish++; return; }
    if (!this.#follows(packet.sequence)) return;
    const part = packet.payload.length > 0 ? parseVp8(packet.payload) : undefined;
    if (packet.payload.length > 0 && !part) { this.stats.rubbish++; return; }
    const floor = this.#next ?? this.#floor;
    if (floor !== undefined && distance(floor, packet.sequence) < 0) return;
    this.#held.set(packet.sequence, { packet, part });
    if (this.#next === undefined) this.#seek(now);
    this.#advance(now);
  }

  /** Gives up packets that were waited for too long. Call it now and then, so that a pause does not hold a frame back. */
  tick(now: number): void { this.#advance(now); }

  /** The decoder lost its state: nothing comes out before the next keyframe. */
  requireKeyframe(now: number): void {
    this.#loseSync();
    this.#ask(now);
  }

  /** False for packets of another stream, until two in a row say that the stream has jumped. */
  #follows(sequence: number): boolean {
    const far = this.#newest !== undefined && Math.abs(distance(this.#newest, sequence)) > MAX_JUMP;
    if (!far) {
      if (this.#newest === undefined || distance(this.#newest, sequence) > 0) this.#newest = sequence;
      return true;
    }
    if (this.#jumpedTo !== sequence) {
      this.#jumpedTo = (sequence + 1) & 0xffff;
      this.stats.rubbish++;
      return false;
    }
    this.#jumpedTo = undefined;
    this.#newest = sequence;
    this.#held.clear();
    this.#loseSync();
    this.#floor = undefined;
    return true;
  }

  #loseSync(): void {
    if (this.#current.length > 0) this.stats.lostFrames++;
    this.#floor = this.#next ?? this.#floor;
    this.#next = undefined;
    this.#gapSince = undefined;
    this.#clearCurrent();
  }

  #clearCurrent(): void {
    this.#current = [];
    this.#currentBytes = 0;
  }

  /** Starts at the earliest keyframe among the held packets. */
  #seek(now: number): void {
    let earliest: number | undefined;
    for (const [sequence, { part }] of this.#held) {
      if (part?.key && (earliest === undefined || distance(earliest, sequence) < 0)) earliest = sequence;
    }
    if (earliest === undefined) {
      this.#ask(now);
      if (this.#held.size > this.#maxHeld) this.#held.delete(this.#held.keys().next().value!);
      return;
    }
    for (const sequence of [...this.#held.keys()]) if (distance(earliest, sequence) < 0) this.#held.delete(sequence);
    this.#next = earliest;
  }

  #advance(now: number): void {
    this.#drain(now);
    if (this.#next === undefined || this.#held.size === 0) { this.#gapSince = undefined; return; }
    this.#gapSince ??= now;
    if (now - this.#gapSince <= this.#waitMs && this.#held.size <= this.#maxHeld) return;
    this.stats.lostPackets += this.#missing();
    this.#loseSync();
    this.#seek(now);
    // The keyframe may be among the held packets already; then nothing has to be asked for.
    if (this.#next !== undefined) this.#advance(now);
  }

  /** Packets missing before the earliest held one. */
  #missing(): number {
    let nearest = 0x8000;
    for (const sequence of this.#held.keys()) nearest = Math.min(nearest, distance(this.#next!, sequence));
    return nearest;
  }

  #drain(now: number): void {
    while (this.#next !== undefined) {
      const held = this.#held.get(this.#next);
      if (!held) return;
      this.#held.delete(this.#next);
      this.#next = (this.#next + 1) & 0xffff;
      this.#gapSince = undefined;
      if (held.part) this.#append(held, now);
    }
  }

  #append(held: Held, now: number): void {
    const before = this.#current[0];
    const starts = held.part!.start;
    const belongs = before === undefined ? starts : !starts && before.packet.timestamp === held.packet.timestamp;
    this.#currentBytes += held.part!.data.length;
    if (!belongs || this.#currentBytes > MAX_FRAME_BYTES) { this.#restartAt(held, now); return; }
    this.#current.push(held);
    if (held.packet.marker) this.#emit(now);
  }

  /** The sequence was whole but the frame was not: a sender's fault, treated as a loss. */
  #restartAt(held: Held, now: number): void {
    if (this.#current.length === 0) this.stats.lostFrames++;
    this.#loseSync();
    if (held.part!.key) {
      this.#floor = held.packet.sequence;
      this.#held.set(held.packet.sequence, held);
    }
    this.#seek(now);
  }

  #emit(now: number): void {
    const data = new Uint8Array(this.#currentBytes);
    let offset = 0;
    for (const { part } of this.#current) { data.set(part!.data, offset); offset += part!.data.length; }
    const first = this.#current[0]!;
    this.#clearCurrent();
    this.stats.frames++;
    this.#events.frame({ key: first.part!.key, timestamp: first.packet.timestamp, data }, now);
  }

  #ask(now: number): void {
    if (now - this.#askedAt < this.#keyframeEveryMs) return;
    this.#askedAt = now;
    this.#events.keyframeNeeded();
  }
}

/** How far `b` is after `a`, −32768..32767, modulo 2^16. */
export function distance(a: number, b: number): number {
  return (((b - a) & 0xffff) ^ 0x8000) - 0x8000;
}
