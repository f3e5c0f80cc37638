import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until, type FakeHub } from '../testing/hub.ts';
import { startTestNode, type TestNode } from '../testing/node.ts';

const LONG = 90_000;
const SETUP = fileURLToPath(new URL('../../.otklik/setup.json', import.meta.url));
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** What runs in the page: a drawing published by the browser's own WebRTC, as a WHIP client does it, without our code. */
interface Options { codec: string; layers: boolean; width: number; height: number; audio: boolean }

const SCRIPT = `async ({ codec, layers, width, height, audio }) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let turn = 0;
  setInterval(() => {
    context.fillStyle = 'hsl(' + turn++ % 360 + ' 60% 50%)';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#fff';
    context.fillRect((turn * 8) % width, height / 3, width / 8, height / 3);
  }, 66);
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const sendEncodings = layers ? [{ rid: 'q', scaleResolutionDownBy: 4 }, { rid: 'h', scaleResolutionDownBy: 2 }, { rid: 'f' }] : [{}];
  if (audio) pc.addTransceiver('audio', { direction: 'sendonly' });
  const transceiver = pc.addTransceiver(canvas.captureStream(15).getVideoTracks()[0], { direction: 'sendonly', sendEncodings });
  const all = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = all.filter(({ mimeType }) => mimeType.toLowerCase() === codec);
  if (wanted.length === 0) return 'no encoder';
  transceiver.setCodecPreferences([...wanted, ...all.filter(({ mimeType }) => mimeType === 'video/rtx')]);
  await pc.setLocalDescription();
  await new Promise((done) => { if (pc.iceGatheringState === 'complete') done(); else pc.onicegatheringstatechange = () => { if (pc.iceGatheringState === 'complete') done(); }; });
  await pc.setRemoteDescription({ type: 'answer', sdp: await whip(pc.localDescription.sdp) });
  return 'published';
}`;

const publish = (page: Page, options: Options): Promise<string> => page.evaluate(`(${SCRIPT})(${JSON.stringify(options)})`);

describe('a browser as a WHIP client', () => {
  let running: TestNode;
  let hub: FakeHub;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    running = await startTestNode();
    hub = running.hub;
    const { chromium: executablePath } = JSON.parse(readFileSync(SETUP, 'utf8')) as { chromium: string };
    browser = await chromium.launch({ executablePath, args: FLAGS });
  }, LONG);
  afterEach(async () => {
    await page.close();
    for (const camera of new Set(hub.cameras.map((state) => state.camera))) await hub.ask('camera:close', camera, {});
    expect(hub.violations).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await running.close();
  }, LONG);

  const open = async (camera: string, options: Options): Promise<string> => {
    page = await browser.newPage();
    await page.exposeFunction('whip', (sdp: string) => hub.whip(camera, sdp));
    return publish(page, options);
  };
  const samplesOf = (camera: string) => hub.samples.filter((sample) => sample.camera === camera);

  it.each([['vp8', 'VP8'], ['h264', 'H264']])('publishes %s, with an audio section that is refused', async (codec, name) => {
    const camera = `browser-${codec}`;
    const published = await open(camera, { codec: `video/${codec}`, layers: false, width: 640, height: 480, audio: true });
    // Debian's Chromium has an encoder of both.
    expect(published).toBe('published');
    await until(() => samplesOf(camera).length >= 5, 'samples', 60_000);
    expect(samplesOf(camera).at(-1)).toMatchObject({ width: 640, height: 480 });
    expect(hub.cameras.find((state) => state.camera === camera)).toMatchObject({ state: 'connected', codec: `video/${name}` });
  }, LONG);

  it('of three layers only the lowest of 360 lines or more is taken while nobody is in view', async () => {
    await open('browser-layers', { codec: 'video/vp8', layers: true, width: 1280, height: 720, audio: false });
    await until(() => samplesOf('browser-layers').at(-1)?.height === 360, 'the layer of 360 lines', 60_000);
  }, LONG);
});
