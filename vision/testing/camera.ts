import { VideoEncoder, VideoFrame } from '@napi-rs/webcodecs';
import { MediaStreamTrack, type RTCDtlsTransport, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift';
import { h264Payloads, nalUnits, vp8Payloads } from './stream.ts';

export interface TestCameraOptions {
  /** Sends the offer and returns the answer, as a WHIP client's POST does. */
  whip(sdp: string): Promise<string>;
  /** I420 of the frame to send at this moment; encoded here. */
  picture?(): { data: Uint8Array; width: number; height: number };
  /** VP8 unless it is said. H.264 goes as Annex B in `loop`. */
  codec?: 'vp8' | 'h264';
  /** Offers an audio section beside the video, which is never sent. */
  audio?: boolean;
  /** Or frames encoded beforehand, sent over and over; the first is a keyframe, and is sent next when one is asked for. */
  loop?: readonly Uint8Array[];
  fps?: number;
  bitrate?: number;
  /** Asks again and again whether it may send (RFC 7675), as browsers do; GStreamer's WHIP clients never ask. True when left out. */
  consent?: boolean;
  /** Called with each packet on its way to the network; false loses it. Retransmissions go through it too. */
  pass?(): boolean;
}

const PAYLOAD_TYPE = 96;
const CODECS = {
  vp8: { mimeType: 'video/VP8', clockRate: 90_000, payloadType: PAYLOAD_TYPE },
  h264: { mimeType: 'video/H264', clockRate: 90_000, payloadType: PAYLOAD_TYPE, parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
};
const MTU = 1100;
const CONNECT_MS = 10_000;

/** A WHIP camera in this process: encodes pictures as VP8 or H.264 and sends them over WebRTC. For tests and benchmarks. */
export class TestCamera {
  /** Frames sent. */
  sent = 0;
  /** Capture time of sent frames, epoch ms, newest last; the last few hundred. */
  readonly capturedAt: number[] = [];
  keyframeRequests = 0;
  readonly #options: TestCameraOptions;
  readonly #pc: RTCPeerConnection;
  readonly #track: MediaStreamTrack;
  readonly #ssrc: number;
  #encoder: VideoEncoder | undefined;
  #size = '';
  #sequence = Math.floor(Math.random() * 65536);
  #wantKey = true;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #turn = 0;

  constructor(options: TestCameraOptions, pc: RTCPeerConnection, track: MediaStreamTrack, ssrc: number) {
    this.#options = options;
    this.#pc = pc;
    this.#track = track;
    this.#ssrc = ssrc;
  }

  /** Connects and starts to send. @throws Error when the connection does not come about. */
  static async start(options: TestCameraOptions): Promise<TestCamera> {
    const feedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }];
    const pc = new RTCPeerConnection({ codecs: { video: [new RTCRtpCodecParameters({ ...CODECS[options.codec ?? 'vp8'], rtcpFeedback: feedback })], ...(options.audio ? { audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 })] } : {}) } });
    const track = new MediaStreamTrack({ kind: 'video' });
    const { sender } = pc.addTransceiver(track, { direction: 'sendonly' });
    if (options.audio) pc.addTransceiver('audio', { direction: 'sendonly' });
    if (options.consent === false) {
      const ice = sender.dtlsTransport.iceTransport.connection as unknown as { queryConsent(): void; consentFresh: boolean };
      ice.queryConsent = () => { ice.consentFresh = true; };
    }
    try {
      await pc.setLocalDescription(await pc.createOffer());
      const connected = pc.connectionStateChange.watch((state) => state === 'connected' || state === 'failed', CONNECT_MS);
      await pc.setRemoteDescription({ type: 'answer', sdp: await options.whip(pc.localDescription!.sdp) });
      await connected;
      if (pc.connectionState !== 'connected') throw new Error(`the camera's connection is ${pc.connectionState}`);
    } catch (error) {
      await pc.close();
      throw error;
    }
    loseSome(sender.dtlsTransport, options);
    const camera = new TestCamera(options, pc, track, sender.ssrc);
    sender.onPictureLossIndication.subscribe(() => { camera.keyframeRequests++; camera.#wantKey = true; });
    camera.#run();
    return camera;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    await this.#pc.close();
  }

  /** Sends bytes as the payload of one RTP packet of the stream. */
  sendPayload(payload: Uint8Array, timestamp = 0, marker = true): void {
    this.#write(Buffer.from(payload), timestamp, marker);
  }

  #run(): void {
    this.#startedAt = Date.now();
    this.#timer = setInterval(() => this.#capture(), 1000 / (this.#options.fps ?? 15));
  }

  #capture(): void {
    const { picture, loop } = this.#options;
    if (picture) this.#encode(picture());
    else if (loop) this.#replay(loop);
  }

  #replay(loop: readonly Uint8Array[]): void {
    const now = Date.now();
    this.#turn = this.#wantKey ? 0 : (this.#turn + 1) % loop.length;
    this.#packetise(loop[this.#turn]!, ((now - this.#startedAt) * 90) >>> 0);
    this.#sentAt(now);
  }

  #sentAt(now: number): void {
    this.#wantKey = false;
    this.sent++;
    this.capturedAt.push(now);
    if (this.capturedAt.length > 500) this.capturedAt.shift();
  }

  #encode({ data, width, height }: { data: Uint8Array; width: number; height: number }): void {
    if (this.#size !== `${width}×${height}`) this.#configure(width, height);
    const now = Date.now();
    const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: (now - this.#startedAt) * 1000 });
    this.#encoder!.encode(frame, { keyFrame: this.#wantKey });
    frame.close();
    this.#sentAt(now);
  }

  #configure(width: number, height: number): void {
    this.#size = `${width}×${height}`;
    this.#wantKey = true;
    if (this.#encoder && this.#encoder.state !== 'closed') this.#encoder.close();
    this.#encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        this.#packetise(data, Math.round(chunk.timestamp * 0.09) >>> 0);
      },
      error: () => { this.#size = ''; },
    });
    const { fps = 15, bitrate = 1_500_000, codec = 'vp8' } = this.#options;
    const format = codec === 'h264' ? { codec: 'avc1.42e01f', avc: { format: 'annexb' as const } } : { codec };
    this.#encoder.configure({ ...format, width, height, bitrate, framerate: fps, latencyMode: 'realtime' });
  }

  #packetise(data: Uint8Array, timestamp: number): void {
    const payloads = this.#options.codec === 'h264' ? h264Payloads(nalUnits(data), MTU) : vp8Payloads(data, MTU);
    payloads.forEach((payload, i) => this.#write(Buffer.from(payload), timestamp, i === payloads.length - 1));
  }

  #write(payload: Buffer, timestamp: number, marker: boolean): void {
    const sequenceNumber = this.#sequence;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#track.writeRtp(new RtpPacket(new RtpHeader({ version: 2, marker, payloadType: PAYLOAD_TYPE, sequenceNumber, timestamp, ssrc: this.#ssrc }), payload));
  }
}

/** Below the sender's memory of packets, so that what is lost can be asked for and sent again. */
function loseSome(transport: RTCDtlsTransport, { pass }: TestCameraOptions): void {
  if (!pass) return;
  const send = transport.sendRtp.bind(transport);
  transport.sendRtp = async (payload, header) => (pass() ? send(payload, header) : payload.length);
}
