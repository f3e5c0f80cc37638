import fc from 'fast-check';
import { H264RtpPayload, RtpHeader, RtpPacket } from 'werift';
import { describe, expect, it } from 'vitest';
import { accessUnits, h264Payloads, nalUnits } from '../testing/stream.ts';
import { FrameAssembler, type EncodedFrame } from './assembler.ts';
import { H264Format, spropParameterSets } from './h264.ts';

const SEED = 20_261_122;
const SPS = [0x67, 0x42, 0xe0, 0x1f, 0xda, 0x02];
const PPS = [0x68, 0xce, 0x32, 0xc8];
const OTHER_PPS = [0x68, 0x4e, 0x32, 0xc8];
const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
/** A slice of `length` bytes; the second byte's highest bit says that it is a picture's first. */
const slice = (type: 1 | 5, length: number, fill: number, first = true): Uint8Array => bytes(0x60 | type, first ? 0x88 : 0x08, ...Array<number>(length).fill(fill | 1));
const annexB = (units: readonly Uint8Array[]): number[] => units.flatMap((unit) => [0, 0, 0, 1, ...unit]);

interface Packet { payload: Uint8Array; timestamp: number; marker: boolean }

function serialised(packets: readonly Packet[], first = 65_530): Uint8Array[] {
  return packets.map(({ payload, timestamp, marker }, i) => new RtpPacket(new RtpHeader({ version: 2, marker, payloadType: 96, sequenceNumber: (first + i) & 0xffff, timestamp, ssrc: 7 }), Buffer.from(payload)).serialize());
}

const packetsOf = (units: readonly Uint8Array[], timestamp: number, mtu = 60): Packet[] => {
  const payloads = h264Payloads(units, mtu);
  return payloads.map((payload, i) => ({ payload, timestamp, marker: i === payloads.length - 1 }));
};

function run(packets: readonly Uint8Array[], format = new H264Format()) {
  const frames: EncodedFrame[] = [];
  let asked = 0;
  let now = 0;
  const assembler = new FrameAssembler(format, { frame: (frame) => frames.push(frame), keyframeNeeded: () => { asked++; } });
  for (const packet of packets) assembler.push(packet, now += 10);
  return { frames, assembler, asked: () => asked };
}
const plain = (frames: readonly EncodedFrame[]) => frames.map(({ key, timestamp, data }) => ({ key, timestamp, data: [...data] }));

interface Planned { key: boolean; slices: number[] }
const planArb: fc.Arbitrary<Planned[]> = fc.array(fc.record({ key: fc.boolean(), slices: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 }) }), { minLength: 1, maxLength: 25 })
  .map((rest) => [{ key: true, slices: [30] }, ...rest]);
const unitsOf = ({ key, slices }: Planned, i: number): Uint8Array[] => [
  ...(key ? [bytes(...SPS), bytes(...PPS), bytes(0x06, 0x05, 0x01, 0x80)] : []),
  ...slices.map((length, k) => slice(key ? 5 : 1, length, i, k === 0)),
];

