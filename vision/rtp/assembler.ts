import type { Part, PayloadFormat } from './format.ts';
import { parseRtp, type RtpPacket } from './packet.ts';

/** A whole frame as the decoder takes it: VP8's own, or an H.264 access unit in Annex B. */
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

interface Held { packet: RtpPacket; part: Part | undefined }

/**
 * Puts an RTP stream back into frames, in the order of sending. After a loss nothing comes out before the next keyframe,
 * because the decoder would show a corrupt picture without saying so. Pure: `now` is monotonic milliseconds
 * given by the caller.
 */
export class FrameAssembler {
  readonly stats: AssemblerStats = { frames: 0, lostPackets: 0, lostFrames: 0, rubbish: 0 };
  readonly #format: PayloadFormat;
  readonly #events: AssemblerEvents;
  readonly #waitMs: number;
  readonly #keyframeEveryMs: number;
  readonly #maxHeld: number;
  readonly #held = new Map<number, Held>();
  /** The sequence number that is due; undefined while a keyframe is looked for. */
  #next: number | undefined;
  /** What came before this was used or given up: a repeat of it must not come out again. */
  #floor: number | undefined;
  /** A keyframe came out since the last loss. */
  #synced = false;
  #current: Held[] = [];
  #currentBytes = 0;
  #gapSince: number | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #jumpedTo: number | undefined;
  #newest: number | undefined;

  constructor(format: PayloadFormat, events: AssemblerEvents, options: AssemblerOptions = {}) {
    this.#format = format;
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
    const part = packet.payload.length > 0 ? this.#format.parse(packet.payload) : undefined;
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
    this.#synced = false;
    this.#clearCurrent();
  }

  #clearCurrent(): void {
    this.#current = [];
    this.#currentBytes = 0;
  }

  /** Starts at the earliest packet among the held ones that a keyframe may begin with. */
  #seek(now: number): void {
    let earliest: number | undefined;
    for (const [sequence, { part }] of this.#held) {
      if (part?.entry && (earliest === undefined || distance(earliest, sequence) < 0)) earliest = sequence;
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
    const last = this.#current.at(-1);
    // Not every sender of H.264 marks a frame's last packet; the next frame's time ends it too.
    if (held.part!.starts === null && last && !last.part!.open && last.packet.timestamp !== held.packet.timestamp) this.#emit(now);
    if (this.#next === undefined) { this.#restartAt(held, now); return; }
    this.#currentBytes += held.part!.pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (!this.#belongs(held) || this.#currentBytes > MAX_FRAME_BYTES) { this.#restartAt(held, now); return; }
    this.#current.push(held);
    if (held.packet.marker && !held.part!.open) this.#emit(now);
  }

  /** Whether the packet goes on with the frame that is being gathered, or begins one where none is. */
  #belongs({ packet, part }: Held): boolean {
    const { starts, continues } = part!;
    const last = this.#current.at(-1);
    if (!last) return starts ?? !continues;
    return starts !== true && continues === last.part!.open && last.packet.timestamp === packet.timestamp;
  }

  /** The sequence was whole but the frame was not: a sender's fault, treated as a loss. */
  #restartAt(held: Held, now: number): void {
    if (this.#current.length === 0) this.stats.lostFrames++;
    this.#loseSync();
    if (held.part!.entry) {
      this.#floor = held.packet.sequence;
      this.#held.set(held.packet.sequence, held);
    }
    this.#seek(now);
  }

  #emit(now: number): void {
    const parts = this.#current.map(({ part }) => part!);
    const { timestamp } = this.#current[0]!.packet;
    const frame = this.#format.finish(parts);
    this.#clearCurrent();
    if (!frame) return;
    if (!frame.key && !this.#synced) {
      // What looked like the beginning of a keyframe was none.
      this.stats.lostFrames++;
      this.#loseSync();
      this.#seek(now);
      return;
    }
    this.#synced = true;
    this.stats.frames++;
    this.#events.frame({ key: frame.key, timestamp, data: joined(frame.pieces) }, now);
  }

  #ask(now: number): void {
    if (now - this.#askedAt < this.#keyframeEveryMs) return;
    this.#askedAt = now;
    this.#events.keyframeNeeded();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) { data.set(piece, offset); offset += piece.length; }
  return data;
}

/** How far `b` is after `a`, −32768..32767, modulo 2^16. */
export function distance(a: number, b: number): number {
  return (((b - a) & 0xffff) ^ 0x8000) - 0x8000;
}
