import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard { path: string; headers: IncomingHttpHeaders; body: string }
type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'hang';

/** A server on loopback that remembers what it hears: a webhook's receiver, or Telegram's Bot API. */
export class FakeHttp {
  readonly heard: Heard[] = [];
  answer: (request: Heard) => Answer = () => ({ status: 200, body: { ok: true } });
  #server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const heard = { path: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() };
      this.heard.push(heard);
      const answer = this.answer(heard);
      if (answer !== 'hang') response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body ?? {}));
    });
  });

  static async start(): Promise<FakeHttp> {
    const fake = new FakeHttp();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }
  get origin(): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; }
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
