import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { addressOf, urlAt, type Address } from './servers/address.ts';

/** What cuts a connection: these bytes on their way to the server. */
export interface CutAt {
  pattern: string | Buffer;
  /** Only on a connection on which this passed before: what names the transaction whose COMMIT is meant. */
  following?: string;
  /** `before`: the server never gets them. `after`: it gets them and has answered, but the answer is lost. */
  when: 'before' | 'after';
}

interface Pair {
  client: net.Socket;
  server: net.Socket;
  trap: Trap | undefined;
  /** Set once the client shall hear no more: called with the server's next words. */
  lastWords: (() => void) | undefined;
}

/**
 * Starts a proxy between a hub and the PostgreSQL or Redis that `url` names; the hub gets the proxy's `url` instead.
 * It listens as its server does: on a unix socket in a temporary folder, or on 127.0.0.1.
 */
export async function startProxy(url: string): Promise<Proxy> {
  const target = addressOf(url);
  const folder = 'path' in target ? fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-proxy-')) : undefined;
  const listener = net.createServer({ allowHalfOpen: true });
  // The same file name: PostgreSQL's URLs name only the folder and the number in it.
  listener.listen('path' in target ? { path: path.join(folder!, path.basename(target.path)) } : { host: '127.0.0.1', port: 0 });
  await once(listener, 'listening');
  const at = listener.address() as string | net.AddressInfo;
  return new Proxy(listener, target, urlAt(url, typeof at === 'string' ? { path: at } : { host: at.address, port: at.port }), folder);
}

/** A line to a server whose troubles are ours to choose. */
export class Proxy {
  readonly url: string;
  #listener: net.Server;
  #target: Address;
  #folder: string | undefined;
  #pairs = new Set<Pair>();
  #paused = false;
  #refusing = false;
  #armed: { trap: CutAt; sprung(): void } | undefined;

  constructor(listener: net.Server, target: Address, url: string, folder: string | undefined) {
    this.url = url;
    this.#listener = listener;
    this.#target = target;
    this.#folder = folder;
    listener.on('connection', (client) => this.#join(client));
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Forwards nothing more either way, as a network that drops every packet; connections stay open and new ones get no answer. */
  pause(): void {
    this.#paused = true;
    for (const { client, server } of this.#pairs) { client.pause(); server.pause(); }
  }

  /** Forwards what had to wait, and goes on. */
  resume(): void {
    this.#paused = false;
    for (const { client, server } of this.#pairs) { client.resume(); server.resume(); }
  }

  /** Breaks all connections at once; new ones are let through. */
  cut(): void {
    for (const pair of this.#pairs) this.#end(pair);
  }

  /** Breaks all connections and every new one, until `allow`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  allow(): void {
    this.#refusing = false;
  }

  /**
   * Breaks the next connection on which the pattern passes on its way to the server, once. The pattern is found also
   * when it comes in pieces. It must be part of one question, so that what the server says next is the answer to it.
   * @returns resolves when it has happened
   */
  cutAt(trap: CutAt): Promise<void> {
    return new Promise((resolve) => {
      this.#armed = { trap, sprung: resolve };
      for (const pair of this.#pairs) pair.trap = new Trap(trap);
    });
  }

  /** Takes back `cutAt`, when nothing has set it off. */
  disarm(): void {
    this.#armed = undefined;
    for (const pair of this.#pairs) pair.trap = undefined;
  }

  async stop(): Promise<void> {
    this.refuse();
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
    if (this.#folder !== undefined) fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #join(client: net.Socket): void {
    if (this.#refusing) { client.destroy(); return; }
    const server = net.connect({ ...this.#target, allowHalfOpen: true });
    const pair: Pair = { client, server, trap: this.#armed && new Trap(this.#armed.trap), lastWords: undefined };
    this.#pairs.add(pair);
    for (const socket of [client, server]) socket.on('close', () => this.#end(pair)).on('error', () => this.#end(pair));
    client.on('data', (data) => this.#toServer(pair, data)).on('end', () => server.end());
    server.on('data', (data) => { if (pair.lastWords) pair.lastWords(); else forward(data, server, client); }).on('end', () => client.end());
    client.on('drain', () => { if (!this.#paused) server.resume(); });
    server.on('drain', () => { if (!this.#paused) client.resume(); });
    if (this.#paused) { client.pause(); server.pause(); }
  }

  #toServer(pair: Pair, data: Buffer): void {
    const armed = this.#armed;
    if (!armed || !pair.trap?.feed(data)) { forward(data, pair.client, pair.server); return; }
    this.disarm();
    const sprung = (): void => { this.#end(pair); armed.sprung(); };
    if (armed.trap.when === 'before') { sprung(); return; }
    // Its answer shows that the server has done what it was told, and goes no further.
    pair.lastWords = sprung;
    forward(data, pair.client, pair.server);
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}

/** Sends on, and stops reading while the other side is slow. */
function forward(data: Buffer, from: net.Socket, to: net.Socket): void {
  if (!to.write(data)) from.pause();
}

/** Finds the patterns, one after another, in bytes that come piece by piece. */
class Trap {
  #patterns: Buffer[];
  /** The last bytes seen, too few to hold the pattern. */
  #tail: Buffer = Buffer.alloc(0);

  constructor({ pattern, following }: CutAt) {
    this.#patterns = [...(following === undefined ? [] : [Buffer.from(following)]), Buffer.from(pattern)];
  }

  /** Whether the pattern is complete with these bytes. */
  feed(data: Buffer): boolean {
    let seen = Buffer.concat([this.#tail, data]);
    for (let next = this.#patterns[0]; next; next = this.#patterns[0]) {
      const at = seen.indexOf(next);
      if (at < 0) {
        this.#tail = seen.subarray(Math.max(0, seen.length - next.length + 1));
        return false;
      }
      seen = seen.subarray(at + next.length);
      this.#patterns.shift();
    }
    return true;
  }
}
