/** Devices in a process of their own: they send batches over HTTP, and a console that waits for what was pressed. */
import http from 'node:http';
import { nextId } from './lib/ids.ts';
import { percentile, serve, steadyNow } from './lib/child.ts';
import { RawHttp } from './lib/raw-http.ts';
import { RawSocket } from './lib/raw-socket.ts';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

const press = () => ({ id: nextId(), type: 'feedback.rated', site: 'bench', at: Date.now(), body: { value: 4, scale: 4, factor: 'waiting time' } });

/** The same as text, put together by hand. */
const pressText = (): string => `{"id":"${nextId()}","type":"feedback.rated","site":"bench","at":${Date.now()},"body":{"value":4,"scale":4,"factor":"waiting time"}}`;

function post(port: number, token: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host: '127.0.0.1', port, path: '/api/v1/events', method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => { text += chunk; });
      response.on('end', () => (response.statusCode === 200 ? resolve((JSON.parse(text) as { accepted: number }).accepted) : reject(new Error(`${response.statusCode}: ${text}`))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

serve({
  /** Sends batches of `size` for `ms` over `connections` at once; events a second that were answered as accepted. */
  async load({ port, tokens, size, ms, connections }: { port: number; tokens: string[]; size: number; ms: number; connections: number }) {
    let accepted = 0;
    const started = steadyNow();
    await Promise.all(Array.from({ length: connections }, async (_, i) => {
      const line = new RawHttp(port, 'POST /api/v1/events HTTP/1.1', [`Authorization: Bearer ${tokens[i % tokens.length]!}`]);
      while (steadyNow() - started < ms) {
        const answer = await line.send(`{"events":[${Array.from({ length: size }, pressText).join(',')}]}`);
        accepted += (JSON.parse(answer) as { accepted: number }).accepted;
      }
      line.destroy();
    }));
    return accepted / (steadyNow() - started) * 1000;
  },
  /** A busy floor: `perSecond` presses for `ms`, on the given touchpoints in turn, one in eight of the worst face. Resolves to how many were accepted. */
  async busy({ port, token, touchpoints, perSecond, ms }: { port: number; token: string; touchpoints: string[]; perSecond: number; ms: number }) {
    const started = steadyNow();
    let sent = 0;
    let accepted = 0;
    const answers: Promise<void>[] = [];
    while (steadyNow() - started < ms) {
      const events: object[] = [];
      for (const due = (steadyNow() - started) / 1000 * perSecond; sent < due; sent++) {
        events.push({ ...press(), touchpoint: touchpoints[sent % touchpoints.length]!, body: { value: sent % 8 === 3 ? 1 : 4, scale: 4 } });
      }
      if (events.length > 0) answers.push(post(port, token, JSON.stringify({ events })).then((count) => { accepted += count; }));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(answers);
    return accepted;
  },
  /** Presses `count` times, each after the one before was seen on a console (at `consolePort`'s hub); times from press to frame, ms. */
  async presses({ port, consolePort = port, token, cookie, count }: { port: number; consolePort?: number; token: string; cookie: string; count: number }) {
    const socket = new RawSocket(consolePort, '/ws', { origin: `http://127.0.0.1:${consolePort}`, cookie });
    let heard: (text: string) => void = () => undefined;
    socket.onFrame = (payload) => heard(payload.toString());
    await socket.opened;
    const subscribed = new Promise<void>((resolve) => { heard = (text) => { if (text.startsWith('{"t":"snapshot"')) resolve(); }; });
    socket.send(JSON.stringify({ t: 'hello', protocol: 1, subscriptions: [{ channel: 'floor:bench' }] }));
    await subscribed;
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const event = press();
      const seen = new Promise<number>((resolve) => { heard = (text) => { if (text.includes(event.id)) resolve(steadyNow()); }; });
      const pressed = steadyNow();
      const answered = post(port, token, JSON.stringify({ events: [event] }));
      times.push(await seen - pressed);
      await answered;
      await new Promise((resolve) => setTimeout(resolve, 20 + (i % 7) * 3));
    }
    socket.destroy();
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  },
}, () => agent.destroy());
