/**
 * Reading RTP packets (RFC 3550 §5.1) and the VP8 payload descriptor (RFC 7741 §4.2).
 *
 * Own code because werift-rtp 0.8 skips a descriptor octet when L is set without T and K, and throws on short
 * packets; it stays the reference that the tests compare with.
 */

/** One RTP packet; `payload` is a view into the received bytes, without padding. */
export interface RtpPacket {
  /** 0..65535 */
  sequence: number;
  /** Media clock, 0..2^32-1, 90 kHz for video. */
  timestamp: number;
  ssrc: number;
  payloadType: number;
  marker: boolean;
  payload: Uint8Array;
}

/** Part of a VP8 frame carried by one packet. */
export interface Vp8Part {
  /** First packet of a frame: start of partition 0. */
  start: boolean;
  /** Only meaningful when `start`: the frame can be decoded without any other. */
  key: boolean;
  data: Uint8Array;
}

const HEADER_BYTES = 12;

/** Returns undefined for anything that is not a whole RTP version 2 packet; never throws. */
export function parseRtp(bytes: Uint8Array): RtpPacket | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const first = bytes[0]!;
  if (first >> 6 !== 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = payloadStart(view, first);
  const padding = first & 0x20 ? bytes[bytes.length - 1]! : 0;
  if (start === undefined || start + padding > bytes.length) return undefined;
  return {
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payloadType: bytes[1]! & 0x7f,
    marker: bytes[1]! >> 7 === 1,
    payload: bytes.subarray(start, bytes.length - padding),
  };
}

function payloadStart(view: DataView, first: number): number | undefined {
  let offset = HEADER_BYTES + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (offset + 4 > view.byteLength) return undefined;
    offset += 4 + view.getUint16(offset + 2) * 4;
  }
  return offset > view.byteLength ? undefined : offset;
}

/** Returns undefined when the descriptor does not leave at least one byte of video; never throws. */
export function parseVp8(payload: Uint8Array): Vp8Part | undefined {
  if (payload.length < 2) return undefined;
  const first = payload[0]!;
  let offset = 1;
  if (first & 0x80) {
    const flags = payload[offset++]!;
    if (flags & 0x80) offset += (payload[offset] ?? 0) & 0x80 ? 2 : 1;
    if (flags & 0x40) offset += 1;
    if (flags & 0x30) offset += 1;
  }
  if (offset >= payload.length) return undefined;
  const start = (first & 0x10) !== 0 && (first & 0x07) === 0;
  return { start, key: start && (payload[offset]! & 1) === 0, data: payload.subarray(offset) };
}
