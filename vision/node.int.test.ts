import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EmotionWindow, type EventEnvelope } from '../contract/index.ts';
import { TestCamera, type TestCameraOptions } from './testing/camera.ts';
import { until, type FakeHub } from './testing/hub.ts';
import { startTestNode, type TestNode } from './testing/node.ts';
import type { Scene } from './testing/pan.ts';
import { emptyScene, stillScene } from './testing/still.ts';
import { endCameras, toldTo } from './testing/told.ts';

const isWindow = Compile(EmotionWindow);
const LONG = 90_000;

const field = (event: EventEnvelope, name: string): unknown => Object.entries(event.body).find(([key]) => key === name)?.[1];

describe('a vision node with real WebRTC', () => {
  let running: TestNode;
  let hub: FakeHub;
  let faces: Scene;
  const cameras: TestCamera[] = [];

  const publish = async (camera: string, options: Partial<TestCameraOptions> = {}): Promise<TestCamera> => {
    const made = await TestCamera.start({ whip: (sdp) => hub.whip(camera, sdp), picture: () => faces.next(), ...options });
    cameras.push(made);
    await until(() => standingOf(camera)?.running === true && (samplesOf(camera).at(-1)?.at ?? 0) > standingOf(camera)!.since, `${camera} to be analysed`, 40_000);
    return made;
  };
  const { standingOf, samplesOf, newSamples } = toldTo(() => hub, 40_000);
  const windowsOf = (camera: string) => [...hub.events.values()].filter((event) => event.type === 'emotion.windowed' && field(event, 'camera') === camera);
  const statesOf = (camera: string) => hub.cameras.filter((state) => state.camera === camera).map(({ state }) => state);

  beforeAll(async () => {
    running = await startTestNode();
    hub = running.hub;
    faces = await stillScene('sample1.jpg', 640, 480);
  }, LONG);
  afterEach(async () => {
    await endCameras(hub, cameras);
    expect(hub.violations).toEqual([]);
  });
  afterAll(() => running.close(), LONG);

  it('keeps a camera that sends video and never asks whether it may, as GStreamer does', async () => {
    await publish('gst', { consent: false });
    const [first] = samplesOf('gst');
    await until(() => samplesOf('gst').at(-1)!.at - first!.at > 18_000, 'video for longer than consent lasts', 60_000);
    expect(statesOf('gst')).not.toContain('disconnected');
  }, 120_000);

  it('registers with its name, its capacity and no cameras', () => {
    expect(hub.registrations[0]).toEqual({ node: 'node-1', capacity: 4, cameras: [] });
  });

  it('sees the faces of a WHIP camera, says how they feel, and posts a window', async () => {
    await publish('cam-faces');
    const samples = await newSamples('cam-faces', 15);
    expect(hub.cameras.find(({ camera }) => camera === 'cam-faces')).toMatchObject({ state: 'connected', codec: 'video/VP8' });
    const seen = samples.filter((sample) => sample.faces > 0);
    expect(seen.length).toBeGreaterThan(samples.length * 0.8);
    // The three people of this photograph look friendly: the camera must find them so, not merely find something.
    const happy = seen.reduce((sum, sample) => sum + sample.shares!.happy, 0) / seen.length;
    expect(happy).toBeGreaterThan(0.4);
    for (const sample of seen) {
      expect(Object.values(sample.shares!).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
      expect(sample).toMatchObject({ site: 'shop', width: 640, height: 480 });
    }
    await until(() => windowsOf('cam-faces').length > 0, 'a window', 30_000);
    const event = windowsOf('cam-faces')[0]!;
    expect(event).toMatchObject({ type: 'emotion.windowed', site: 'shop', at: field(event, 'to') });
    expect(event).not.toHaveProperty('touchpoint');
    expect(isWindow.Check(event.body)).toBe(true);
    expect(field(event, 'faces')).toBeGreaterThan(0);
  }, LONG);

  it('measures nobody where there is nobody, and says so', async () => {
    const empty = emptyScene();
    await publish('cam-empty', { picture: () => empty.next() });
    const samples = await newSamples('cam-empty', 5);
    expect(samples.every(({ faces: count, shares, mood }) => count === 0 && shares === null && mood === null)).toBe(true);
    await until(() => windowsOf('cam-empty').some((event) => Number(field(event, 'frames')) > 0 && field(event, 'faces') === 0), 'an empty window', 30_000);
  }, LONG);

  it('follows a change of resolution, uncommon sizes included', async () => {
    let scene = faces;
    await publish('cam-size', { picture: () => scene.next() });
    await newSamples('cam-size', 2);
    for (const [width, height] of [[322, 242], [1280, 720]] as const) {
      scene = await stillScene('sample1.jpg', width, height, 4);
      await until(() => samplesOf('cam-size').at(-1)?.width === width, `pictures of ${width} pixels`, 30_000);
      const [sample] = (await newSamples('cam-size', 4)).slice(-1);
      expect(sample).toMatchObject({ width, height });
      expect(sample!.faces).toBeGreaterThan(0);
    }
  }, LONG);

  it('reads H.264 as it reads VP8, and has nothing to do with an audio section beside it', async () => {
    await publish('cam-h264', { codec: 'h264', audio: true });
    const samples = await newSamples('cam-h264', 15);
    expect(hub.cameras.find(({ camera }) => camera === 'cam-h264')).toMatchObject({ state: 'connected', codec: 'video/H264' });
    expect(samples.filter((sample) => sample.faces > 0).length).toBeGreaterThan(samples.length * 0.8);
    expect(samples.at(-1)).toMatchObject({ width: 640, height: 480 });
  }, LONG);

  it('goes on with H.264 after losses', async () => {
    let state = 99;
    await publish('cam-h264-loss', { codec: 'h264', pass: () => { state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; return (state >> 16) % 20 !== 0; } });
    const samples = await newSamples('cam-h264-loss', 20);
    expect(samples.filter((sample) => sample.faces > 0).length).toBeGreaterThan(15);
  }, LONG);

  it('goes on measuring whole pictures when 5 % of the packets are lost', async () => {
    // A linear congruential generator: the same packets are lost in every run.
    let state = 12_345;
    const camera = await publish('cam-loss', { pass: () => { state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; return (state >> 16) % 20 !== 0; } });
    const samples = await newSamples('cam-loss', 25);
    expect(camera.sent).toBeGreaterThan(25);
    expect(samples.filter((sample) => sample.faces > 0).length).toBeGreaterThan(20);
  }, LONG);

  it('tells the hub when a camera goes, and takes it again', async () => {
    const first = await publish('cam-back');
    await newSamples('cam-back', 1);
    await first.stop();
    await until(() => statesOf('cam-back').at(-1) === 'disconnected', 'the camera to be missed', 20_000);
    await publish('cam-back');
    await newSamples('cam-back', 2);
    expect(statesOf('cam-back')).toEqual(['connected', 'disconnected', 'connected']);
  }, LONG);

  it('gives a camera that publishes again a new session in place of the old one', async () => {
    await publish('cam-twice');
    await newSamples('cam-twice', 1);
    await publish('cam-twice');
    await until(() => statesOf('cam-twice').length === 3, 'the change of sessions');
    expect(statesOf('cam-twice')).toEqual(['connected', 'disconnected', 'connected']);
    await newSamples('cam-twice', 2);
  }, LONG);

  it('takes no more cameras than it said', async () => {
    await Promise.all(['full-1', 'full-2', 'full-3', 'full-4'].map((camera) => hub.ask('camera:transport', camera, {})));
    expect(await hub.ask('camera:transport', 'full-5', {})).toMatchObject({ ok: false, code: 'unavailable' });
    expect(await hub.ask('camera:transport', 'full-1', {})).toMatchObject({ ok: true });
    for (const camera of ['full-1', 'full-2', 'full-3', 'full-4']) await hub.ask('camera:close', camera, {});
    expect(await hub.ask('camera:transport', 'full-5', {})).toMatchObject({ ok: true });
    await hub.ask('camera:close', 'full-5', {});
  }, LONG);

  it('survives rubbish in the stream', async () => {
    const camera = await publish('cam-rubbish');
    await newSamples('cam-rubbish', 1);
    for (let i = 0; i < 50; i++) camera.sendPayload(Uint8Array.from({ length: i % 30 }, (_, k) => (i * 37 + k * 91) & 255), i * 1000, i % 2 === 0);
    // A keyframe by its first bytes, and nothing that a decoder could use.
    for (let i = 0; i < 10; i++) camera.sendPayload(new Uint8Array([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f, 1, 2, 3]), 99_000 + i, true);
    expect((await newSamples('cam-rubbish', 5)).at(-1)!.faces).toBeGreaterThan(0);
  }, LONG);

  it('comes back when the media worker dies, and the camera can publish again', async () => {
    await publish('cam-worker');
    await newSamples('cam-worker', 1);
    const killed = running.node.workerPid()!;
    process.kill(killed, 'SIGKILL');
    await until(() => statesOf('cam-worker').at(-1) === 'disconnected', 'the camera to be missed');
    expect(hub.cameras.filter(({ camera }) => camera === 'cam-worker').at(-1)!.reason).toBe('worker_died');
    await until(() => running.node.workerPid() !== undefined, 'a new worker', 30_000);
    expect(running.node.workerPid()).not.toBe(killed);
    await publish('cam-worker');
    await newSamples('cam-worker', 2);
  }, LONG);

  it('keeps its cameras and its windows while the hub is away', async () => {
    await publish('cam-hub');
    await newSamples('cam-hub', 1);
    const registrations = hub.registrations.length;
    const states = statesOf('cam-hub').length;
    await hub.close();
    await until(() => !running.node.status().registered, 'the loss to be noticed');
    await until(() => running.node.status().outbox > 0, 'a window in the outbox', 30_000);
    await hub.listen();
    await until(() => hub.registrations.length > registrations, 'a new registration', 40_000);
    expect(hub.registrations.at(-1)!.cameras).toEqual(['cam-hub']);
    await until(() => statesOf('cam-hub').length > states, 'the state to be repeated');
    expect(statesOf('cam-hub').at(-1)).toBe('connected');
    await newSamples('cam-hub', 2);
    await until(() => running.node.status().outbox === 0, 'the outbox to empty', 30_000);
  }, LONG);
});

describe('requests to a node', () => {
  let running: TestNode;
  beforeAll(async () => { running = await startTestNode(); }, LONG);
  afterAll(() => running.close(), LONG);

  it('make a transport for a camera page, step by step', async () => {
    const { hub } = running;
    const capabilities = await hub.ask('camera:capabilities', 'page', {});
    expect(capabilities).toMatchObject({ ok: true, data: { rtpCapabilities: { codecs: expect.arrayContaining([expect.objectContaining({ mimeType: 'video/VP8' })]) } } });
    expect(JSON.stringify(capabilities)).toContain('video/H264');
    // With it a phone would send its pictures lying on their side.
    expect(JSON.stringify(capabilities)).not.toContain('video-orientation');
    expect(await hub.ask('camera:transport', 'page', {})).toMatchObject({ ok: true, data: { id: expect.any(String), iceCandidates: [{ address: '127.0.0.1', protocol: 'udp' }, { address: '127.0.0.1', protocol: 'tcp', tcpType: 'passive' }], dtlsParameters: {}, iceParameters: {} } });
    const fingerprints = [{ algorithm: 'sha-256', value: Array(32).fill('AB').join(':') }];
    expect(await hub.ask('camera:connect', 'page', { dtlsParameters: { role: 'client', fingerprints } })).toEqual({ ok: true, data: {} });
    const rtpParameters = { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }], encodings: [{ ssrc: 5 }], rtcp: { cname: 'x' } };
    expect(await hub.ask('camera:produce', 'page', { kind: 'video', rtpParameters })).toMatchObject({ ok: true, data: { id: expect.any(String) } });
    expect(await hub.ask('camera:produce', 'page', { kind: 'video', rtpParameters })).toMatchObject({ ok: false, code: 'conflict' });
    expect(await hub.ask('camera:close', 'page', {})).toEqual({ ok: true, data: {} });
    expect(await hub.ask('camera:close', 'page', {})).toEqual({ ok: true, data: {} });
  });

  it.each([
    ['camera:connect', { dtlsParameters: { fingerprints: [] } }, 'conflict'],
    ['camera:transport', { more: 1 }, 'invalid'],
    ['camera:connect', { dtlsParameters: 'x' }, 'invalid'],
    ['camera:connect', null, 'invalid'],
    ['camera:produce', { kind: 'audio', rtpParameters: {} }, 'invalid'],
    ['node:whip', { sdp: 'v=0' }, 'bad_sdp'],
    ['node:whip', { sdp: 5 }, 'bad_sdp'],
    ['node:whip', {}, 'bad_sdp'],
    ['node:whip', { sdp: 'x'.repeat(40_000) }, 'bad_sdp'],
  ])('%s is refused with a code (%#)', async (name, payload, code) => {
    expect(await running.hub.ask(name, 'nobody', payload)).toMatchObject({ ok: false, code, message: expect.any(String) });
  });

  it('with wrong parameters inside are refused as the sender\'s fault', async () => {
    const { hub } = running;
    await hub.ask('camera:transport', 'wrong', {});
    for (const dtlsParameters of [{}, { fingerprints: 'x' }, { role: 'client', fingerprints: [{ algorithm: 'md5', value: 'x' }] }]) {
      expect(await hub.ask('camera:connect', 'wrong', { dtlsParameters })).toMatchObject({ ok: false, code: 'invalid' });
    }
    for (const rtpParameters of [{}, { codecs: [] }, { codecs: [{ mimeType: 'video/VP9', payloadType: 1, clockRate: 90_000 }], encodings: [{ ssrc: 1 }] }, { codecs: 7, encodings: null }]) {
      expect(await hub.ask('camera:produce', 'wrong', { kind: 'video', rtpParameters })).toMatchObject({ ok: false, code: 'invalid' });
    }
    await hub.ask('camera:close', 'wrong', {});
  });

  it.each([[null], ['text'], [{}], [{ camera: 5, site: 's', name: 'n', payload: {} }], [{ camera: 'x'.repeat(65), site: 's', name: 'n', payload: {} }], [[[]]]])('of a wrong shape are refused (%#)', async (message) => {
    expect(await running.hub.askRaw('camera:transport', message)).toMatchObject({ ok: false, code: 'invalid' });
  });

  it('leave nothing behind when an offer cannot be used', async () => {
    const { hub } = running;
    const sdp = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, 'm=video 9 UDP/TLS/RTP/SAVPF 96 97', 'a=mid:0', 'a=sendonly', 'a=rtpmap:96 VP8/90000', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96', 'a=ssrc-group:FID 5 5', 'a=ssrc:5 cname:a', ''].join('\r\n');
    for (let i = 0; i < 6; i++) expect(await hub.ask('node:whip', `bad-${i}`, { sdp })).toMatchObject({ ok: false, code: 'bad_sdp' });
    expect(await hub.ask('camera:transport', 'good', {})).toMatchObject({ ok: true });
  });
});
