import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProxy, type Proxy } from './proxy.ts';
import { addressOf } from './servers/address.ts';

/** Answers each line with `done <line>` and remembers it. */
class LineServer {
  readonly heard: string[] = [];
  /** What came of a line that is not complete yet. */
  partial = '';
  readonly server = net.createServer((socket) => {
    let rest = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const lines = (rest + data.toString()).split('\n');
      rest = this.partial = lines.pop()!;
      for (const line of lines) { this.heard.push(line); socket.write(`done ${line}\n`); }
    });
  });
}

class LineClient {
  text = '';
  closed = false;
  readonly socket: net.Socket;
  constructor(url: string) {
    this.socket = net.connect(addressOf(url));
    this.socket.on('data', (data) => { this.text += data.toString(); });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => { this.closed = true; });
  }
}

let server: LineServer;
let direct: string;
let proxy: Proxy;
let folder: string;
const clients: LineClient[] = [];
const connect = (url = proxy.url): LineClient => { const client = new LineClient(url); clients.push(client); return client; };
const said = (client: LineClient, text: string): Promise<void> => expect.poll(() => client.text).toBe(text);

describe.each(['unix socket', 'port'])('a proxy on a %s', (kind) => {
  beforeEach(async () => {
    server = new LineServer();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-lines-'));
    const file = path.join(folder, 'lines.sock');
    server.server.listen(kind === 'port' ? { host: '127.0.0.1', port: 0 } : { path: file });
    await once(server.server, 'listening');
    direct = kind === 'port' ? `redis://:secret@127.0.0.1:${(server.server.address() as net.AddressInfo).port}` : `unix://${file}`;
    proxy = await startProxy(direct);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await proxy.stop();
    const closed = once(server.server, 'close');
    server.server.close();
    await closed;
    fs.rmSync(folder, { recursive: true });
  });

  it('forwards both ways, in order, also what does not fit at once', async () => {
    const client = connect();
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${'x'.repeat(50)}`);
    client.socket.write(`${lines.join('\n')}\n`);
    await expect.poll(() => client.text.length, { timeout: 10_000 }).toBe(lines.join('').length + lines.length * 6);
    expect(client.text).toBe(lines.map((line) => `done ${line}\n`).join(''));
    client.socket.end();
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('that is paused holds everything back, of new connections too, and loses none of it', async () => {
    const client = connect();
    client.socket.write('one\n');
    await said(client, 'done one\n');
    proxy.pause();
    const late = connect();
    client.socket.write('two\n');
    late.socket.write('three\n');
    // Two rounds past the proxy: what went through it would have been there by then.
    const fence = connect(direct);
    for (const line of ['a', 'b']) { fence.socket.write(`${line}\n`); await expect.poll(() => fence.text).toContain(`done ${line}`); }
    expect(server.heard).toEqual(['one', 'a', 'b']);
    expect([client.closed, late.closed]).toEqual([false, false]);
    proxy.resume();
    await said(client, 'done one\ndone two\n');
    await said(late, 'done three\n');
  });

  it('cuts what is open and lets new connections through, unless it refuses them', async () => {
    const client = connect();
    client.socket.write('one\n');
    await said(client, 'done one\n');
    proxy.cut();
    await expect.poll(() => client.closed).toBe(true);
    const next = connect();
    next.socket.write('two\n');
    await said(next, 'done two\n');
    proxy.refuse();
    const refused = connect();
    refused.socket.write('three\n');
    await expect.poll(() => [next.closed, refused.closed]).toEqual([true, true]);
    proxy.allow();
    const again = connect();
    again.socket.write('four\n');
    await said(again, 'done four\n');
    expect(server.heard).toEqual(['one', 'two', 'four']);
  });

  it.each([{ when: 'before', heard: ['one'] }, { when: 'after', heard: ['one', 'COMMIT'] }] as const)('cuts $when the server hears the word, also in pieces, once, and the client gets no answer', async ({ when, heard }) => {
    const client = connect();
    const other = connect();
    client.socket.write('one\n');
    await said(client, 'done one\n');
    const cut = proxy.cutAt({ pattern: 'COMMIT', when });
    client.socket.write('COM');
    await expect.poll(() => server.partial).toBe('COM');
    client.socket.write('MIT\n');
    await cut;
    expect(server.heard).toEqual(heard);
    await expect.poll(() => client.closed).toBe(true);
    expect(client.text).toBe('done one\n');
    other.socket.write('COMMIT\n');
    await said(other, 'done COMMIT\n');
  });

  it('that is disarmed lets the word pass', async () => {
    const client = connect();
    void proxy.cutAt({ pattern: 'COMMIT', when: 'before' });
    proxy.disarm();
    client.socket.write('COMMIT\n');
    await said(client, 'done COMMIT\n');
  });
});
