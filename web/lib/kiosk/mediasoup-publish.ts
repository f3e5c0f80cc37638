import { Device } from 'mediasoup-client';
import type { RtpCapabilities, Transport, TransportOptions } from 'mediasoup-client/types';
import type { BrowserTrack } from './browser-camera.ts';
import type { MediaState, Publication, Publish, SendingRate } from './camera-publisher.ts';

const KILO = 1000;
/**
 * Two layers: the node takes the small one as long as faces are large enough in it, and asks for the large one when not.
 * At 15 frames a second both look clean at these rates; more only loads the shop's Wi-Fi.
 */
const LAYERS = [{ scaleResolutionDownBy: 2, maxBitrate: 350 * KILO }, { scaleResolutionDownBy: 1, maxBitrate: 1_200 * KILO }];

const STATES: Partial<Record<Transport['connectionState'], MediaState>> = { connected: 'connected', disconnected: 'disconnected', failed: 'failed', closed: 'failed' };

/** Publishes a camera through mediasoup: the node's capabilities, one send transport, one VP8 producer of two layers. */
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
      encodings: LAYERS.map((layer) => ({ ...layer })),
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

/** Frames and bits a second that really leave, of all layers, from two readings of WebRTC's counters (W3C webrtc-stats, outbound-rtp). */
function rateMeter(read: () => Promise<RTCStatsReport>): () => Promise<SendingRate> {
  let before: { bytes: number; at: number } | null = null;
  return async () => {
    const sent = [...(await read()).values() as Iterable<RTCStats>].filter((stats): stats is RTCOutboundRtpStreamStats => stats.type === 'outbound-rtp');
    if (sent.length === 0) return { fps: null, kilobitsPerSecond: null };
    const now = { bytes: sent.reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0), at: sent[0]!.timestamp };
    const passed = before ? now.at - before.at : 0;
    const kilobitsPerSecond = before && passed > 0 ? Math.max(0, Math.round((now.bytes - before.bytes) * 8 / passed)) : null;
    before = now;
    return { fps: Math.round(Math.max(...sent.map(({ framesPerSecond = 0 }) => framesPerSecond))), kilobitsPerSecond };
  };
}
