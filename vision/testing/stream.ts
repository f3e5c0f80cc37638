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
