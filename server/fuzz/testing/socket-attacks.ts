import type http from 'node:http';
import net from 'node:net';
import { WebSocket } from 'ws';
import { CLOSE_CODES } from '../../../contract/index.ts';
import { frameOf } from './frames.ts';
import { request, type Answer } from './http-attacks.ts';
import { mutateBytes, mutateText, pick, randomBytes, type Random } from './mutate.ts';
import { mediaMessageOf } from './samples.ts';

/** How long a raw conversation is listened to; the hub ends most of them sooner. */
const RAW_MS = 150;

/** The protocol's own codes, and those of RFC 6455 that `ws` closes a broken frame with. */
const KNOWN_CLOSES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES).map(({ code }) => code as number), 1000, 1002, 1005, 1006, 1007, 1009]);

/** Resolves with what came within `ms` at most; sooner when the other side closes. */
function conversation(port: number, chunks: readonly (Buffer | string)[], ms: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let heard = '';
    const end = (): void => { clearTimeout(timer); socket.destroy(); resolve(heard); };
    const timer = setTimeout(end, ms);
    socket.on('data', (data: Buffer) => { heard += data.toString('latin1'); });
    socket.on('error', end).on('close', end);
    socket.on('connect', () => { for (const chunk of chunks) socket.write(chunk); });
  });
}

const HANDSHAKE = (port: number, cookie: string): string => `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://127.0.0.1:${port}\r\nCookie: ${cookie}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
const PLAIN = (port: number): string => `POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;

const BROKEN_REQUESTS = [
  'GET / HTTP/9.9\r\n\r\n', 'FOO\r\n\r\n', '\r\n\r\n\r\n', 'GET  /  HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`, 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', 'POST /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 1\r\nSec-WebSocket-Key: x\r\n\r\n',
  'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n', 'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
];

/** Frames that break RFC 6455, made by hand: unmasked, reserved bits, endless lengths, fragmented pings, bad close codes. */
function brokenFrame(random: Random): Buffer {
  const mask = [1, 2, 3, 4];
  return pick(random, [
    Buffer.from([0x81, 0x02, 0x7b, 0x7d]), Buffer.from([0xf1, 0x80, ...mask]), Buffer.from([0x83, 0x80, ...mask]), Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...mask]),
    Buffer.from([0x09, 0x80, ...mask]), Buffer.from([0x89, 0xfe, 0x01, 0x00, ...mask, ...randomBytes(random, 256)]), Buffer.from([0x88, 0x81, ...mask, 0x00]), Buffer.from([0x88, 0x82, ...mask, 0x02, 0xeb]), Buffer.from([0x80, 0x80, ...mask]),
    Buffer.from([0x81, 0x82, ...mask, 0xff, 0xfe]), Buffer.concat(Array<Buffer>(200).fill(Buffer.from([0x89, 0x80, ...mask]))), Buffer.from(randomBytes(random, 40)), Buffer.from([0x01, 0x81, ...mask, 0x5b]),
  ]);
}

/** One raw TCP conversation of broken HTTP or broken WebSocket. Resolves to what was said, and heard from the hub. */
export async function rawAttack(random: Random, port: number, cookie: string): Promise<{ said: string; heard: string }> {
  const chunks = rawChunks(random, port, cookie);
  return { said: chunks.map((chunk) => chunk.toString('latin1')).join(''), heard: await conversation(port, chunks, RAW_MS) };
}

function rawChunks(random: Random, port: number, cookie: string): Buffer[] {
  switch (random.below(4)) {
    case 0: return [Buffer.from(pick(random, BROKEN_REQUESTS))];
    case 1: return [Buffer.from(mutateBytes(random, Buffer.from(random.chance(0.5) ? PLAIN(port) : HANDSHAKE(port, cookie))))];
    case 2: return [Buffer.from(mutateText(random, PLAIN(port))), Buffer.from(randomBytes(random, 30))];
    default: return [Buffer.from(HANDSHAKE(port, cookie)), brokenFrame(random), brokenFrame(random)];
  }
}

/** Sockets that never get anywhere: nothing sent, half a line, half a head, half a body, no hello. They stay until destroyed. */
export function halfOpen(random: Random, port: number, cookie: string): net.Socket {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  const start = pick(random, ['', 'GET /api/v1', 'GET / HTTP/1.1\r\nHost: x\r\n', 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"', HANDSHAKE(port, cookie).slice(0, 120)]);
  socket.on('connect', () => { if (start !== '') socket.write(start); });
  return socket;
}

/** The code with which a WebSocket ends; also of one that was refused, whose error comes first. */
function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', (code: number) => resolve(code));
  });
}

