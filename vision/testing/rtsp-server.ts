import { createHash, randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { h264Payloads, h265Payloads } from './stream.ts';

export interface RtspStream {
  /** NAL units of each picture, in decoding order, sent over and over. */
  pictures: readonly (readonly Uint8Array[])[];
  /** When each picture is shown, counted in pictures; the same as the order of decoding without B-frames. */
  shown: readonly number[];
  fps: number;
  /** What the description says of the video; `h264` by default. */
  encoding?: 'H264' | 'H265';
}

export interface RtspServerOptions { stream: RtspStream; user?: string; password?: string; path?: string }

const MTU = 1200;
const CLOCK = 90_000;
const REALM = 'camera';

interface Request { method: string; url: string; headers: Map<string, string> }

/** An IP camera that speaks RTSP 1.0 (RFC 2326) on loopback: video interleaved over TCP, Digest authentication (RFC 2617). */
export class RtspServer {
  /** Requests that came, without their headers. */
  readonly requests: string[] = [];
  refused = 0;
  readonly #options: RtspServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Map<Socket, NodeJS.Timeout>();
  #server: Server | undefined;
  #nonce = '';
  #port = 0;

  constructor(options: RtspServerOptions) {
    this.#options = options;
  }

  get port(): number { return this.#port; }
  get playing(): number { return this.#timers.size; }
  /** With user and password where the camera wants them. */
  get url(): string {
    const { user, password, path = '/live' } = this.#options;
    const who = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@`;
    return `rtsp://${who}127.0.0.1:${this.#port}${path}`;
  }

  /** Comes (back) on its port. */
  async listen(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((done) => server.listen(this.#port, '127.0.0.1', done));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Goes away as a camera does whose power is cut. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => { if (this.#server) this.#server.close(() => done()); else done(); });
    this.#server = undefined;
  }

  /** Sends nothing more and keeps the connections. */
  stall(): void {
    for (const timer of this.#timers.values()) clearInterval(timer);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        // Receiver reports come between requests.
        if (text.startsWith('$')) text = text.slice(4 + text.charCodeAt(2) * 256 + text.charCodeAt(3));
        else { this.#answer(socket, read(text.slice(0, end))); text = text.slice(end + 4); }
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      clearInterval(this.#timers.get(socket));
      this.#timers.delete(socket);
    });
  }

  #answer(socket: Socket, request: Request): void {
    this.requests.push(`${request.method} ${request.url}`);
    const reply = (status: string, headers: string[] = [], body = ''): void => {
      const lines = [`RTSP/1.0 ${status}`, `CSeq: ${request.headers.get('cseq') ?? '0'}`, ...headers, ...(body ? ['Content-Type: application/sdp', `Content-Length: ${body.length}`] : []), '', body];
      socket.write(lines.join('\r\n'));
    };
    const { path = '/live' } = this.#options;
    if (request.method === 'OPTIONS') return reply('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER']);
    if (!this.#knows(request)) {
      this.refused++;
      this.#nonce = randomBytes(8).toString('hex');
      return reply('401 Unauthorized', [`WWW-Authenticate: Digest realm="${REALM}", nonce="${this.#nonce}"`]);
    }
    if (!new URL(request.url.replace('rtsp:', 'http:')).pathname.startsWith(path)) return reply('404 Not Found');
    if (request.method === 'DESCRIBE') return reply('200 OK', [`Content-Base: rtsp://127.0.0.1:${this.#port}${path}/`], this.#description());
    if (request.method === 'SETUP') return this.#setup(request, reply);
    if (request.method === 'PLAY') { reply('200 OK', ['Session: 1234;timeout=60']); this.#play(socket); return; }
    reply('200 OK', ['Session: 1234']);
  }

  #setup(request: Request, reply: (status: string, headers?: string[]) => void): void {
    const transport = request.headers.get('transport') ?? '';
    if (!transport.includes('interleaved')) return reply('461 Unsupported Transport');
    reply('200 OK', ['Session: 1234;timeout=60', 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
  }

  #description(): string {
    const { encoding = 'H264', pictures } = this.#options.stream;
    const sets = pictures[0]!.filter((unit) => [7, 8].includes(unit[0]! & 31)).map((unit) => Buffer.from(unit).toString('base64')).join(',');
    const format = encoding === 'H264' ? [`a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sets}`] : [];
    return ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=camera', 't=0 0', 'a=control:*', 'm=video 0 RTP/AVP 96', `a=rtpmap:96 ${encoding}/90000`, ...format, 'a=control:track1', ''].join('\r\n');
  }

  /** The digest of RFC 2617 §3.2.2.1 without qop, as cameras use it. */
  #knows({ method, headers }: Request): boolean {
    const { user, password } = this.#options;
    if (user === undefined) return true;
    const said = Object.fromEntries([...(headers.get('authorization') ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2]]));
    const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
    return said['username'] === user && said['nonce'] === this.#nonce
      && said['response'] === md5(`${md5(`${user}:${REALM}:${password ?? ''}`)}:${this.#nonce}:${md5(`${method}:${said['uri'] ?? ''}`)}`);
  }

  #play(socket: Socket): void {
    const { pictures, shown, fps, encoding } = this.#options.stream;
    let turn = 0;
    let sequence = 1000;
    this.#timers.set(socket, setInterval(() => {
      const place = turn % pictures.length;
      const shownAt = Math.floor(turn / pictures.length) * pictures.length + shown[place]!;
      turn++;
      const payloads = (encoding === 'H265' ? h265Payloads : h264Payloads)(pictures[place]!, MTU);
      payloads.forEach((payload, i) => {
        const packet = Buffer.alloc(16 + payload.length);
        packet.set([0x24, 0, (payload.length + 12) >> 8, (payload.length + 12) & 255, 0x80, (i === payloads.length - 1 ? 0x80 : 0) | 96]);
        packet.writeUInt16BE(sequence++ & 0xffff, 6);
        packet.writeUInt32BE((90_000 + Math.round(shownAt * CLOCK / fps)) >>> 0, 8);
        packet.writeUInt32BE(0x1234, 12);
        packet.set(payload, 16);
        socket.write(packet);
      });
    }, 1000 / fps));
  }
}

function read(text: string): Request {
  const [first = '', ...lines] = text.split('\r\n');
  const [method = '', url = ''] = first.split(' ');
  return { method, url, headers: new Map(lines.map((line) => { const at = line.indexOf(':'); return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const; })) };
}
