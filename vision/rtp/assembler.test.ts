import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rtpStream, type PlannedFrame, type SentFrame } from '../testing/stream.ts';
import { distance, FrameAssembler, type EncodedFrame } from './assembler.ts';
import { vp8Format } from './vp8.ts';

const SEED = 20_250_102;

interface Run { frames: EncodedFrame[]; asked: number[]; assembler: FrameAssembler }

/** Pushes packets at 1 ms intervals unless `times` says otherwise. */
function run(packets: readonly Uint8Array[], times: (index: number) => number = (index) => index): Run {
  const frames: EncodedFrame[] = [];
  const asked: number[] = [];
  let now = 0;
  const assembler = new FrameAssembler(vp8Format(), { frame: (frame) => frames.push(frame), keyframeNeeded: () => asked.push(now) });
  packets.forEach((packet, index) => { now = times(index); assembler.push(packet, now); });
  return { frames, asked, assembler };
}

const plain = (frames: readonly (EncodedFrame | SentFrame)[]) => frames.map(({ key, timestamp, data }) => ({ key, timestamp, data: [...data] }));

/** A keyframe first; later ones far enough apart that shuffling cannot bring one before the first. */
const planArb: fc.Arbitrary<PlannedFrame[]> = fc.array(fc.record({ key: fc.constant(false), bytes: fc.integer({ min: 1, max: 260 }) }), { minLength: 1, maxLength: 40 })
  .map((rest) => [{ key: true, bytes: 180 }, ...rest.map((frame, i) => ({ ...frame, key: i % 20 === 19 }))]);
const sequenceArb = fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xffd0, max: 0xffff }));

/** Moves every packet by less than `window` places; ties keep their order. */
function shuffle(packets: readonly Uint8Array[], shifts: readonly number[], window: number): Uint8Array[] {
  return packets.map((packet, i) => ({ packet, place: i + (shifts[i % shifts.length]! % window) }))
    .sort((a, b) => a.place - b.place).map(({ packet }) => packet);
}

