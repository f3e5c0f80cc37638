import type { types } from 'mediasoup';
import { parse, parseParams, write, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { LIMITS } from '../../contract/index.ts';
import { RequestError } from './errors.ts';

/** What a WHIP offer (RFC 9725) says about the one video that is taken. */
export interface Offer {
  session: SessionDescription;
  /** Index of the video's m-section. */
  index: number;
  dtlsParameters: types.DtlsParameters;
  rtpParameters: types.RtpParameters;
}

const FINGERPRINTS: readonly string[] = ['sha-256', 'sha-384', 'sha-512', 'sha-1', 'sha-224'];
const MAX_SECTIONS = 16;
const MAX_MID = 64;

/**
 * Reads an SDP offer. The first sending video section with VP8 is taken, the others are refused in the answer.
 * @throws RequestError `bad_sdp` that says what is missing.
 */
export function parseOffer(sdp: string): Offer {
  if (sdp.length > LIMITS.sdpBytes) throw bad(`an offer is at most ${LIMITS.sdpBytes} bytes`);
  const session = parseText(sdp);
  const index = session.media.findIndex((media) => media.type === 'video' && media.direction !== 'recvonly' && media.direction !== 'inactive' && vp8Of(media) !== undefined);
  const media = session.media[index];
  if (!media) throw bad('the offer has no video section that sends VP8');
  if (String(media.mid ?? '0').length > MAX_MID) throw bad(`a=mid is at most ${MAX_MID} characters`);
  return { session, index, dtlsParameters: dtlsOf(session, media), rtpParameters: rtpOf(media) };
}

const bad = (message: string): RequestError => new RequestError('bad_sdp', message);

function parseText(sdp: string): SessionDescription {
  let session: SessionDescription;
  try {
    session = parse(sdp);
  } catch (error) {
    throw new RequestError('bad_sdp', 'the offer is not SDP', { cause: error });
  }
  if (!Array.isArray(session.media) || session.media.length === 0) throw bad('the offer has no media section');
  if (session.media.length > MAX_SECTIONS) throw bad(`an offer has at most ${MAX_SECTIONS} media sections`);
  return session;
}

const vp8Of = (media: MediaDescription) => (media.rtp ?? []).find(({ codec, payload }) => String(codec).toUpperCase() === 'VP8' && isPayloadType(payload));

function dtlsOf(session: SessionDescription, media: MediaDescription): types.DtlsParameters {
  const fingerprint = media.fingerprint ?? session.fingerprint;
  const algorithm = String(fingerprint?.type ?? '').toLowerCase();
  if (!fingerprint || !FINGERPRINTS.includes(algorithm)) throw bad('the offer has no usable a=fingerprint');
  if (!/^([0-9A-F]{2}:){19,63}[0-9A-F]{2}$/i.test(String(fingerprint.hash))) throw bad('the a=fingerprint is not one');
  const setup = media.setup ?? session.setup ?? 'actpass';
  // We wait for the handshake unless the peer insists on waiting too (RFC 8842 §5.3).
  return { role: setup === 'passive' ? 'server' : 'client', fingerprints: [{ algorithm: algorithm as types.FingerprintAlgorithm, value: String(fingerprint.hash).toUpperCase() }] };
}

function rtpOf(media: MediaDescription): types.RtpParameters {
  const payloadType = vp8Of(media)!.payload;
  const feedback = (media.rtcpFb ?? []).filter((entry) => Number(entry.payload) === payloadType);
  const codecs: types.RtpCodecParameters[] = [{ mimeType: 'video/VP8', payloadType, clockRate: 90_000, rtcpFeedback: supportedFeedback(feedback) }];
  const rtx = rtxFor(media, payloadType);
  if (rtx !== undefined) codecs.push({ mimeType: 'video/rtx', payloadType: rtx, clockRate: 90_000, parameters: { apt: payloadType } });
  const cname = (media.ssrcs ?? []).find(({ attribute }) => attribute === 'cname')?.value ?? 'camera';
  return {
    mid: String(media.mid ?? '0'), codecs, encodings: encodingsOf(media, rtx !== undefined),
    headerExtensions: extensionsOf(media), rtcp: { cname: String(cname).slice(0, 100), reducedSize: true },
  };
}

const FEEDBACK: readonly (readonly [string, string])[] = [['nack', ''], ['nack', 'pli'], ['ccm', 'fir'], ['goog-remb', ''], ['transport-cc', '']];

function supportedFeedback(offered: readonly { type: string; subtype?: string }[]): types.RtcpFeedback[] {
  return FEEDBACK.filter(([type, parameter]) => offered.some((entry) => entry.type === type && (entry.subtype ?? '') === parameter))
    .map(([type, parameter]) => ({ type, parameter }));
}

function rtxFor(media: MediaDescription, payloadType: number): number | undefined {
  return (media.rtp ?? []).find(({ codec, payload }) => {
    const config = (media.fmtp ?? []).find((entry) => entry.payload === payload)?.config;
    return String(codec).toLowerCase() === 'rtx' && isPayloadType(payload) && config !== undefined && Number(parseParams(String(config))['apt']) === payloadType;
  })?.payload;
}

/** Simulcast by rid, else one stream by its SSRC (with its RTX partner), else one that is told apart by its mid. */
function encodingsOf(media: MediaDescription, rtx: boolean): types.RtpEncodingParameters[] {
  const rids = (media.rids ?? []).filter(({ direction }) => direction === 'send').map(({ id }) => ({ rid: String(id) }));
  if (rids.length > 0) return rids.slice(0, 3);
  const ssrc = Number((media.ssrcs ?? [])[0]?.id);
  if (!isSsrc(ssrc)) return [{}];
  // The parser turns what looks like a number into one, so text has to be made text again.
  const group = (media.ssrcGroups ?? []).find(({ semantics }) => semantics === 'FID')?.ssrcs ?? '';
  const [first, second] = String(group).split(/\s+/).map(Number);
  if (rtx && isSsrc(first) && isSsrc(second)) return [{ ssrc: first, rtx: { ssrc: second } }];
  return [{ ssrc }];
}

/** mediasoup's messages hold 32 bits; a larger number would come out as another one. */
const isSsrc = (value: number | undefined): value is number => value !== undefined && Number.isInteger(value) && value > 0 && value <= 0xffffffff;
const isPayloadType = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 127;

const EXTENSIONS: readonly string[] = [
  'urn:ietf:params:rtp-hdrext:sdes:mid', 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
];

function extensionsOf(media: MediaDescription): types.RtpHeaderExtensionParameters[] {
  return (media.ext ?? []).filter(({ uri, value }) => EXTENSIONS.includes(uri) && Number.isInteger(value) && value > 0 && value < 256).map(({ uri, value }) => ({ uri: uri as types.RtpHeaderExtensionUri, id: value }));
}

/** The SDP answer for an offer, from a transport that was made for it. */
export function writeAnswer(offer: Offer, transport: types.WebRtcTransport): string {
  const { session, index } = offer;
  const taken = session.media[index]!;
  const mid = String(taken.mid ?? '0');
  const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? transport.dtlsParameters.fingerprints[0]!;
  return write({
    version: 0, origin: { username: '-', sessionId: 1, sessionVersion: 1, netType: 'IN', ipVer: 4, address: '127.0.0.1' }, name: '-', timing: { start: 0, stop: 0 },
    icelite: 'ice-lite', fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value }, groups: [{ type: 'BUNDLE', mids: mid }],
    media: session.media.map((media, i) => (i === index ? videoAnswer(offer, mid, transport) : refusal(media))),
  } as SessionDescription);
}