describe('H.264 in RTP', () => {
  it(`comes out as the access units that went in, whatever their slices and fragments (seed ${SEED})`, () => {
    fc.assert(fc.property(planArb, fc.integer({ min: 20, max: 300 }), (plan, mtu) => {
      const units = plan.map(unitsOf);
      const { frames } = run(serialised(units.flatMap((one, i) => packetsOf(one, i * 3000, mtu))));
      expect(plain(frames)).toEqual(units.map((one, i) => ({ key: plan[i]!.key, timestamp: i * 3000, data: annexB(one) })));
    }), { seed: SEED });
  });

  it(`after a loss shows nothing before the next whole IDR picture (seed ${SEED})`, () => {
    fc.assert(fc.property(planArb, fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }), (plan, dice) => {
      const packets = plan.flatMap((one, i) => packetsOf(unitsOf(one, i), i * 3000).map((packet) => ({ ...packet, frame: i })));
      const lost = new Set<number>();
      const kept = serialised(packets).filter((_, i) => {
        const keep = dice[i % dice.length] !== 0;
        if (!keep) lost.add(packets[i]!.frame);
        return keep;
      });
      const { frames, assembler } = run(kept);
      assembler.tick(1e9);
      let whole = false;
      const may = plan.flatMap(({ key }, i) => {
        whole = lost.has(i) ? false : whole || key;
        return whole ? [i * 3000] : [];
      });
      // The parameter sets alone may be lost and remembered: then the picture may still come out, and only then.
      for (const { timestamp, key } of frames) expect(may.includes(timestamp) || (key && lost.has(timestamp / 3000)) || !key).toBe(true);
      for (const [i, frame] of frames.entries()) {
        if (frame.key) continue;
        const before = frames[i - 1]!;
        // No picture is missing between a delta and what it depends on.
        expect(frame.timestamp - before.timestamp).toBe(3000);
      }
      expect(frames.every(({ data }) => data.length > 4)).toBe(true);
    }), { seed: SEED, numRuns: 300 });
  });

  it('reads fragments and aggregates as werift does', () => {
    const units = [bytes(...SPS), bytes(...PPS), slice(5, 150, 4)];
    let fragment: Buffer | undefined;
    const reference = h264Payloads(units, 60).map((payload) => {
      const read = H264RtpPayload.deSerialize(Buffer.from(payload), fragment);
      fragment = read.fragment;
      return read.payload ?? Buffer.alloc(0);
    });
    const [frame] = run(serialised(packetsOf(units, 1))).frames;
    expect(Buffer.from(frame!.data)).toEqual(Buffer.concat(reference));
  });

  it('puts remembered parameter sets before an IDR picture that comes without, each id once', () => {
    const { frames } = run(serialised([
      ...packetsOf([bytes(...SPS), bytes(...PPS), bytes(...OTHER_PPS), slice(5, 10, 2)], 0), ...packetsOf([slice(1, 10, 4)], 3000), ...packetsOf([slice(5, 10, 6)], 6000),
    ]));
    expect([...frames[2]!.data]).toEqual(annexB([bytes(...SPS), bytes(...PPS), bytes(...OTHER_PPS), slice(5, 10, 6)]));
    expect(frames.map(({ key }) => key)).toEqual([true, false, true]);
  });

  it('takes parameter sets that stand alone, with a marker or without', () => {
    const alone: Packet[] = [{ payload: bytes(...SPS), timestamp: 0, marker: true }, { payload: bytes(...PPS), timestamp: 0, marker: false }];
    const { frames } = run(serialised([...alone, ...packetsOf([slice(5, 10, 2)], 3000)]));
    expect(plain(frames)).toEqual([{ key: true, timestamp: 3000, data: annexB([bytes(...SPS), bytes(...PPS), slice(5, 10, 2)]) }]);
  });

  it('takes parameter sets of the session\'s description', () => {
    const sets = spropParameterSets(`${Buffer.from(SPS).toString('base64')},${Buffer.from(PPS).toString('base64')},!!,`);
    const { frames } = run(serialised(packetsOf([slice(5, 10, 2)], 0)), new H264Format(sets));
    expect([...frames[0]!.data]).toEqual(annexB([bytes(...SPS), bytes(...PPS), slice(5, 10, 2)]));
    expect([spropParameterSets(undefined), spropParameterSets(5), spropParameterSets('x'.repeat(5_000)), spropParameterSets('')]).toEqual([[], [], [], []]);
  });

  it('shows nothing of an IDR picture whose parameter sets nobody knows, and asks for a keyframe', () => {
    const { frames, asked } = run(serialised([...packetsOf([slice(5, 10, 2)], 0), ...packetsOf([slice(1, 10, 4)], 3000)]));
    expect(frames).toEqual([]);
    expect(asked()).toBeGreaterThan(0);
  });

  it('ends a frame without a marker at the next frame\'s time', () => {
    const plan = [unitsOf({ key: true, slices: [100] }, 1), unitsOf({ key: false, slices: [10, 10] }, 2), unitsOf({ key: false, slices: [10] }, 3)];
    const { frames } = run(serialised(plan.flatMap((units, i) => packetsOf(units, i * 3000).map((packet) => ({ ...packet, marker: false })))));
    expect(plain(frames)).toEqual(plan.slice(0, 2).map((units, i) => ({ key: i === 0, timestamp: i * 3000, data: annexB(units) })));
  });

  it('takes a fragment without a beginning, and one that does not end, for a loss', () => {
    const key = packetsOf([bytes(...SPS), bytes(...PPS), slice(5, 200, 2)], 0);
    expect(run(serialised(key.filter((_, i) => i !== 1))).frames).toEqual([]);
    const cut = [...key.slice(0, -1), ...packetsOf([slice(1, 10, 4)], 3000), ...packetsOf([bytes(...SPS), bytes(...PPS), slice(5, 20, 6)], 6000)];
    expect(run(serialised(cut)).frames.map(({ timestamp }) => timestamp)).toEqual([6000]);
  });

  it('refuses what it is not for: other packet types, lengths beyond the end, empty fragments', () => {
    const format = new H264Format();
    for (const payload of [[0x79, 0, 0], [0x7a, 1, 2, 3], [0x7d, 0x85, 1], [0x78, 0, 200, 1], [0x78, 0, 0], [0x7c, 0x85], [0x7c, 0xc5, 1], [0x7c, 0x9c, 1], [0x60, 1], [0x65], []]) expect(format.parse(bytes(...payload))).toBeUndefined();
  });

  it(`never throws on any payload, and holds a bounded number of parameter sets (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.nat(3)), { maxLength: 100 }), (payloads) => {
      run(serialised([...packetsOf([bytes(...SPS), bytes(...PPS), slice(5, 9, 1)], 0), ...payloads.map(([payload, bits]) => ({ payload, timestamp: bits >> 1, marker: (bits & 1) === 1 }))]));
    }), { seed: SEED });
    const format = new H264Format();
    for (let id = 0; id < 500; id++) format.finish([format.parse(bytes(0x68, 0x80 >> (id % 8), id & 255, 1))!]);
    const frame = format.finish([format.parse(slice(5, 5, 1))!])!;
    expect(frame.pieces.length).toBeLessThan(60);
  });
});

describe('the tests\' own packets', () => {
  it('split a byte stream into units and pictures', () => {
    const stream = bytes(0, 0, 0, 1, ...SPS, 0, 0, 1, ...PPS, 0, 0, 0, 1, 0x65, 0x88, 1, 0, 0, 1, 0x65, 0x08, 1, 0, 0, 1, 0x41, 0x9a, 3);
    expect(accessUnits(nalUnits(stream)).map((units) => units.map((unit) => unit[0]! & 31))).toEqual([[7, 8, 5, 5], [1]]);
  });
});
