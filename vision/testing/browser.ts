import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

const SETUP = fileURLToPath(new URL('../../.otklik/setup.json', import.meta.url));
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The browser that set-up found. */
export function launchBrowser(): Promise<Browser> {
  const { chromium: executablePath } = JSON.parse(readFileSync(SETUP, 'utf8')) as { chromium: string };
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface PublishOptions {
  /** `video/vp8` or `video/h264`. */
  codec: string;
  width: number;
  height: number;
  /** Three layers: the whole, half and a quarter of it each way. */
  layers?: boolean;
  /** Offers an audio section beside the video. */
  audio?: boolean;
  /**
   * A face (as a data URL) that sways before a room (another one), `window.faceShare` of the picture's height high; a
   * drawing that moves when left out.
   */
  scene?: { room: string; face: string };
}

/** What runs in the page: a drawing published by the browser's own WebRTC, as a WHIP client does it, without our code. */
const SCRIPT = `async ({ codec, layers, width, height, audio, scene }) => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const load = async (src) => { const image = Object.assign(new Image(), { src }); await image.decode(); return image; };
  const room = scene && await load(scene.room);
  const face = scene && await load(scene.face);
  let turn = 0;
  const drawing = () => {
    context.fillStyle = 'hsl(' + turn % 360 + ' 60% 50%)';
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#fff';
    context.fillRect((turn * 8) % width, height / 3, width / 8, height / 3);
  };
  const person = () => {
    const high = window.faceShare * height;
    const x = width / 2 + 0.06 * high * Math.sin(turn / 7);
    const y = height / 2 + 0.04 * high * Math.cos(turn / 7);
    context.drawImage(room, 0, 0, width, height);
    context.save();
    context.beginPath();
    context.ellipse(x, y, 0.55 * high, 0.7 * high, 0, 0, 2 * Math.PI);
    context.clip();
    context.drawImage(face, x - high, y - high, 2 * high, 2 * high);
    context.restore();
  };
  setInterval(() => { turn++; (scene ? person : drawing)(); }, 66);
  const pc = window.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
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

/**
 * Publishes from a new page.
 * @param whip takes the offer and gives the answer. @param faceShare height of the scene's face as a share of the picture's.
 */
export async function publish(browser: Browser, options: PublishOptions, whip: (sdp: string) => Promise<string>, faceShare = 0.5): Promise<{ page: Page; outcome: string }> {
  const page = await browser.newPage();
  await page.exposeFunction('whip', whip);
  await setFaceShare(page, faceShare);
  const outcome = await page.evaluate<string>(`(${SCRIPT})(${JSON.stringify(options)})`);
  return { page, outcome };
}

/** The person comes near or goes away. */
export async function setFaceShare(page: Page, share: number): Promise<void> {
  await page.evaluate(`window.faceShare = ${share}`);
}

/** `udp` or `tcp`, as the page's media travels; undefined before it does. */
export function protocolOf(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>(`(async () => {
    const stats = [...(await window.pc.getStats()).values()];
    const pair = stats.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
    return stats.find(({ id }) => id === pair?.remoteCandidateId)?.protocol;
  })()`);
}
