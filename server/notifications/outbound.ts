import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import net, { type LookupFunction } from 'node:net';
import { addressProblem, isPublicAddress } from './addresses.ts';

/** What the other side answered; `retryAfterMs` where it asked for patience. */
export interface Reply { status: number; retryAfterMs: number | null }

/** Nothing was sent there: the address, or what its name resolves to, is not to be reached from here. */
export class AddressRefused extends Error {
  constructor() {
    super('the address is not of the public internet');
    this.name = 'AddressRefused';
  }
}

export interface Post { url: string; headers: Record<string, string | number>; body: string | Buffer; signal: AbortSignal; anywhere: boolean }

/** Answers are read no further than this. */
const ANSWER_BYTES = 16 * 1024;

/** Resolves names as usual and drops what is not of the public internet, so that the connection goes to a checked address. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return callback(error, '', 4);
    // One refused address refuses the name: a name that leads both outside and inside is a trap.
    if (found.length === 0 || found.some(({ address }) => !isPublicAddress(address))) return callback(new AddressRefused(), '', 4);
    if (options.all) return callback(null, found);
    callback(null, found[0]!.address, found[0]!.family);
  });
};

/**
 * Sends one POST to an address that people gave. Follows no redirect, keeps no connection, and unless `anywhere` reaches
 * only the public internet, whatever the name resolves to at this moment.
 * @throws AddressRefused, the abort reason of `signal`, or the error of the connection
 */
export function post({ url, headers, body, signal, anywhere }: Post): Promise<Reply> {
  return new Promise((resolve, reject) => {
    if (addressProblem(url, { anywhere }) !== null) return reject(new AddressRefused());
    const secure = url.startsWith('https:');
    const request = (secure ? https : http).request(url, {
      method: 'POST', agent: false, signal, ...(anywhere ? {} : { lookup: publicLookup }),
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    request.on('socket', (socket: net.Socket) => {
      // Said twice: this is what the connection really leads to.
      socket.once('connect', () => { if (!anywhere && !isPublicAddress(socket.remoteAddress ?? '')) request.destroy(new AddressRefused()); });
    });
    request.on('response', (response) => {
      let bytes = 0;
      const done = (): void => {
        response.destroy();
        resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfterMs(response.headers['retry-after']) });
      };
      response.on('data', (chunk: Buffer) => { bytes += chunk.length; if (bytes > ANSWER_BYTES) done(); });
      response.on('end', done);
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Seconds of `Retry-After` as ms, at most a minute; null for dates and rubbish, which nobody sends here. */
export function retryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Math.min(60_000, Number(header) * 1000) : null;
}
