import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between the node and the hub, and keeps every byte that the node sends. */
export class WireTap {
  /** Bytes from the node to the hub, by connection. */
  readonly sent: Buffer[][] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
  }

  /** @param port of the hub on this machine. */
  static async open(port: number): Promise<WireTap> {
    const server = createServer();
    const tap = new WireTap(server);
    server.on('connection', (near) => tap.#join(near, connect(port, '127.0.0.1')));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return tap;
  }

  get port(): number { return (this.#server.address() as AddressInfo).port; }
  get bytes(): number { return this.sent.flat().reduce((sum, { length }) => sum + length, 0); }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  #join(near: Socket, far: Socket): void {
    const sent: Buffer[] = [];
    this.sent.push(sent);
    near.on('data', (chunk: Buffer) => { sent.push(chunk); });
    near.pipe(far).pipe(near);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(socket);
      // Either end may be torn down at any time; the other one then goes too.
      socket.on('error', () => other.destroy());
      socket.on('close', () => { this.#sockets.delete(socket); other.destroy(); });
    }
  }
}

/**
 * What was said on one connection: of a WebSocket the payloads without their masks (RFC 6455 §5.3), which would make
 * noise of everything that is looked for; of anything else the bytes as they are.
 */
export function spoken(bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n') + 4;
  if (head < 4 || !/\r\nupgrade: websocket\r\n/i.test(bytes.subarray(0, head).toString('latin1'))) return bytes;
  const parts = [bytes.subarray(0, head)];
  for (let at = head; at + 6 <= bytes.length;) {
    const short = bytes[at + 1]! & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 6 + more > bytes.length) break;
    const length = more === 0 ? short : more === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const mask = bytes.subarray(at + 2 + more, at + 6 + more);
    parts.push(bytes.subarray(at + 6 + more, at + 6 + more + length).map((byte, i) => byte ^ mask[i & 3]!) as Buffer);
    at += 6 + more + length;
  }
  return Buffer.concat(parts);
}
