import dgram from 'node:dgram';
import net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ERROR_CODES } from '../contract/index.ts';
import { seededRandom, testSeed } from '../server/core/testing/random.ts';
import { mutateBytes, mutateJson, pick, randomBytes, type Random } from '../server/fuzz/testing/mutate.ts';
import { TestCamera } from './testing/camera.ts';
import { until } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';
import { panScene, type Scene } from './testing/pan.ts';
import { rtpStream } from './testing/stream.ts';

const PACKETS = 6_000;
/** Packets sent before the next turn of the event loop: more would only fill the socket's buffer. */
const BURST = 50;
const LINES = 100;
const PARAMETERS = 600;
const LONG = 120_000;

let running: TestNode;
let faces: Scene;
const cameras: TestCamera[] = [];
beforeAll(async () => {
  running = await startTestNode({ OTKLIK_VISION_CAPACITY: '16' });
  faces = await panScene('sample1.jpg', 320, 240, 4);
}, LONG);
afterAll(async () => {
  await Promise.all(cameras.map((camera) => camera.stop()));
  await running.close();
}, LONG);

/** Starts a camera; resolves to the port that its answer names and the user names of both ends' ICE. */
async function publish(camera: string): Promise<{ port: number; ufrags: string }> {
  let answer = '';
  let offer = '';
  cameras.push(await TestCamera.start({ whip: async (sdp) => { offer = sdp; answer = await running.hub.whip(camera, sdp); return answer; }, picture: () => faces.next(), fps: 8 }));
  const ufrag = (sdp: string): string => /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '';
  return { port: Number(/a=candidate:.* udp \d+ 127\.0\.0\.1 (\d+) /i.exec(answer)?.[1]), ufrags: `${ufrag(answer)}:${ufrag(offer)}` };
}

async function seesOn(camera: string, samples: number): Promise<void> {
  const before = running.hub.samples.length;
  await until(() => running.hub.samples.slice(before).filter((sample) => sample.camera === camera).length >= samples, `${samples} samples of ${camera}`, 40_000);
}

/** A STUN binding request (RFC 8489 §5) with a user name that the node knows and no message integrity. */
function stun(random: Random, ufrags: string): Buffer {
  const name = Buffer.from(ufrags.padEnd(Math.ceil(ufrags.length / 4) * 4, '\0'));
  const head = Buffer.from([0x00, 0x01, 0x00, name.length + 4, 0x21, 0x12, 0xa4, 0x42, ...randomBytes(random, 12), 0x00, 0x06, 0x00, ufrags.length]);
  return Buffer.concat([head, name]);
}

/** The first byte of a packet tells its protocol (RFC 7983); the rest is broken in one way or another. */
function packetOf(random: Random, ufrags: string): Buffer {
  const rtp = rtpStream([{ key: true, bytes: 40 }], random.below(65_536))[0]!.packets[0]!;
  const dtls = Buffer.from([0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 1, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 28, 0xfe, 0xfd, ...randomBytes(random, 26)]);
  const rtcp = Buffer.from([0x81, pick(random, [200, 201, 202, 203, 205, 206]), 0, random.below(20), 0, 0, 0, 7, ...randomBytes(random, 24)]);
  const chosen = pick(random, [stun(random, ufrags), stun(random, ufrags), dtls, rtcp, Buffer.from(rtp), Buffer.from(randomBytes(random, random.below(1_400)))]);
  return random.chance(0.3) ? chosen : Buffer.from(mutateBytes(random, chosen));
}

async function flood(random: Random, port: number, ufrags: string): Promise<void> {
  const socket = dgram.createSocket('udp4');
  socket.on('error', () => undefined);
  for (let sent = 0; sent < PACKETS; sent += BURST) {
    await Promise.all(Array.from({ length: BURST }, () => new Promise((done) => { socket.send(packetOf(random, ufrags), port, '127.0.0.1', done); })));
  }
  socket.close();
}

/** ICE over TCP frames its packets with two bytes of length (RFC 4571): wrong lengths, rubbish and lines left half open. */
async function rubbishLines(random: Random, port: number, ufrags: string): Promise<void> {
  await Promise.all(Array.from({ length: LINES }, () => new Promise<void>((done) => {
    const packet = packetOf(random, ufrags);
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write(Buffer.concat([Buffer.from([random.below(256), random.below(256)]), packet]));
      if (random.chance(0.5)) socket.end(); else setImmediate(() => socket.destroy());
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done());
  })));
}

