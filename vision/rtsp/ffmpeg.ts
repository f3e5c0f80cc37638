/** How ffmpeg is told to fetch an IP camera, and what its words mean. Nothing here but `script` holds the address. */

/** RTP payload type of what ffmpeg sends to us. */
export const PAYLOAD_TYPE = 96;
const PACKET_BYTES = 1200;
const TIMEOUT_US = 10_000_000;

/**
 * ffmpeg's arguments, which every user of the machine can read: the address is not among them but on its standard input.
 * The video's bytes are not decoded; the two filters make the stream one that can be joined at each keyframe, and refuse
 * every codec but H.264. Its UDP socket is a connected one: when the media worker is gone, as after the node was killed,
 * the port refuses the next packet and ffmpeg ends by itself.
 * @param from port of loopback that ffmpeg sends from. @param to port of loopback that it sends to.
 */
export function ffmpegArguments(from: number, to: number, ssrc: number): string[] {
  return [
    '-hide_banner', '-nostats', '-loglevel', 'level+info', '-protocol_whitelist', 'pipe,rtsp,rtsps,rtp,tcp,tls,udp,crypto', '-fflags', 'nobuffer', '-analyzeduration', '1000000',
    '-f', 'concat', '-safe', '0', '-i', 'pipe:0', '-map', '0:v:0', '-an', '-c:v', 'copy', '-bsf:v', 'h264_mp4toannexb,dump_extra=freq=keyframe',
    '-payload_type', String(PAYLOAD_TYPE), '-ssrc', String(ssrc), '-f', 'rtp', `rtp://127.0.0.1:${to}?localrtpport=${from}&rtcpport=${to}&pkt_size=${PACKET_BYTES}&connect=1`,
  ];
}

/** What ffmpeg reads on its standard input: the address in quotes, and TCP, which also passes through firewalls. */
export function script(url: string): string {
  // Both characters have a meaning inside the quotes (ffmpeg-utils, "Quoting and escaping"); a line's end would begin another order.
  const quoted = url.replaceAll('\\', '%5C').replaceAll('\'', '%27').replaceAll(/[\r\n\0]/g, '');
  return `ffconcat version 1.0\nfile '${quoted}'\noption rtsp_transport tcp\noption timeout ${TIMEOUT_US}\n`;
}

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  // What it could not hand on to us is no fault of the camera.
  [/av_interleaved_write_frame\(\)|\brtp:\/\/127\.0\.0\.1/, 'the media worker ended the connection'],
  [/401 Unauthorized|403 Forbidden|authorization failed/i, 'the camera refuses this user and password'],
  [/404 Not Found|Stream not found|454 Session/i, 'the camera has no stream at this path'],
  [/Failed to resolve hostname|Name or service not known|No address associated/i, 'there is no host of this name'],
  [/Connection refused/i, 'nothing answers at this address and port'],
  [/No route to host|Network is unreachable|Host is unreachable/i, 'there is no way to this host'],
  [/timed out|Operation timed out/i, 'the camera does not answer'],
  [/certificate|TLS|SSL/i, 'the encrypted connection to the camera failed'],
  [/matches no streams/i, 'the camera sends no video'],
  [/Unsupported Transport|461/i, 'the camera does not send over TCP'],
  [/Invalid data found/i, 'what answers at this address is no camera'],
];

/** ffmpeg's errors among all that it says, each line of which names its level. */
export const errorsOf = (words: string): string => words.split('\n').filter((line) => /\[(error|fatal|panic)\] /.test(line)).join('\n');

/** Whether ffmpeg says that the camera told it to go elsewhere (RFC 2326 §11.3), which it does by itself and cannot be told not to. */
export const isRedirected = (words: string): boolean => /\[info\] Status 3\d\d: Redirecting to /.test(words);

/**
 * What went wrong, from ffmpeg's errors, which may hold the address and so are never handed on.
 * @param sent whether pictures had come. @param code ffmpeg's exit code; null when it was ended.
 */
export function reasonOf(words: string, sent: boolean, code: number | null): string {
  const codec = /Codec '([a-z0-9_]{1,20})' \(\d+\) is not supported by the bitstream filter/.exec(words)?.[1];
  if (codec !== undefined) return `the camera sends ${codec === 'hevc' ? 'H.265 (HEVC)' : codec}: set it to H.264`;
  const known = MEANINGS.find(([pattern]) => pattern.test(words))?.[1];
  if (known !== undefined) return known;
  if (sent) return 'the camera ended the stream';
  return code === null ? 'the camera sends nothing that can be used' : `ffmpeg cannot read it (exit ${code})`;
}
