import { RtpHeader, RtpPacket } from 'werift';

/** A frame to be sent: which kind, and how many bytes. */
export interface PlannedFrame { key: boolean; bytes: number }

/** A frame as it was sent, to compare with what comes out. */
export interface SentFrame { key: boolean; timestamp: number; data: Uint8Array; packets: Uint8Array[]; firstSequence: number }

/** VP8 frames in RTP packets of at most `mtu` bytes of video, written with werift, which the parser does not share code with. */
export function rtpStream(plan: readonly PlannedFrame[], firstSequence: number, mtu = 50): SentFrame[] {
  let sequence = firstSequence;
  return plan.map(({ key, bytes }, index) => {
    const data = frameBytes(key, bytes, index);
    const timestamp = (4_294_960_000 + index * 6000) >>> 0;
    const first = sequence & 0xffff;
    const packets: Uint8Array[] = [];
    for (let offset = 0; offset < data.length; offset += mtu) {
      const payload = Buffer.concat([Buffer.from([offset === 0 ? 0x10 : 0x00]), data.subarray(offset, offset + mtu)]);
      const header = new RtpHeader({ version: 2, marker: offset + mtu >= data.length, payloadType: 96, sequenceNumber: sequence++ & 0xffff, timestamp, ssrc: 7 });
      packets.push(new RtpPacket(header, payload).serialize());
    }
    return { key, timestamp, data, packets, firstSequence: first };
  });
}

/** The lowest bit of a VP8 frame's first byte is 0 for a keyframe (RFC 6386 §9.1). */
function frameBytes(key: boolean, bytes: number, index: number): Uint8Array {
  const data = new Uint8Array(Math.max(1, bytes)).fill(index & 0xff);
  data[0] = key ? 0x10 : 0x11;
  return data;
}

/** RTP payloads of one VP8 frame: one byte of descriptor (RFC 7741 §4.2), with S on the first. */
export function vp8Payloads(frame: Uint8Array, mtu: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(frame.length / mtu) }, (_, i) => Buffer.concat([Buffer.from([i === 0 ? 0x10 : 0]), frame.subarray(i * mtu, (i + 1) * mtu)]));
}

/** NAL units of an Annex B byte stream (ITU-T H.264 annex B). */
export function nalUnits(annexB: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(annexB.buffer, annexB.byteOffset, annexB.byteLength);
  const mark = Buffer.from([0, 0, 1]);
  const units: Uint8Array[] = [];
  for (let at = bytes.indexOf(mark); at >= 0;) {
    const next = bytes.indexOf(mark, at + 3);
    let end = next < 0 ? bytes.length : next;
    while (end > at + 3 && bytes[end - 1] === 0) end--;
    if (end > at + 3) units.push(bytes.subarray(at + 3, end));
    at = next;
  }
  return units;
}

/** RTP payloads of one access unit (RFC 6184, packetization mode 1): small units together, large ones in fragments. */
export function h264Payloads(units: readonly Uint8Array[], mtu: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let together: Uint8Array[] = [];
  const flush = () => {
    if (together.length === 1) payloads.push(together[0]!);
    else if (together.length > 1) payloads.push(Buffer.concat([Buffer.from([0x78]), ...together.flatMap((unit) => [Buffer.from([unit.length >> 8, unit.length & 255]), unit])]));
    together = [];
  };
  for (const unit of units) {
    if (together.reduce((sum, { length }) => sum + length + 2, 1) + unit.length + 2 > mtu) flush();
    if (unit.length <= mtu) together.push(unit);
    else payloads.push(...fragments(unit, mtu));
  }
  flush();
  return payloads;
}

function fragments(unit: Uint8Array, mtu: number): Uint8Array[] {
  const body = unit.subarray(1);
  const count = Math.ceil(body.length / (mtu - 2));
  return Array.from({ length: count }, (_, i) => {
    const flags = (i === 0 ? 0x80 : 0) | (i === count - 1 ? 0x40 : 0);
    return Buffer.concat([Buffer.from([(unit[0]! & 0xe0) | 28, flags | (unit[0]! & 0x1f)]), body.subarray(i * (mtu - 2), (i + 1) * (mtu - 2))]);
  });
}

/** Access units of a stream: a new one begins before parameter sets and before a picture's first slice (§7.4.1.2.3). */
export function accessUnits(units: readonly Uint8Array[]): Uint8Array[][] {
  const found: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let hasSlice = false;
  for (const unit of units) {
    const type = unit[0]! & 0x1f;
    const isSlice = type === 1 || type === 5;
    if (hasSlice && ((isSlice && (unit[1]! & 0x80) !== 0) || (type >= 6 && type <= 9))) {
      found.push(current);
      current = [];
      hasSlice = false;
    }
    current.push(unit);
    hasSlice ||= isSlice;
  }
  return current.length > 0 ? [...found, current] : found;
}

/** RTP payloads of one H.265 picture (RFC 7798 §4.4): single units, and fragments of large ones. */
export function h265Payloads(units: readonly Uint8Array[], mtu: number): Uint8Array[] {
  return units.flatMap((unit) => {
    if (unit.length <= mtu) return [unit];
    const body = unit.subarray(2);
    const count = Math.ceil(body.length / (mtu - 3));
    return Array.from({ length: count }, (_, i) => {
      const flags = (i === 0 ? 0x80 : 0) | (i === count - 1 ? 0x40 : 0);
      return Buffer.concat([Buffer.from([(unit[0]! & 0x81) | (49 << 1), unit[1]!, flags | ((unit[0]! >> 1) & 0x3f)]), body.subarray(i * (mtu - 3), (i + 1) * (mtu - 3))]);
    });
  });
}