/** A WebSocket that opens and never says hello; resolves to its close code. */
export async function silentSocket(origin: string, cookie: string): Promise<number> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { origin, cookie } });
  const code = await closeOf(socket);
  return code;
}

/** Opens `/ws`, says some frames of rubbish, and resolves to the close code; 1000 when the hub had no reason to close. */
export async function liveAttack(random: Random, origin: string, cookie: string): Promise<number> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, { headers: { origin, cookie } });
  let timer: NodeJS.Timeout | undefined;
  const frames = Array.from({ length: 1 + random.below(4) }, () => frameOf(random));
  const flood = random.chance(0.03) ? 40 : 1;
  socket.on('open', () => {
    if (random.chance(0.5)) socket.send('{"t":"hello","protocol":1,"subscriptions":[{"channel":"floor:shop"}]}');
    for (let i = 0; i < flood; i++) for (const { data, binary } of frames) socket.send(data, { binary });
    timer = setTimeout(() => socket.close(1000), 200);
  });
  const code = await closeOf(socket);
  clearTimeout(timer);
  if (!KNOWN_CLOSES.has(code)) throw new Error(`/ws was closed with ${code} after ${frames.map(({ data }) => data.toString().slice(0, 200)).join(' | ')}`);
  return code;
}

function packetOf(random: Random, token: string): string {
  const event = pick(random, ['camera:capabilities', 'camera:transport', 'camera:connect', 'camera:produce', 'camera:close', 'node:register', 'node:capacity', 'node:samples', 'node:status', 'disconnect', 'connect_error', '__proto__']);
  const packet = pick(random, [
    `40/media,${JSON.stringify({ token, role: 'camera' })}`, `40/media,${JSON.stringify({ token, role: 'vision' })}`, `42/media,${random.below(9)}${JSON.stringify([event, mediaMessageOf(random, event)])}`, `42/media,${JSON.stringify([event, mediaMessageOf(random, event)])}`,
    '40', '41', '42["x"]', '451-["a",{"_placeholder":true,"num":0}]', '459999999-["a"]', '43/media,1[{}]', '44{"message":"x"}', '2probe', '5', '6', '1', '40/__proto__,{}', '40/nowhere,{"a":1}', '42/media,[null]', '42/media,[]', '42/media,{"a":1}', 'b4AAAA',
  ]);
  return random.chance(0.5) ? packet : mutateText(random, packet);
}

/** Long polling of the media signalling with rubbish; resolves to the answers. */
export async function pollingAttack(random: Random, origin: string, agent: http.Agent, token: string): Promise<Answer[]> {
  const base = '/socket.io/?EIO=4&transport=polling';
  const opened = await request(origin, agent, 'GET', random.chance(0.8) ? base : mutateText(random, base).replaceAll(/[^\x21-\x7e]/g, '_'), {});
  const sid = /"sid":"([^"]+)"/.exec(opened?.body ?? '')?.[1] ?? 'nobody';
  const body = Array.from({ length: 1 + random.below(3) }, () => packetOf(random, token)).join('\x1e');
  const posted = await request(origin, agent, random.chance(0.9) ? 'POST' : 'PUT', `${base}&sid=${encodeURIComponent(sid)}`, { 'content-type': pick(random, ['text/plain', 'application/octet-stream', 'application/json']) }, body);
  return [opened, posted].filter((answer) => answer !== undefined);
}

/** The media signalling over WebSocket with rubbish; resolves when the hub has closed it or was heard out. */
export async function signallingAttack(random: Random, origin: string, token: string): Promise<void> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers: random.chance(0.9) ? { origin } : { origin: 'http://evil.example' } });
  let timer: NodeJS.Timeout | undefined;
  socket.on('open', () => {
    if (random.chance(0.6)) socket.send(`40/media,${JSON.stringify({ token, role: 'camera' })}`);
    for (let i = random.below(4); i >= 0; i--) socket.send(random.chance(0.1) ? randomBytes(random, 50) : packetOf(random, token));
    timer = setTimeout(() => socket.close(), 150);
  });
  await closeOf(socket);
  clearTimeout(timer);
}
