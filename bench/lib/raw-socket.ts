import { randomBytes } from 'node:crypto';
import net from 'node:net';

/**
 * A WebSocket client that costs next to nothing: it walks over frames by their headers and hands out payloads without
 * copying them. The machine's cores are for the servers being measured.
 */
export class RawSocket {
  readonly opened: Promise<void>;
  closed = false;
  onFrame: (payload: Buffer) => void = () => undefined;
  onClose: () => void = () => undefined;
  #socket: net.Socket;
  #rest: Buffer = Buffer.alloc(0);
  #upgraded = false;

  constructor(port: number, path: string, headers: Record<string, string> = {}) {
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${lines}\r\n`);
    this.opened = new Promise((resolve, reject) => {
      this.#socket.on('error', reject);
      this.#socket.on('data', (data) => this.#data(data, resolve, reject));
    });
    this.#socket.on('close', () => { this.closed = true; this.onClose(); });
  }

  #data(data: Buffer, resolve: () => void, reject: (error: Error) => void): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    if (!this.#upgraded) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const status = this.#rest.toString('latin1', 9, 12);
      if (status !== '101') return reject(new Error(`the upgrade was answered with ${status}`));
      this.#upgraded = true;
      this.#rest = this.#rest.subarray(end + 4);
      resolve();
    }
    let at = 0;
    for (;;) {
      const rest = this.#rest;
      if (rest.length < at + 2) break;
      const short = rest[at + 1]! & 0x7f;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (rest.length < at + head) break;
      const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(at + 2) : Number(rest.readBigUInt64BE(at + 2));
      if (rest.length < at + head + length) break;
      if ((rest[at]! & 0x0f) === 1) this.onFrame(rest.subarray(at + head, at + head + length));
      at += head + length;
    }
    this.#rest = at === this.#rest.length ? Buffer.alloc(0) : this.#rest.subarray(at);
  }

  /** Sends a text of less than 64 KiB. */
  send(text: string): void {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
    for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i & 3]!;
    this.#socket.write(Buffer.concat([head, mask, payload]));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
