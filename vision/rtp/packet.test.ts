import fc from 'fast-check';
import { RtpHeader, RtpPacket, Vp8RtpPayload } from 'werift';
import { describe, expect, it } from 'vitest';
import { parseRtp } from './packet.ts';
import { parseVp8 } from './vp8.ts';

const SEED = 20_250_101;

describe('RTP packets', () => {
  it(`reads what werift writes, header extensions and contributing sources included (seed ${SEED})`, () => {
    fc.assert(fc.property(
      fc.record({ sequenceNumber: fc.nat(0xffff), timestamp: fc.nat(0xffffffff), ssrc: fc.nat(0xffffffff), marker: fc.boolean(), payloadType: fc.nat(127) }),
      fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.array(fc.uint8Array({ minLength: 1, maxLength: 8 }), { maxLength: 3 }), fc.array(fc.nat(0xffffffff), { maxLength: 4 }),
      (fields, payload, extensions, csrc) => {
        const header = new RtpHeader({ ...fields, version: 2, csrc, extensions: extensions.map((bytes, i) => ({ id: i + 1, payload: Buffer.from(bytes) })) });
        // werift reserves room for contributing sources but does not write them; only extensions are written after them.
        const bytes = csrc.length === 0 ? new RtpPacket(header, Buffer.from(payload)).serialize() : withSources(fields, csrc, payload);
        expect(parseRtp(bytes)).toEqual({ sequence: fields.sequenceNumber, timestamp: fields.timestamp, ssrc: fields.ssrc, payloadType: fields.payloadType, marker: fields.marker, payload: expect.any(Uint8Array) });
        expect([...parseRtp(bytes)!.payload]).toEqual([...payload]);
      }), { seed: SEED });
  });

  it('leaves padding out of the payload', () => {
    const bytes = new Uint8Array([0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xaa, 0xbb, 0, 0, 3]);
    expect([...parseRtp(bytes)!.payload]).toEqual([0xaa, 0xbb]);
  });

  it('refuses padding longer than the packet, short headers and other versions', () => {
    expect(parseRtp(new Uint8Array([0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 200]))).toBeUndefined();
    expect(parseRtp(new Uint8Array(11))).toBeUndefined();
    expect(parseRtp(new Uint8Array(20).fill(0x40))).toBeUndefined();
    expect(parseRtp(new Uint8Array([0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0xff, 0xff]))).toBeUndefined();
  });

  it(`never throws on rubbish (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const packet = parseRtp(bytes);
      if (packet) parseVp8(packet.payload);
      parseVp8(bytes);
    }), { seed: SEED, numRuns: 2000 });
  });
});

describe('VP8 payload descriptors', () => {
  const video = [0x10, 1, 2, 3];

  it.each([
    ['without extensions', [0x10]],
    ['with a 7-bit picture id', [0x90, 0x80, 0x11]],
    ['with a 15-bit picture id', [0x90, 0x80, 0x91, 0x22]],
    ['with picture id, TL0PICIDX and TID', [0x90, 0xf0, 0x91, 0x22, 0x05, 0x40]],
    ['with everything', [0x90, 0xf0, 0x80, 0x22, 0x05, 0x40]],
  ])('reads one %s as werift does', (_, descriptor) => {
    const bytes = new Uint8Array([...descriptor, ...video]);
    const reference = Vp8RtpPayload.deSerialize(Buffer.from(bytes));
    const part = parseVp8(bytes)!;
    expect([...part.pieces[0]!]).toEqual([...reference.payload]);
    expect(part).toMatchObject({ starts: true, entry: true });
    expect(reference.isKeyframe).toBe(true);
  });

  it.each([
    ['TL0PICIDX without TID and KEYIDX', [0x90, 0x40, 0x05]],
    ['TID without TL0PICIDX', [0x90, 0x20, 0x40]],
    ['KEYIDX alone', [0x90, 0x10, 0x03]],
  ])('reads %s as RFC 7741 §4.2 says', (_, descriptor) => {
    expect([...parseVp8(new Uint8Array([...descriptor, ...video]))!.pieces[0]!]).toEqual(video);
  });

  it('takes a later partition for no start, and a delta frame for no keyframe', () => {
    expect(parseVp8(new Uint8Array([0x11, 0x10]))).toMatchObject({ starts: false, entry: false });
    expect(parseVp8(new Uint8Array([0x00, 0x10]))).toMatchObject({ starts: false, entry: false });
    expect(parseVp8(new Uint8Array([0x10, 0x11]))).toMatchObject({ starts: true, entry: false });
  });

  it('refuses a descriptor that leaves no video', () => {
    expect(parseVp8(new Uint8Array([0x10]))).toBeUndefined();
    expect(parseVp8(new Uint8Array([0x90, 0x80, 0x91, 0x22]))).toBeUndefined();
  });
});

function withSources(fields: { sequenceNumber: number; timestamp: number; ssrc: number; marker: boolean; payloadType: number }, csrc: number[], payload: Uint8Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(12 + 4 * csrc.length + payload.length));
  view.setUint8(0, 0x80 | csrc.length);
  view.setUint8(1, (fields.marker ? 0x80 : 0) | fields.payloadType);
  view.setUint16(2, fields.sequenceNumber);
  view.setUint32(4, fields.timestamp);
  view.setUint32(8, fields.ssrc);
  csrc.forEach((source, i) => view.setUint32(12 + 4 * i, source));
  const bytes = new Uint8Array(view.buffer);
  bytes.set(payload, 12 + 4 * csrc.length);
  return bytes;
}
