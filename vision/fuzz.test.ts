import { readFileSync } from 'node:fs';
import { parse } from 'sdp-transform';
import type { types } from 'mediasoup';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { ERROR_CODES, LIMITS } from '../contract/index.ts';
import { seededRandom, testSeed } from '../server/core/testing/random.ts';
import { mutateBytes, mutateJson, mutateText, pick, randomBytes, rubbish, type Random } from '../server/fuzz/testing/mutate.ts';
import { attempt, demandCleanPrototypes } from '../server/fuzz/testing/properties.ts';
import { checkManifest, ModelManifest } from './measure/manifest.ts';
import type { Cameras } from './media/cameras.ts';
import { RequestError } from './media/errors.ts';
import { parseOffer, writeAnswer, type Offer } from './media/sdp.ts';
import { handleRequest, REQUEST_NAMES } from './requests.ts';
import { FrameAssembler, type EncodedFrame } from './rtp/assembler.ts';
import { CaptureClock } from './rtp/clock.ts';
import { parseVp8, vp8Format } from './rtp/vp8.ts';
import { parseRtp } from './rtp/packet.ts';
import { rtpStream } from './testing/stream.ts';

const PACKETS = 30_000;
const OFFERS = 10_000;
const MANIFESTS = 4_000;
const LONG = 120_000;
const OFFER = [
  'v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'a=setup:actpass',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendonly', 'a=rtpmap:111 opus/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97', 'c=IN IP4 0.0.0.0', 'a=mid:1', 'a=sendonly', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901', 'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96', 'a=ssrc-group:FID 1111 2222', 'a=ssrc:1111 cname:cam', 'a=ssrc:2222 cname:cam', 'a=rid:lo send', 'a=simulcast:send lo', '',
].join('\r\n');
const TRANSPORT = {
  dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] }, iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
  iceCandidates: [{ foundation: 'f', protocol: 'udp', priority: 1, address: '127.0.0.1', ip: '127.0.0.1', port: 44_400, type: 'host' }],
} as unknown as types.WebRtcTransport;

const codes: ReadonlySet<string> = new Set(ERROR_CODES);

function demandFrame({ timestamp, data }: EncodedFrame): void {
  expect(data.length).toBeGreaterThan(0);
  expect(data.length).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(Number.isInteger(timestamp) && timestamp >= 0 && timestamp <= 0xffffffff).toBe(true);
}

/** Changed, doubled, dropped, swapped or made up: what a port that anybody can send to may get. */
function onTheWire(random: Random, packets: readonly Uint8Array[]): Uint8Array[] {
  const sent = packets.flatMap((packet) => {
    const luck = random.below(20);
    if (luck === 0) return [];
    if (luck === 1) return [packet, packet];
    if (luck === 2) return [randomBytes(random, random.below(60)), packet];
    return luck < 8 ? [mutateBytes(random, packet)] : [packet];
  });
  for (let i = 1; i < sent.length; i++) if (random.chance(0.05)) [sent[i - 1], sent[i]] = [sent[i]!, sent[i - 1]!];
  return sent;
}

describe('mutated RTP', () => {
  it('is read within its bounds, put together without throwing, and clean frames come out again after it', () => {
    const random = seededRandom(testSeed('rtp'));
    let pushed = 0;
    let frames = 0;
    while (pushed < PACKETS) {
      const clock = new CaptureClock();
      let now = 0;
      let emitted: EncodedFrame[] = [];
      const assembler = new FrameAssembler(vp8Format(), { frame: (frame) => { demandFrame(frame); emitted.push(frame); }, keyframeNeeded: () => undefined }, { maxHeld: 64 });
      const first = random.below(65_536);
      const stream = rtpStream(Array.from({ length: 40 }, (_, i) => ({ key: i % 10 === 0, bytes: 1 + random.below(200) })), first);
      for (const packet of onTheWire(random, stream.flatMap((frame) => frame.packets))) {
        attempt(packet, () => {
          const read = parseRtp(packet);
          if (read) {
            expect(read.payload.length).toBeLessThanOrEqual(packet.length - 12);
            const part = parseVp8(read.payload);
            if (part) expect(part.pieces[0]!.length).toBeGreaterThan(0);
            const arrived = 1_790_000_000_000 + now;
            const captured = clock.capturedAt(read.timestamp, arrived);
            expect(Number.isSafeInteger(captured) && captured <= arrived && captured > arrived - 20_000).toBe(true);
          }
          assembler.push(packet, now += random.below(20));
          if (random.chance(0.05)) assembler.tick(now += random.below(400));
        });
        pushed += 1;
      }
      frames += emitted.length;
      emitted = [];
      // As far away as can be, so that it is a new stream and not late packets of the old one.
      const clean = rtpStream(Array.from({ length: 6 }, () => ({ key: true, bytes: 90 })), (first + 0x8000) & 0xffff);
      for (const packet of clean.flatMap((frame) => frame.packets)) assembler.push(packet, now += 200);
      expect(emitted.some(({ data }) => Buffer.from(data).equals(clean.at(-1)!.data))).toBe(true);
    }
    console.log(`rtp: ${pushed} packets, ${frames} frames`);
    expect(frames).toBeGreaterThan(100);
  }, LONG);
});