it('goes on measuring while its media port gets rubbish, and takes another camera after it', async () => {
  const random = seededRandom(testSeed('media port'));
  const { port, ufrags } = await publish('cam-fuzz');
  await seesOn('cam-fuzz', 1);
  const worker = running.node.workerPid();
  expect(port).toBeGreaterThan(0);
  await Promise.all([flood(random, port, ufrags), rubbishLines(random, port, ufrags)]);
  await seesOn('cam-fuzz', 3);
  await publish('cam-after');
  await seesOn('cam-after', 2);
  expect(running.node.workerPid()).toBe(worker);
  expect(running.hub.cameras.filter(({ camera }) => camera === 'cam-fuzz').map(({ state }) => state)).toEqual(['connected']);
  expect(running.hub.violations).toEqual([]);
  console.log(`media port: ${PACKETS} packets and ${LINES} lines of rubbish`);
}, LONG);

it('refuses or takes mutated media parameters without losing its worker', async () => {
  const random = seededRandom(testSeed('media parameters'));
  const worker = running.node.workerPid();
  const codes: ReadonlySet<string> = new Set(ERROR_CODES);
  const counts: Record<string, number> = {};
  const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }] };
  const rtpParameters = {
    mid: '0', codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] }, { mimeType: 'video/rtx', payloadType: 97, clockRate: 90_000, parameters: { apt: 96 } }],
    headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 3, encrypt: false, parameters: {} }], encodings: [{ ssrc: 5, rtx: { ssrc: 6 }, maxBitrate: 1_000_000 }], rtcp: { cname: 'x', reducedSize: true },
  };
  for (let i = 0; i < PARAMETERS; i++) {
    // JSON, as it would come over the wire: no NaN, no holes.
    const wire = (value: object): unknown => JSON.parse(JSON.stringify(mutateJson(random, value)) ?? 'null');
    await running.hub.ask('camera:transport', 'cam-wrong', {});
    const asked = random.chance(0.4)
      ? { name: 'camera:connect', payload: { dtlsParameters: wire(dtlsParameters) } } : { name: 'camera:produce', payload: { kind: 'video', rtpParameters: wire(rtpParameters) } };
    const ack = await running.hub.ask(asked.name, 'cam-wrong', asked.payload);
    const how = ack.ok ? 'taken' : ack.code;
    counts[how] = (counts[how] ?? 0) + 1;
    if (!ack.ok && !codes.has(ack.code)) throw new Error(`${JSON.stringify(ack)} to ${JSON.stringify(asked)}`);
    if (running.node.workerPid() !== worker) throw new Error(`the worker died of ${JSON.stringify(asked)}`);
  }
  await running.hub.ask('camera:close', 'cam-wrong', {});
  console.log(`media parameters: ${PARAMETERS}: ${JSON.stringify(counts)}`);
  expect(counts['taken']).toBeGreaterThan(PARAMETERS / 20);
  await publish('cam-still');
  await seesOn('cam-still', 1);
}, LONG);

// Found by the fuzzer: each of these broke the writer that all of the worker's requests share, and no camera of the node could come or go after it.
it.each([
  ['a bitrate that is no number', { encodings: [{ ssrc: 5, maxBitrate: 'much' }] }],
  ['a bitrate that is no integer', { encodings: [{ ssrc: 5, maxBitrate: 1.5 }] }],
  ['a name that is no text', { encodings: [{ ssrc: 5 }], mid: 7 }],
])('%s is one camera\'s mistake and nobody else\'s', async (_, part) => {
  const { hub } = running;
  await hub.ask('camera:transport', 'cam-mistaken', {});
  const codecs = [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }];
  expect(await hub.ask('camera:produce', 'cam-mistaken', { kind: 'video', rtpParameters: { codecs, rtcp: { cname: 'x' }, ...part } })).toMatchObject({ ok: false, code: 'invalid' });
  expect(await hub.ask('camera:transport', 'cam-innocent', {})).toMatchObject({ ok: true });
  for (const camera of ['cam-mistaken', 'cam-innocent']) expect(await hub.ask('camera:close', camera, {})).toMatchObject({ ok: true });
}, LONG);
