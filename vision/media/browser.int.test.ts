import sharp from 'sharp';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, protocolOf, publish, setFaceShare, type PublishOptions } from '../testing/browser.ts';
import { until, type FakeHub } from '../testing/hub.ts';
import { startTestNode, type TestNode } from '../testing/node.ts';
import type { Rgb } from '../testing/pictures.ts';
import { people, room } from '../testing/still.ts';

const LONG = 240_000;
const WAIT = 90_000;

const dataUrl = async ({ data, width, height }: Rgb): Promise<string> => `data:image/png;base64,${(await sharp(data, { raw: { width, height, channels: 3 } }).png().toBuffer()).toString('base64')}`;
/** What a network leaves over that lets only TCP through. */
const withoutUdp = (answer: string): string => answer.replaceAll(/^a=candidate:\S+ \d+ udp .*\r\n/gim, '');

describe('a browser as a WHIP client', () => {
  let running: TestNode;
  let hub: FakeHub;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    running = await startTestNode();
    hub = running.hub;
    browser = await launchBrowser();
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

  const open = async (camera: string, options: PublishOptions, change: (answer: string) => string = (answer) => answer, faceShare?: number): Promise<void> => {
    const published = await publish(browser, options, async (sdp) => change(await hub.whip(camera, sdp)), faceShare);
    page = published.page;
    // Debian's Chromium has an encoder of both codecs.
    expect(published.outcome).toBe('published');
  };
  const samplesOf = (camera: string) => hub.samples.filter((sample) => sample.camera === camera);
  const linesOf = (camera: string) => samplesOf(camera).at(-1)?.height;

  it.each([['vp8', 'VP8'], ['h264', 'H264']])('publishes %s, with an audio section that is refused', async (codec, name) => {
    const camera = `browser-${codec}`;
    await open(camera, { codec: `video/${codec}`, width: 640, height: 480, audio: true });
    await until(() => samplesOf(camera).length >= 5, 'samples', WAIT);
    expect(samplesOf(camera).at(-1)).toMatchObject({ width: 640, height: 480 });
    expect(hub.cameras.find((state) => state.camera === camera)).toMatchObject({ state: 'connected', codec: `video/${name}` });
    expect(await protocolOf(page)).toBe('udp');
  }, LONG);

  it('gets through over TCP where UDP is blocked', async () => {
    let answer = '';
    await open('browser-tcp', { codec: 'video/vp8', width: 640, height: 480 }, (sdp) => { answer = withoutUdp(sdp); return answer; });
    expect(answer.match(/^a=candidate:.*$/gm)).toEqual([expect.stringMatching(/ tcp .* tcptype passive/)]);
    await until(() => samplesOf('browser-tcp').length >= 10, 'samples', WAIT);
    expect(await protocolOf(page)).toBe('tcp');
    expect(samplesOf('browser-tcp').at(-1)).toMatchObject({ width: 640, height: 480 });
  }, LONG);

  it('of three layers only the lowest of 360 lines or more is taken while nobody is in view', async () => {
    await open('browser-layers', { codec: 'video/vp8', layers: true, width: 1280, height: 720 });
    await until(() => linesOf('browser-layers') === 360, 'the layer of 360 lines', WAIT);
  }, LONG);

  it('of three layers the lowest is taken in which a face is large enough, and another when that changes', async () => {
    // One who looks at the camera.
    const person = (await people('sample1.jpg', 400))[2];
    const scene = { room: await dataUrl(room()), face: await dataUrl(person!) };
    // 540, 270 and 135 lines; of an odd number the last is not measured. Near, the face is some 190 lines high in the middle layer and 95 in the lowest.
    await open('browser-faces', { codec: 'video/vp8', layers: true, width: 960, height: 540, scene }, undefined, 0.64);
    await until(() => samplesOf('browser-faces').some(({ faces }) => faces > 0), 'the face to be read', WAIT);
    await until(() => linesOf('browser-faces') === 134, 'the lowest layer', WAIT);
    await until(() => samplesOf('browser-faces').slice(-5).every(({ height, faces }) => height === 134 && faces === 1), 'the face to be read in the lowest layer', WAIT);
    // Far, it is below 60 lines in the middle layer and below 30 in the lowest, where it cannot be read.
    await setFaceShare(page, 0.18);
    await until(() => linesOf('browser-faces') === 540, 'the highest layer', WAIT);
    await until(() => samplesOf('browser-faces').slice(-5).every(({ height, faces }) => height === 540 && faces === 1), 'the face to be read in the highest layer', WAIT);
  }, LONG);
});