function videoAnswer({ rtpParameters, dtlsParameters, session, index }: Offer, mid: string, transport: types.WebRtcTransport): object {
  const { codecs, headerExtensions, encodings } = rtpParameters;
  const rids = (encodings ?? []).flatMap(({ rid }) => (rid === undefined ? [] : [rid]));
  return {
    type: 'video', port: 9, protocol: session.media[index]!.protocol, payloads: codecs.map(({ payloadType }) => payloadType).join(' '),
    connection: { version: 4, ip: '0.0.0.0' }, mid, direction: 'recvonly', setup: dtlsParameters.role === 'server' ? 'active' : 'passive',
    iceUfrag: transport.iceParameters.usernameFragment, icePwd: transport.iceParameters.password, rtcpMux: 'rtcp-mux', rtcpRsize: 'rtcp-rsize',
    rtp: codecs.map(({ payloadType, mimeType, clockRate }) => ({ payload: payloadType, codec: mimeType.split('/')[1], rate: clockRate })),
    fmtp: codecs.flatMap(({ payloadType, parameters }) => (parameters?.apt === undefined ? [] : [{ payload: payloadType, config: `apt=${String(parameters.apt)}` }])),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback }) => (rtcpFeedback ?? []).map(({ type, parameter }) => ({ payload: payloadType, type, ...(parameter ? { subtype: parameter } : {}) }))),
    ext: (headerExtensions ?? []).map(({ uri, id }) => ({ uri, value: id })),
    ...(rids.length > 0 ? { rids: rids.map((id) => ({ id, direction: 'recv' })), simulcast: { dir1: 'recv', list1: rids.join(';') } } : {}),
    candidates: transport.iceCandidates.map(({ foundation, protocol, priority, address, port, type, tcpType }) => (
      { foundation, component: 1, transport: protocol, priority, ip: address, port, type, ...(tcpType ? { tcptype: tcpType } : {}) })),
    endOfCandidates: 'end-of-candidates',
  };
}

/** Port 0 refuses a section (RFC 3264 §6). */
function refusal(media: MediaDescription): object {
  return { type: media.type, port: 0, protocol: media.protocol, payloads: media.payloads ?? '0', connection: { version: 4, ip: '0.0.0.0' }, direction: 'inactive', rtp: [], fmtp: [], ...(media.mid === undefined ? {} : { mid: media.mid }) };
}
