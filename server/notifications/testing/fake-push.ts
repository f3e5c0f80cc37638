import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PushPayload, PushSubscription } from '../../../contract/index.ts';

interface Browser { keys: ECDH; auth: Buffer; answer: number | 'hang'; headers: Record<string, string> }
export interface PushMessage { browser: string; payload: PushPayload; ttl: number; urgency: string; topic: string | undefined; publicKey: string; subject: string }

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
const hkdf = (secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer => Buffer.from(hkdfSync('sha256', secret, salt, info, length));

/** Opens a message of one record as the browser does (RFC 8188 §2, RFC 8291 §3.4). @throws when it is not for this browser */
function decrypt({ keys, auth }: Browser, body: Buffer): string {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body[20]!);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const input = hkdf(keys.computeSecret(sender), auth, info, 32);
  const decipher = createDecipheriv('aes-128-gcm', hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16), hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12));
  const record = body.subarray(21 + sender.length);
  decipher.setAuthTag(record.subarray(-16));
  const plain = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = plain.lastIndexOf(2);
  return plain.subarray(0, end).toString();
}

/** Who sent it, by a signed token (RFC 8292 §2). @throws when the signature, audience or time is wrong */
function sender(header: string | undefined, audience: string): { publicKey: string; subject: string } {
  const [, token, publicKey] = /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), k=([\w-]+)$/.exec(header ?? '') ?? [];
  if (token === undefined || publicKey === undefined) throw new Error(`no VAPID token: ${header}`);
  const [head, claims, signature] = token.split('.') as [string, string, string];
  const point = bytes(publicKey);
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } });
  if ((JSON.parse(bytes(head).toString()) as { alg: string }).alg !== 'ES256') throw new Error('not ES256');
  if (!verify('sha256', Buffer.from(`${head}.${claims}`), { key, dsaEncoding: 'ieee-p1363' }, bytes(signature))) throw new Error('the token is not signed by its key');
  const { aud, exp, sub } = JSON.parse(bytes(claims).toString()) as { aud: string; exp: number; sub: string };
  if (aud !== audience) throw new Error(`the token is for ${aud}`);
  const left = exp - Date.now() / 1000;
  if (left <= 0 || left > 24 * 3600) throw new Error('the token is too old or lasts too long');
  return { publicKey, subject: sub };
}

/** A push service on loopback with the browsers that subscribed to it: it checks the sender and opens what browsers get. */
export class FakePush {
  readonly messages: PushMessage[] = [];
  /** What was wrong with requests. */
  readonly wrong: string[] = [];
  /** Requests to each browser, answered or not. */
  readonly asked: Record<string, number> = {};
  #browsers = new Map<string, Browser>();
  #server = http.createServer((request, response) => { this.#handle(request, response).catch((error: unknown) => { this.wrong.push(String(error)); response.writeHead(400).end(); }); });

  static async start(): Promise<FakePush> {
    const push = new FakePush();
    push.#server.listen(0, '127.0.0.1');
    await once(push.#server, 'listening');
    return push;
  }
  get origin(): string { return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; }

  /** A new browser's subscription; its messages are answered with `answer`. */
  subscribe(browser: string, answer: number | 'hang' = 201): PushSubscription {
    const keys = createECDH('prime256v1');
    keys.generateKeys();
    const auth = randomBytes(16);
    this.#browsers.set(browser, { keys, auth, answer, headers: {} });
    return { endpoint: `${this.origin}/push/${browser}`, expirationTime: null, keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') } };
  }
  answer(browser: string, answer: number | 'hang', headers: Record<string, string> = {}): void { Object.assign(this.#browsers.get(browser)!, { answer, headers }); }
  of(browser: string): PushMessage[] { return this.messages.filter((message) => message.browser === browser); }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url!.split('/').at(-1)!;
    const browser = this.#browsers.get(name);
    this.asked[name] = (this.asked[name] ?? 0) + 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (!browser) return void response.writeHead(404).end();
    const who = sender(request.headers.authorization, this.origin);
    if (request.headers['content-encoding'] !== 'aes128gcm') throw new Error('not aes128gcm');
    const payload = JSON.parse(decrypt(browser, Buffer.concat(chunks))) as PushPayload;
    if (browser.answer === 'hang') return;
    if (browser.answer === 201) this.messages.push({ browser: name, payload, ttl: Number(request.headers['ttl']), urgency: String(request.headers['urgency']), topic: request.headers['topic'] as string | undefined, ...who });
    response.writeHead(browser.answer, browser.headers).end();
  }
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