describe('FrameAssembler', () => {
  it(`gives back the frames, identical and in order, whatever the order and repeats within the window (seed ${SEED})`, () => {
    fc.assert(fc.property(planArb, sequenceArb, fc.array(fc.nat(100), { minLength: 1, maxLength: 50 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (plan, first, shifts, repeats) => {
      const sent = rtpStream(plan, first);
      const packets = sent.flatMap((frame) => frame.packets).flatMap((packet, i) => (repeats[i % repeats.length] ? [packet, packet] : [packet]));
      expect(plain(run(shuffle(packets, shifts, 16)).frames)).toEqual(plain(sent));
    }), { seed: SEED });
  });

  it(`after a loss lets nothing out that depends on it, and starts again with the next whole keyframe (seed ${SEED})`, () => {
    fc.assert(fc.property(planArb, sequenceArb, fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }), (plan, first, dice) => {
      const sent = rtpStream(plan, first);
      const lost = new Set<SentFrame>();
      let i = 0;
      const packets = sent.flatMap((frame) => frame.packets.filter(() => {
        const keep = dice[i++ % dice.length] !== 0;
        if (!keep) lost.add(frame);
        return keep;
      }));
      const { frames, assembler } = run(packets, (index) => index * 10);
      assembler.tick(1e9);
      expect(plain(frames)).toEqual(plain(decodable(sent, lost)));
    }), { seed: SEED, numRuns: 300 });
  });

  it(`never throws on rubbish between the packets, and still gives the frames (seed ${SEED})`, () => {
    fc.assert(fc.property(planArb, sequenceArb, fc.array(fc.uint8Array({ maxLength: 30 }).filter(isNoRtp), { minLength: 1, maxLength: 20 }), (plan, first, rubbish) => {
      const sent = rtpStream(plan, first);
      const packets = sent.flatMap((frame) => frame.packets).flatMap((packet, i) => [rubbish[i % rubbish.length]!, packet]);
      const { frames, assembler } = run(packets);
      expect(plain(frames)).toEqual(plain(sent));
      expect(assembler.stats.rubbish).toBe(packets.length / 2);
    }), { seed: SEED });
  });

  it(`never throws on well-formed headers with any content (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(0xffff), fc.nat(3), fc.uint8Array({ maxLength: 12 })), { maxLength: 200 }), (packets) => {
      run(packets.map(([sequence, bits, payload]) => new Uint8Array([0x80, (bits & 1) << 7 | 96, sequence >> 8, sequence & 255, 0, 0, 0, bits, 0, 0, 0, 1, ...payload])), (i) => i * 40);
    }), { seed: SEED });
  });

  it('waits 150 ms for a missing packet and takes it when it comes in time', () => {
    const [key, delta, next] = rtpStream([{ key: true, bytes: 40 }, { key: false, bytes: 40 }, { key: false, bytes: 40 }], 10);
    const { frames } = run([...key!.packets, ...next!.packets, ...delta!.packets], (i) => [0, 10, 155][i]!);
    expect(frames).toHaveLength(3);
  });

  it('gives a missing packet up after 150 ms and asks for a keyframe, at most every 500 ms', () => {
    const sent = rtpStream(Array.from({ length: 30 }, (_, i) => ({ key: i === 0, bytes: 40 })), 65_530);
    const packets = sent.flatMap((frame) => frame.packets).filter((_, i) => i !== 3);
    const { frames, asked, assembler } = run(packets, (i) => i * 66);
    expect(frames).toHaveLength(3);
    expect(asked[0]).toBeGreaterThan(3 * 66 + 150);
    expect(asked.length).toBeGreaterThan(1);
    asked.slice(1).forEach((at, i) => expect(at - asked[i]!).toBeGreaterThanOrEqual(500));
    expect(assembler.stats.lostPackets).toBe(1);
  });

  it('gives up by itself when nothing more comes', () => {
    const [key, , last] = rtpStream([{ key: true, bytes: 40 }, { key: false, bytes: 40 }, { key: false, bytes: 40 }], 0);
    const { assembler, asked } = run([...key!.packets, ...last!.packets]);
    assembler.tick(100);
    expect(asked).toHaveLength(0);
    assembler.tick(200);
    expect(asked).toHaveLength(1);
  });

  it('asks for a keyframe when the stream begins without one', () => {
    const { frames, asked } = run(rtpStream([{ key: false, bytes: 40 }, { key: false, bytes: 40 }], 5).flatMap((frame) => frame.packets));
    expect(frames).toHaveLength(0);
    expect(asked).toEqual([0]);
  });

  it('follows a stream that starts anew at another sequence number, but no single stray packet', () => {
    const before = rtpStream([{ key: true, bytes: 40 }, { key: false, bytes: 40 }], 100);
    const stray = rtpStream([{ key: true, bytes: 40 }], 40_000);
    const after = rtpStream([{ key: true, bytes: 120 }, { key: true, bytes: 40 }], 20_000);
    const { frames } = run([...before[0]!.packets, ...stray[0]!.packets, ...before[1]!.packets, ...after.flatMap((frame) => frame.packets)]);
    expect(frames.map(({ data }) => data.length)).toEqual([40, 40, 40]);
  });

  it('does not give a keyframe out twice when its packets are repeated after a reset', () => {
    const [key] = rtpStream([{ key: true, bytes: 120 }], 7);
    const { assembler, frames } = run(key!.packets);
    assembler.requireKeyframe(50);
    for (const packet of key!.packets) assembler.push(packet, 60);
    expect(frames).toHaveLength(1);
  });

  it('holds a bounded number of packets while one is missing', () => {
    const sent = rtpStream([{ key: true, bytes: 40 }, ...Array.from({ length: 700 }, () => ({ key: false, bytes: 20 }))], 0);
    const { assembler, asked } = run(sent.flatMap((frame) => frame.packets).filter((_, i) => i !== 1), () => 0);
    expect(assembler.stats.lostPackets).toBe(1);
    expect(asked).toHaveLength(1);
  });
});

describe('distance', () => {
  it('counts around the wrap', () => {
    expect([distance(65_535, 0), distance(0, 65_535), distance(5, 5), distance(0, 32_767)]).toEqual([1, -1, 0, 32_767]);
  });
});

/** What may come out: frames of which nothing was lost, from a keyframe on until the first loss. */
function decodable(sent: readonly SentFrame[], lost: ReadonlySet<SentFrame>): SentFrame[] {
  let whole = false;
  return sent.filter((frame) => {
    if (lost.has(frame)) whole = false;
    else if (frame.key) whole = true;
    return whole;
  });
}

const isNoRtp = (bytes: Uint8Array): boolean => bytes.length < 12 || bytes[0]! >> 6 !== 2;
