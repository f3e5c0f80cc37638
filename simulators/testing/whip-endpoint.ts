import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { RTCPeerConnection, RTCRtpCodecParameters, Vp8RtpPayload, type RtpPacket } from 'werift';

/** A frame as the endpoint received it. */
export interface ReceivedFrame { key: boolean; data: Buffer; timestamp: number }

/** A WHIP endpoint with a WebRTC peer behind it that only collects frames. */
export interface WhipEndpoint {
  url: string;
  frames: ReceivedFrame[];
  /** What came over HTTP, e.g. `POST /api/v1/cameras/cam/whip Bearer t`. */
  requests: string[];
  /** The next offers get this status instead of an answer. */
  refuse(status: number | null, retryAfter?: string): void;
  /** Asks the sender for a keyframe. */
  requestKeyframe(): void;
  /** The media side goes without a word, as when a node dies. */
  killMedia(): Promise<void>;
  close(): Promise<void>;
}

export async function startWhipEndpoint(): Promise<WhipEndpoint> {
  const frames: ReceivedFrame[] = [];
  const requests: string[] = [];
  let refusal: { status: number; retryAfter: string | undefined } | undefined;
  let peer: RTCPeerConnection | undefined;
  let askForKey: () => void = () => undefined;

  const receive = (packet: RtpPacket, parts: RtpPacket[]): void => {
    parts.push(packet);
    if (!packet.header.marker) return;
    const payloads = parts.splice(0).map((part) => Vp8RtpPayload.deSerialize(part.payload));
    frames.push({ key: payloads[0]?.isKeyframe === true, data: Buffer.concat(payloads.map(({ payload }) => payload)), timestamp: packet.header.timestamp });
  };
  const accept = async (offer: string): Promise<string> => {
    await peer?.close();
    const next = new RTCPeerConnection({ codecs: { video: [new RTCRtpCodecParameters({ mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] })] }, iceServers: [], iceAdditionalHostAddresses: ['127.0.0.1'] });
    peer = next;
    const parts: RtpPacket[] = [];
    next.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => receive(packet, parts));
      const receiver = next.getReceivers()[0];
      askForKey = () => { if (track.ssrc !== undefined) void receiver?.sendRtcpPLI(track.ssrc); };
    });
    await next.setRemoteDescription({ type: 'offer', sdp: offer });
    await next.setLocalDescription(await next.createAnswer());
    return next.localDescription?.sdp ?? '';
  };

  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'DELETE') return void response.writeHead(204).end();
      if (refusal) return void response.writeHead(refusal.status, refusal.retryAfter === undefined ? {} : { 'retry-after': refusal.retryAfter }).end('{"detail":"no"}');
      accept(Buffer.concat(chunks).toString()).then(
        (sdp) => response.writeHead(201, { 'content-type': 'application/sdp', location: '/resource/1' }).end(sdp),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    frames, requests,
    refuse: (status, retryAfter) => { refusal = status === null ? undefined : { status, retryAfter }; },
    requestKeyframe: () => askForKey(),
    killMedia: async () => { await peer?.close(); peer = undefined; },
    close: async () => {
      await peer?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
