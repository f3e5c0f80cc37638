import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';
import type { Reel } from './clip.ts';
import { Vp8Packetizer } from './packets.ts';

const PAYLOAD_TYPE = 96;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** mediasoup reports about once a second: silence for this long means that nobody is there, sooner than ICE notices. */
const SILENCE_MS = 8_000;

/** The WHIP endpoint refused, or the connection failed. `retryAfterMs` when it said how long to wait. */
export class WhipError extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(message: string, status = 0, retryAfterMs?: number) {
    super(message);
    this.name = 'WhipError';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface PublishOptions {
  /** The WHIP endpoint's address. */
  url: string;
  token: string;
  reel: Reel;
  fps: number;
  /** Aborted to stop on purpose. */
  signal: AbortSignal;
  onConnected?(): void;
}

/**
 * Publishes the reel over WHIP (RFC 9725) until the signal is aborted. Resolves after a stop on purpose.
 * @throws WhipError when the endpoint refuses or the connection is lost.
 */
export async function publish(options: PublishOptions): Promise<void> {
  const { url, token, reel, signal } = options;
  const peer = new RTCPeerConnection({
    codecs: { video: [new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90_000, payloadType: PAYLOAD_TYPE, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] })] },
    iceServers: [],
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
  let resource: string | undefined;
  let stopSending: () => void = () => undefined;
  try {
    const track = new MediaStreamTrack({ kind: 'video' });
    const { sender } = peer.addTransceiver(track, { direction: 'sendonly' });
    const lost = watch(peer, sender, signal);
    // Closing the peer at the end rejects it too, when nobody waits any more.
    lost.catch(() => undefined);
    await peer.setLocalDescription(await peer.createOffer());
    const answer = await offer(url, token, peer.localDescription?.sdp ?? '', signal);
    resource = answer.resource;
    await peer.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    await Promise.race([connected(peer), lost]);
    if (signal.aborted) return;
    options.onConnected?.();
    sender.onPictureLossIndication.subscribe(() => reel.wantKey());
    reel.wantKey();
    stopSending = send(reel, new Vp8Packetizer(sender.ssrc, PAYLOAD_TYPE), options.fps, (packets) => { for (const packet of packets) track.writeRtp(packet); });
    await lost;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopSending();
    await leave(resource, token);
    await peer.close();
  }
}

/** Sends frames at an even pace; returns how to stop. */
function send(reel: Reel, packetizer: Vp8Packetizer, fps: number, write: (packets: ReturnType<Vp8Packetizer['packets']>) => void): () => void {
  const began = performance.now();
  let frame = 0;
  let timer: NodeJS.Timeout;
  const next = (): void => {
    const due = Math.floor(((performance.now() - began) * fps) / 1000);
    // After a standstill of the process the frames that were missed are left out; their time passes all the same.
    if (due - frame > fps) { frame = due; reel.wantKey(); }
    write(packetizer.packets(reel.next().data, frame / fps));
    frame++;
    timer = setTimeout(next, Math.max(0, began + (frame * 1000) / fps - performance.now()));
  };
  next();
  return () => clearTimeout(timer);
}

async function offer(url: string, token: string, sdp: string, signal: AbortSignal): Promise<{ sdp: string; resource: string | undefined }> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: sdp,
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
  } catch (error) {
    throw new WhipError(`cannot reach ${url}: ${error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)}`);
  }
  const text = await response.text();
  if (response.status !== 201) {
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    throw new WhipError(`the hub refused the camera: ${response.status} ${text.slice(0, 300)}`, response.status, Number.isFinite(seconds) ? seconds * 1_000 : undefined);
  }
  if (!text.startsWith('v=0') || !/^m=video /m.test(text)) throw new WhipError('the hub answered something that is no SDP answer');
  const location = response.headers.get('location');
  return { sdp: text, resource: location === null ? undefined : new URL(location, url).href };
}

function connected(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new WhipError(`no media connection within ${CONNECT_TIMEOUT_MS / 1000} s`)), CONNECT_TIMEOUT_MS);
    timer.unref();
    peer.connectionStateChange.subscribe((state) => {
      if (state !== 'connected') return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Rejects when the connection fails or falls silent, resolves when the signal is aborted. */
function watch(peer: RTCPeerConnection, sender: ReturnType<RTCPeerConnection['addTransceiver']>['sender'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard: number | undefined;
    const check = setInterval(() => {
      if (peer.connectionState !== 'connected') return;
      heard ??= performance.now();
      if (performance.now() - heard > SILENCE_MS) end(() => reject(new WhipError('the vision node fell silent')));
    }, 1_000);
    const end = (settle: () => void): void => { clearInterval(check); signal.removeEventListener('abort', stop); settle(); };
    const stop = (): void => end(resolve);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    sender.onRtcp.subscribe(() => { heard = performance.now(); });
    peer.connectionStateChange.subscribe((state) => {
      if (state === 'failed' || state === 'closed' || state === 'disconnected') end(() => reject(new WhipError(`the media connection is ${state}`)));
    });
  });
}

/** Ends the WHIP resource; when the hub is away there is nothing to end. */
async function leave(resource: string | undefined, token: string): Promise<void> {
  if (resource === undefined) return;
  await fetch(resource, { method: 'DELETE', headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
}