function demandAnswerable(offer: Offer): void {
  const { rtpParameters, dtlsParameters } = offer;
  expect(rtpParameters.codecs.length).toBeLessThanOrEqual(2);
  for (const { payloadType } of rtpParameters.codecs) expect(Number.isInteger(payloadType) && payloadType >= 0 && payloadType <= 127).toBe(true);
  for (const { ssrc, rtx } of rtpParameters.encodings ?? []) for (const one of [ssrc, rtx?.ssrc]) expect(one === undefined || (Number.isInteger(one) && one > 0 && one <= 0xffffffff)).toBe(true);
  expect(rtpParameters.mid!.length).toBeLessThanOrEqual(64);
  expect(rtpParameters.rtcp!.cname!.length).toBeLessThanOrEqual(100);
  expect(dtlsParameters.fingerprints[0]!.value.length).toBeLessThan(200);
  const answer = writeAnswer(offer, TRANSPORT);
  expect(parse(answer).media).toHaveLength(offer.session.media.length);
}

describe('mutated offers', () => {
  it('are refused with bad_sdp and a short reason, or can be answered', () => {
    const random = seededRandom(testSeed('offers'));
    let accepted = 0;
    for (let i = 0; i < OFFERS; i++) {
      let text = mutateText(random, OFFER);
      while (random.chance(0.3)) text = mutateText(random, text);
      if (random.chance(0.01)) text = text.repeat(40);
      attempt(text, () => {
        let offer: Offer;
        try {
          offer = parseOffer(text);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          expect(error.code).toBe('bad_sdp');
          return expect(error.message.length).toBeLessThanOrEqual(200);
        }
        accepted += 1;
        expect(text.length).toBeLessThanOrEqual(LIMITS.sdpBytes);
        return demandAnswerable(offer);
      });
    }
    demandCleanPrototypes();
    console.log(`offers: ${OFFERS}, ${accepted} can be answered`);
    expect(accepted).toBeGreaterThan(OFFERS / 10);
  }, LONG);
});

describe('mutated manifests', () => {
  it('are refused with the name of the file and a short reason, or describe a tensor that can be made', () => {
    const random = seededRandom(testSeed('manifests'));
    const { name, file, sha256, input, classes } = JSON.parse(readFileSync(new URL('models/expression.json', import.meta.url), 'utf8')) as Record<string, unknown>;
    const colour = { name, file, sha256, input: { layout: 'NHWC', shape: [1, 64, 64, 3], colour: 'bgr', cropShare: 1 }, normalisation: { mean: [1, 2, 3], std: [1, 1, 1] }, logits: true, classes };
    let accepted = 0;
    for (let i = 0; i < MANIFESTS; i++) {
      const value = random.chance(0.05) ? rubbish(random, 4) : mutateJson(random, random.chance(0.5) ? colour : { name, file, sha256, input, classes });
      attempt(value, () => {
        try {
          const { manifest } = checkManifest(value, '/models/m.json');
          accepted += 1;
          expect(Value.Check(ModelManifest, value)).toBe(true);
          const { width, height, mean, scale } = manifest.format;
          for (const side of [width, height]) expect(Number.isInteger(side) && side >= 8 && side <= 1024).toBe(true);
          expect([...mean, ...scale].every(Number.isFinite)).toBe(true);
        } catch (error) {
          if (!(error instanceof Error) || !error.message.startsWith('/models/m.json: ')) throw error;
          expect(error.message.length).toBeLessThanOrEqual(400);
        }
      });
    }
    console.log(`manifests: ${MANIFESTS}, ${accepted} accepted`);
    expect(accepted).toBeGreaterThan(MANIFESTS / 20);
  }, LONG);
});

describe('mutated requests to a node', () => {
  it('are answered with a code, and only payloads that fit reach the cameras', async () => {
    const random = seededRandom(testSeed('node requests'));
    let reached = 0;
    const cameras = {
      capabilities: () => { reached += 1; return {}; }, transport: async (camera: string) => { expect(camera.length).toBeLessThanOrEqual(64); reached += 1; return {}; },
      connect: async () => { reached += 1; return {}; }, produce: async () => { throw pick(random, [new TypeError('wrong'), 'no error']); }, closeCamera: () => ({}),
      whip: async (_camera: string, _site: string, sdp: string) => { parseOffer(sdp); reached += 1; return {}; },
    } as unknown as Cameras;
    for (let i = 0; i < OFFERS; i++) {
      const name = pick(random, REQUEST_NAMES);
      const payload = name === 'node:whip' ? { sdp: OFFER } : name === 'camera:connect' ? { dtlsParameters: {} } : name === 'camera:produce' ? { kind: 'video', rtpParameters: {} } : {};
      const request = random.chance(0.05) ? rubbish(random, 3) : mutateJson(random, { camera: 'cam-1', site: 'shop', name: 'Door', payload });
      const ack = await handleRequest(cameras, name, request);
      if (!ack.ok && !(codes.has(ack.code) && typeof ack.message === 'string')) throw new Error(`${name} answered ${JSON.stringify(ack)} to ${JSON.stringify(request)}`);
    }
    console.log(`node requests: ${OFFERS}, ${reached} reached the cameras`);
    expect(reached).toBeGreaterThan(OFFERS / 20);
  }, LONG);
});
