import net from 'node:net';

/**
 * One kept-alive HTTP connection that sends one request after another. Much cheaper than a whole HTTP client: on two
 * cores the sender's work would be taken from what it measures. Reads only answers that say their length.
 */
export class RawHttp {
  readonly #socket: net.Socket;
  readonly #head: string;
  #received = '';
  #waiting: { resolve(body: string): void; reject(error: Error): void } | undefined;

  /** `headers` are lines without their end. */
  constructor(port: number, request: string, headers: readonly string[]) {
    this.#head = [request, `Host: 127.0.0.1:${port}`, ...headers, 'Content-Type: application/json', 'Content-Length: '].join('\r\n');
    this.#socket = net.connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => this.#take(chunk));
    for (const event of ['error', 'close'] as const) this.#socket.on(event, () => this.#waiting?.reject(new Error('the connection broke')));
  }

  /** The answer's body. `body` is ASCII. @throws when the answer is not 200 */
  send(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(`${this.#head}${body.length}\r\n\r\n${body}`, 'latin1');
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received.slice(0, end + 2))?.[1]);
    if (this.#received.length < end + 4 + length) return;
    const body = this.#received.slice(end + 4, end + 4 + length);
    const ok = this.#received.startsWith('HTTP/1.1 200 ');
    const waiting = this.#waiting;
    this.#received = '';
    this.#waiting = undefined;
    if (ok) waiting?.resolve(body);
    else waiting?.reject(new Error(body));
  }
}
