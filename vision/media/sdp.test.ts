import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { parseOffer } from './sdp.ts';

const SEED = 20_250_108;
const HASH = Array.from({ length: 32 }, () => 'AB').join(':');

const HEAD = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', `a=fingerprint:sha-256 ${HASH}`];
const AUDIO = ['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=sendonly', 'a=rtpmap:111 opus/48000/2', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901'];
const VIDEO = [
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98', 'c=IN IP4 0.0.0.0', 'a=mid:1', 'a=sendonly', 'a=setup:actpass', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901',
  'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid', 'a=extmap:5 urn:example:unknown',
  'a=rtpmap:98 H264/90000', 'a=rtpmap:96 VP8/90000', 'a=rtcp-fb:96 nack', 'a=rtcp-fb:96 nack pli', 'a=rtcp-fb:96 made-up', 'a=rtcp-fb:98 ccm fir', 'a=rtpmap:97 rtx/90000', 'a=fmtp:97 apt=96',
];
const SSRC = ['a=ssrc-group:FID 1111 2222', 'a=ssrc:1111 cname:cam', 'a=ssrc:2222 cname:cam'];
/** The video with H.264 alone, in this format. */
const only = (payload: number, format: string): string[] => [...VIDEO.filter((line) => !line.includes('VP8')).map((line) => line.replace('96 97 98', String(payload))), `a=fmtp:${payload} ${format}`];
const first = (...payloads: number[]): string[] => VIDEO.map((line) => line.replace('96 97 98', payloads.join(' ')));
const sdp = (...parts: string[][]): string => `${parts.flat().join('\r\n')}\r\n`;

describe('a WHIP offer', () => {
  it('is read: VP8 with its retransmissions, known feedback and extensions, the audio left aside', () => {
    const { index, dtlsParameters, rtpParameters } = parseOffer(sdp(HEAD, AUDIO, VIDEO, SSRC));
    expect(index).toBe(1);
    expect(dtlsParameters).toEqual({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value: HASH }] });
    expect(rtpParameters).toMatchObject({
      mid: '1', rtcp: { cname: 'cam' }, encodings: [{ ssrc: 1111, rtx: { ssrc: 2222 } }],
      codecs: [
        { mimeType: 'video/VP8', payloadType: 96, rtcpFeedback: [{ type: 'nack', parameter: '' }, { type: 'nack', parameter: 'pli' }] },
        { mimeType: 'video/rtx', payloadType: 97, parameters: { apt: 96 } },
      ],
      headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 3 }],
    });
  });

  it('is taken with the codec that it names first of those that are taken here', () => {
    const codecs = (text: string) => parseOffer(text).rtpParameters.codecs.map(({ mimeType, payloadType }) => [mimeType, payloadType]);
    expect(codecs(sdp(HEAD, first(97, 96, 98)))).toEqual([['video/VP8', 96], ['video/rtx', 97]]);
    expect(codecs(sdp(HEAD, first(98, 96, 97), ['a=fmtp:98 packetization-mode=1;profile-level-id=42e01f']))).toEqual([['video/H264', 98]]);
    expect(codecs(sdp(HEAD, first(98, 96, 97), ['a=fmtp:98 packetization-mode=2;profile-level-id=42e01f']))).toEqual([['video/VP8', 96], ['video/rtx', 97]]);
  });

  it.each(['42e01f', '42001f', '4d0028', '640c1f', '42E034'])('may have H.264 of profile %s, which the answer repeats', (profile) => {
    const offer = parseOffer(sdp(HEAD, only(98, `packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=Z0LgH9oC,aM4yyA==`)));
    expect(offer.rtpParameters.codecs).toMatchObject([{ mimeType: 'video/H264', parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'sprop-parameter-sets': 'Z0LgH9oC,aM4yyA==' } }]);
    expect(offer.format).toBe(`level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${profile.toLowerCase()}`);
  });

  it('without a format has H.264 of packetization mode 0', () => {
    expect(parseOffer(sdp(HEAD, only(98, '').slice(0, -1))).rtpParameters.codecs[0]!.parameters).toMatchObject({ 'packetization-mode': 0 });
  });

  it('may have several videos: the first that sends is taken', () => {
    const second = VIDEO.map((line) => line.replace('a=mid:1', 'a=mid:2'));
    expect(parseOffer(sdp(HEAD, VIDEO.map((line) => line.replace('sendonly', 'recvonly')), second)).index).toBe(1);
    expect(parseOffer(sdp(HEAD, VIDEO, second)).index).toBe(0);
  });

  it('may have a bundled section with port 0', () => {
    expect(parseOffer(sdp(HEAD, [...VIDEO.map((line) => line.replace('m=video 9', 'm=video 0')), 'a=bundle-only'])).index).toBe(0);
  });

  it('may send layers by rid', () => {
    const rids = ['a=rid:lo send', 'a=rid:hi send', 'a=simulcast:send lo;hi'];
    expect(parseOffer(sdp(HEAD, VIDEO, rids)).rtpParameters.encodings).toEqual([{ rid: 'lo' }, { rid: 'hi' }]);
  });

  it('may leave the SSRC out', () => {
    expect(parseOffer(sdp(HEAD, VIDEO)).rtpParameters.encodings).toEqual([{}]);
  });

  it('may insist on waiting for the handshake', () => {
    expect(parseOffer(sdp(HEAD, VIDEO.map((line) => line.replace('actpass', 'passive')))).dtlsParameters.role).toBe('server');
  });

  it.each([
    ['empty', ''],
    ['no SDP', 'hello'],
    ['without video', sdp(HEAD, AUDIO)],
    ['without VP8 and H.264', sdp(HEAD, VIDEO.filter((line) => !/VP8|H264/.test(line)))],
    ['with names of codecs that are none', sdp(HEAD, VIDEO.map((line) => line.replace('VP8', 'VP88').replace('H264', '__proto__')))],
    ['with interleaved H.264 alone', sdp(HEAD, only(98, 'packetization-mode=2;profile-level-id=42e01f'))],
    ['with H.264 of 10 bits alone', sdp(HEAD, only(98, 'packetization-mode=1;profile-level-id=6e001f'))],
    ['with H.264 of no profile alone', sdp(HEAD, only(98, 'packetization-mode=1;profile-level-id=<script>'))],
    ['with a section that was given up', sdp(HEAD, VIDEO.map((line) => line.replace('m=video 9', 'm=video 0')))],
    ['over plain RTP', sdp(HEAD, VIDEO.map((line) => line.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')))],
    ['with the same mid twice', sdp(HEAD, AUDIO.map((line) => line.replace('a=mid:0', 'a=mid:1')), VIDEO)],
    ['with every section inactive', sdp(HEAD, VIDEO.map((line) => line.replace('sendonly', 'inactive')))],
    ['only receiving', sdp(HEAD, VIDEO.map((line) => line.replace('sendonly', 'recvonly')))],
    ['without a fingerprint', sdp(HEAD.filter((line) => !line.includes('fingerprint')), VIDEO)],
    ['with a broken fingerprint', sdp(HEAD.map((line) => line.replace(HASH, 'AB:CD')), VIDEO)],
    ['with an unknown hash', sdp(HEAD.map((line) => line.replace('sha-256', 'md5')), VIDEO)],
    ['with too many sections', sdp(HEAD, ...Array<string[]>(20).fill(AUDIO), VIDEO)],
    ['with an endless mid', sdp(HEAD, VIDEO.map((line) => line.replace('a=mid:1', `a=mid:${'1'.repeat(65)}x`)))],
    ['too large', sdp(HEAD, VIDEO, ['a=x:'.padEnd(LIMITS.sdpBytes, 'x')])],
  ])('is refused with bad_sdp when it is %s', (_, text) => {
    expect(() => parseOffer(text)).toThrow(expect.objectContaining({ code: 'bad_sdp' }));
  });

  it(`is read or refused with bad_sdp, whatever was changed in it (seed ${SEED})`, () => {
    const lines = [HEAD, AUDIO, VIDEO, SSRC].flat();
    const change = fc.record({ line: fc.nat(lines.length - 1), at: fc.nat(60), text: fc.string({ maxLength: 12 }), cut: fc.nat(20) });
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const changed = [...lines];
      for (const { line, at, text, cut } of changes) changed[line] = changed[line]!.slice(0, at) + text + changed[line]!.slice(at + cut);
      try {
        parseOffer(sdp(changed));
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad_sdp' });
      }
    }), { seed: SEED, numRuns: 3000 });
  });
});
