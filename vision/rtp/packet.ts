/**
 * Reading RTP packets (RFC 3550 §5.1). Own code because werift-rtp 0.8 throws on short packets; it stays the
 * reference that the tests compare with.
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
