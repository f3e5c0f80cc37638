import { RtpHeader, RtpPacket } from 'werift';

/** Payload of one packet, bytes: with all headers it stays below what every network carries in one piece. */
const MOST_PAYLOAD = 1_150;
const CLOCK_RATE = 90_000;

/**
 * Cuts VP8 frames into RTP packets with the one-byte payload descriptor (RFC 7741, section 4.2): S is set on a frame's
 * first packet, the marker on its last.
 */
export class Vp8Packetizer {
  readonly #ssrc: number;
  readonly #payloadType: number;
  #sequence: number;

  constructor(ssrc: number, payloadType: number, sequence = 0) {
    this.#ssrc = ssrc;
    this.#payloadType = payloadType;
    this.#sequence = sequence & 0xffff;
  }

  /** `seconds` is the frame's time on any clock that does not jump. */
  packets(frame: Uint8Array, seconds: number): RtpPacket[] {
    const timestamp = Math.round(seconds * CLOCK_RATE) % 2 ** 32;
    const packets: RtpPacket[] = [];
    for (let from = 0; from === 0 || from < frame.length; from += MOST_PAYLOAD) {
      const part = frame.subarray(from, from + MOST_PAYLOAD);
      const payload = Buffer.alloc(part.length + 1);
      payload[0] = from === 0 ? 0x10 : 0;
      payload.set(part, 1);
      packets.push(new RtpPacket(new RtpHeader({
        version: 2, marker: from + MOST_PAYLOAD >= frame.length, payloadType: this.#payloadType, sequenceNumber: this.#sequence, timestamp, ssrc: this.#ssrc,
      }), payload));
      this.#sequence = (this.#sequence + 1) & 0xffff;
    }
    return packets;
  }
}
