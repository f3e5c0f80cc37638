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
  /** What the offer says of its H.264, to be said again in the answer; empty for VP8. */
  format: string;
}

const FINGERPRINTS: readonly string[] = ['sha-256', 'sha-384', 'sha-512', 'sha-1', 'sha-224'];
const MAX_SECTIONS = 16;
const MAX_MID = 64;
const MAX_FORMAT = 4096;
/** Baseline, main, extended and high: 4:2:0 in 8 bits, as all cameras send. */
const PROFILES: readonly string[] = ['42', '4d', '58', '64'];
/** Whatever the profile, one name for mediasoup, which compares but does not look inside. */
const ROUTER_PROFILE = '42e01f';

/**
 * Reads an SDP offer. The first video section that sends VP8 or H.264 is taken, with whichever of them it names first;
 * other sections are refused in the answer.
 * @throws RequestError `bad_sdp` that says what is missing.
 */
export function parseOffer(sdp: string): Offer {
  if (sdp.length > LIMITS.sdpBytes) throw bad(`an offer is at most ${LIMITS.sdpBytes} bytes`);
  const session = parseText(sdp);
  checkMids(session);
  const videos = session.media.filter(({ type }) => type === 'video');
  if (videos.length === 0) throw bad('the offer has no video section');
  const sending = videos.filter(sends);
  if (sending.length === 0) throw bad('no video section of the offer sends: make it sendonly');
  const media = sending.find((one) => codecOf(one) !== undefined);
  if (!media) throw bad('the offer has no video section that sends VP8 or H.264 (packetization mode 0 or 1, 4:2:0 in 8 bits)');
  if (!/^(UDP|TCP)\/TLS\/RTP\/SAVPF?$/.test(String(media.protocol))) throw bad('the video must be sent over DTLS-SRTP (UDP/TLS/RTP/SAVPF)');
  const codec = codecOf(media)!;
  return { session, index: session.media.indexOf(media), dtlsParameters: dtlsOf(session, media), rtpParameters: rtpOf(media, codec), format: codec.format };
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

function checkMids(session: SessionDescription): void {
  const mids = session.media.flatMap(({ mid }) => (mid === undefined ? [] : [String(mid)]));
  if (mids.some((mid) => mid.length > MAX_MID)) throw bad(`a=mid is at most ${MAX_MID} characters`);
  if (new Set(mids).size < mids.length) throw bad('two sections of the offer have the same a=mid');
}

/** A section with port 0 was given up by its sender, unless it is bundled with another (RFC 9143 §6). */
const sends = (media: MediaDescription): boolean =>
  media.direction !== 'recvonly' && media.direction !== 'inactive' && (media.port !== 0 || 'bundleOnly' in media);

interface OfferedCodec { name: 'VP8' | 'H264'; payloadType: number; format: string; parameters: Record<string, string | number> }

/** The first codec in the section's order that is taken here. */
function codecOf(media: MediaDescription): OfferedCodec | undefined {
  const order = String(media.payloads ?? '').split(/\s+/).map(Number);
  for (const payloadType of order) {
    const name = String((media.rtp ?? []).find(({ payload }) => payload === payloadType)?.codec ?? '').toUpperCase();
    if (!isPayloadType(payloadType)) continue;
    if (name === 'VP8') return { name, payloadType, format: '', parameters: {} };
    const h264 = name === 'H264' ? h264Of(configOf(media, payloadType)) : undefined;
    if (h264) return { name: 'H264', payloadType, ...h264 };
  }
  return undefined;
}

const configOf = (media: MediaDescription, payloadType: number): string => String((media.fmtp ?? []).find(({ payload }) => payload === payloadType)?.config ?? '');

/** Undefined for interleaved packets and for pictures of other kinds than 4:2:0 in 8 bits (RFC 6184 §8.1). */
function h264Of(config: string): Pick<OfferedCodec, 'format' | 'parameters'> | undefined {
  const offered = parseParams(config.slice(0, MAX_FORMAT));
  const mode = Number(offered['packetization-mode'] ?? 0);
  const profile = String(offered['profile-level-id'] ?? '42000a').toLowerCase();
  if ((mode !== 0 && mode !== 1) || !/^[0-9a-f]{6}$/.test(profile) || !PROFILES.includes(profile.slice(0, 2))) return undefined;
  const sets = offered['sprop-parameter-sets'];
  return {
    format: `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profile}`,
    parameters: { 'packetization-mode': mode, 'profile-level-id': ROUTER_PROFILE, 'level-asymmetry-allowed': 1, ...(sets === undefined ? {} : { 'sprop-parameter-sets': String(sets) }) },
  };
}

function dtlsOf(session: SessionDescription, media: MediaDescription): types.DtlsParameters {
  const fingerprint = media.fingerprint ?? session.fingerprint;
  const algorithm = String(fingerprint?.type ?? '').toLowerCase();
  if (!fingerprint || !FINGERPRINTS.includes(algorithm)) throw bad('the offer has no usable a=fingerprint');
  if (!/^([0-9A-F]{2}:){19,63}[0-9A-F]{2}$/i.test(String(fingerprint.hash))) throw bad('the a=fingerprint is not one');
  const setup = media.setup ?? session.setup ?? 'actpass';
  // We wait for the handshake unless the peer insists on waiting too (RFC 8842 §5.3).
  return { role: setup === 'passive' ? 'server' : 'client', fingerprints: [{ algorithm: algorithm as types.FingerprintAlgorithm, value: String(fingerprint.hash).toUpperCase() }] };
}

function rtpOf(media: MediaDescription, { name, payloadType, parameters }: OfferedCodec): types.RtpParameters {
  const feedback = (media.rtcpFb ?? []).filter((entry) => Number(entry.payload) === payloadType);
  const codecs: types.RtpCodecParameters[] = [{ mimeType: `video/${name}`, payloadType, clockRate: 90_000, parameters, rtcpFeedback: supportedFeedback(feedback) }];
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
  const mids = session.media.flatMap((media) => (media === taken ? [mid] : keeps(session, media) ? [String(media.mid)] : []));
  const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? transport.dtlsParameters.fingerprints[0]!;
  return write({
    version: 0, origin: { username: '-', sessionId: 1, sessionVersion: 1, netType: 'IN', ipVer: 4, address: '127.0.0.1' }, name: '-', timing: { start: 0, stop: 0 },
    icelite: 'ice-lite', fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value }, groups: [{ type: 'BUNDLE', mids: mids.join(' ') }],
    media: session.media.map((media, i) => (i === index ? videoAnswer(offer, mid, transport) : keeps(session, media) ? silence(offer, media, transport) : refusal(media))),
  } as SessionDescription);
}

