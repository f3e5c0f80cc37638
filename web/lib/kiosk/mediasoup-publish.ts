import { Device } from 'mediasoup-client';
import type { RtpCapabilities, Transport, TransportOptions } from 'mediasoup-client/types';
import type { BrowserTrack } from './browser-camera.ts';
import type { MediaState, Publication, Publish, SendingRate } from './camera-publisher.ts';

const KILO = 1000;
/** 640×480 at 15 frames a second looks clean at this rate; more only loads the shop's Wi-Fi. */
const MAX_BITRATE = 900 * KILO;

const STATES: Partial<Record<Transport['connectionState'], MediaState>> = { connected: 'connected', disconnected: 'disconnected', failed: 'failed', closed: 'failed' };

/** Publishes a camera through mediasoup: the node's capabilities, one send transport, one VP8 producer. */
export const publishByMediasoup: Publish<BrowserTrack> = async (camera, request, onState) => {
  const device = new Device();
  const { rtpCapabilities } = await request('camera:capabilities', {}) as { rtpCapabilities: RtpCapabilities };
  await device.load({ routerRtpCapabilities: rtpCapabilities });
  const transport = device.createSendTransport(await request('camera:transport', {}) as TransportOptions);
  try {
    relay(transport, request, onState);
    const codec = device.sendRtpCapabilities.codecs?.find((one) => one.mimeType.toLowerCase() === 'video/vp8');
    const producer = await transport.produce({
      track: camera.track, stopTracks: false, disableTrackOnPause: false,
      encodings: [{ maxBitrate: MAX_BITRATE }],
      ...(codec ? { codec } : {}),
    });
    const rate = rateMeter(() => producer.getStats());
    const publication: Publication<BrowserTrack> = {
      replace: (next) => producer.replaceTrack({ track: next.track }),
      rate,
      close: () => { transport.close(); },
    };
    return publication;
  } catch (error) {
    transport.close();
    throw error;
  }
};

function relay(transport: Transport, request: Parameters<Publish<BrowserTrack>>[1], onState: (state: MediaState) => void): void {
  const asError = (error: unknown) => error instanceof Error ? error : new Error(String(error));
  transport.on('connect', ({ dtlsParameters }, done, fail) => {
    Promise.resolve().then(() => request('camera:connect', { dtlsParameters })).then(() => { done(); }, (error: unknown) => { fail(asError(error)); });
  });
  transport.on('produce', ({ kind, rtpParameters }, done, fail) => {
    Promise.resolve().then(() => request('camera:produce', { kind, rtpParameters })).then((answer) => { done(answer as { id: string }); }, (error: unknown) => { fail(asError(error)); });
  });
  transport.on('connectionstatechange', (state) => {
    const known = STATES[state];
    if (known) onState(known);
  });
}

/** Frames and bits a second that really leave, from two readings of WebRTC's counters (W3C webrtc-stats, outbound-rtp). */
function rateMeter(read: () => Promise<RTCStatsReport>): () => Promise<SendingRate> {
  let before: { bytes: number; at: number } | null = null;
  return async () => {
    let sent: RTCOutboundRtpStreamStats | undefined;
    for (const stats of (await read()).values() as Iterable<RTCStats>) if (stats.type === 'outbound-rtp') sent = stats as RTCOutboundRtpStreamStats;
    if (!sent) return { fps: null, kilobitsPerSecond: null };
    const now = { bytes: sent.bytesSent ?? 0, at: sent.timestamp };
    const passed = before ? now.at - before.at : 0;
    const kilobitsPerSecond = before && passed > 0 ? Math.max(0, Math.round((now.bytes - before.bytes) * 8 / passed)) : null;
    before = now;
    return { fps: Math.round(sent.framesPerSecond ?? 0), kilobitsPerSecond };
  };
}
