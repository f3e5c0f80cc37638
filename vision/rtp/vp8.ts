import type { Part, PayloadFormat } from './format.ts';

/**
 * VP8 in RTP (RFC 7741 §4.2). Own code because werift-rtp 0.8 skips a descriptor octet when L is set without T and K;
 * it stays the reference that the tests compare with.
 */
export const vp8Format = (): PayloadFormat => ({
  parse: parseVp8,
  finish: (parts) => ({ key: parts[0]!.entry, pieces: parts.flatMap(({ pieces }) => pieces) }),
});

/** Returns undefined when the descriptor does not leave at least one byte of video; never throws. */
export function parseVp8(payload: Uint8Array): Part | undefined {
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
  const starts = (first & 0x10) !== 0 && (first & 0x07) === 0;
  // The lowest bit of a frame's first byte is 0 for a keyframe (RFC 6386 §9.1).
  return { starts, entry: starts && (payload[offset]! & 1) === 0, continues: false, open: false, pieces: [payload.subarray(offset)] };
}