function videoAnswer({ rtpParameters, dtlsParameters, session, index, format }: Offer, mid: string, transport: types.WebRtcTransport): object {
  const { codecs, headerExtensions, encodings } = rtpParameters;
  const rids = (encodings ?? []).flatMap(({ rid }) => (rid === undefined ? [] : [rid]));
  return {
    type: 'video', port: 9, protocol: session.media[index]!.protocol, payloads: codecs.map(({ payloadType }) => payloadType).join(' '),
    connection: { version: 4, ip: '0.0.0.0' }, mid, direction: 'recvonly', ...transportOf(dtlsParameters, transport), rtcpRsize: 'rtcp-rsize',
    rtp: codecs.map(({ payloadType, mimeType, clockRate }) => ({ payload: payloadType, codec: mimeType.split('/')[1], rate: clockRate })),
    fmtp: codecs.flatMap(({ payloadType, parameters }) => {
      const config = parameters?.apt === undefined ? format : `apt=${String(parameters.apt)}`;
      return config === '' ? [] : [{ payload: payloadType, config }];
    }),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback }) => (rtcpFeedback ?? []).map(({ type, parameter }) => ({ payload: payloadType, type, ...(parameter ? { subtype: parameter } : {}) }))),
    ext: (headerExtensions ?? []).map(({ uri, id }) => ({ uri, value: id })),
    ...(rids.length > 0 ? { rids: rids.map((id) => ({ id, direction: 'recv' })), simulcast: { dir1: 'recv', list1: rids.join(';') } } : {}),
  };
}

/** Whether a section shares its transport with others: refused altogether it would take theirs with it (RFC 9143 §7.3.3). */
function keeps(session: SessionDescription, media: MediaDescription): boolean {
  const bundled = (session.groups ?? []).filter(({ type }) => type === 'BUNDLE').flatMap(({ mids }) => String(mids).split(' '));
  return media.mid !== undefined && bundled.includes(String(media.mid)) && (media.type === 'audio' || media.type === 'video') && (media.rtp ?? []).length > 0;
}

/** A bundled section that nothing is taken from: it stays, and nothing may be sent in it. */
function silence({ dtlsParameters }: Offer, media: MediaDescription, transport: types.WebRtcTransport): object {
  const { payload, codec, rate, encoding } = media.rtp[0]!;
  return {
    type: media.type, port: 9, protocol: media.protocol, payloads: String(payload), connection: { version: 4, ip: '0.0.0.0' }, mid: String(media.mid), direction: 'inactive',
    ...transportOf(dtlsParameters, transport), rtp: [{ payload, codec, ...(rate === undefined ? {} : { rate }), ...(encoding === undefined ? {} : { encoding }) }], fmtp: [],
  };
}

/** Said in every section that shares the transport: a client takes it from the first of them, whichever that is. */
const transportOf = ({ role }: types.DtlsParameters, { iceParameters, iceCandidates }: types.WebRtcTransport): object => ({
  setup: role === 'server' ? 'active' : 'passive', iceUfrag: iceParameters.usernameFragment, icePwd: iceParameters.password, rtcpMux: 'rtcp-mux',
  candidates: iceCandidates.map(({ foundation, protocol, priority, address, port, type, tcpType }) => (
    { foundation, component: 1, transport: protocol, priority, ip: address, port, type, ...(tcpType ? { tcptype: tcpType } : {}) })),
  endOfCandidates: 'end-of-candidates',
});

/** Port 0 refuses a section (RFC 3264 §6). */
function refusal(media: MediaDescription): object {
  return { type: media.type, port: 0, protocol: media.protocol, payloads: media.payloads ?? '0', connection: { version: 4, ip: '0.0.0.0' }, direction: 'inactive', rtp: [], fmtp: [], ...(media.mid === undefined ? {} : { mid: media.mid }) };
}
