import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_CAMERA_NETWORKS } from '../../contract/camera-networks.ts';

const REFUSED = new net.BlockList();
for (const family of ['ipv4', 'ipv6'] as const) for (const [prefix, bits] of NO_CAMERA_NETWORKS[family]) REFUSED.addSubnet(prefix, bits, family);
const REFUSED_NAMES = /(^|\.)(localhost|localdomain|internal)$/;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?)+$/i;

/** `name` is the host where it is a name and no address. */
export type CameraAddress = { url: string; shown: string; name: string | null } | { flaw: string };
/** Addresses of a host, as `dns.lookup` with `all` gives them. */
export type Lookup = (name: string) => Promise<readonly { address: string }[]>;

const NOT_A_CAMERA = 'is the vision node\'s own machine or an address that no camera has';
/** Whoever saves an address does not wait longer for a name to be resolved. */
const LOOKUP_MS = 2_000;

/**
 * Reads the address of an IP camera. `url` is what a node fetches, `shown` what people may see: without user and
 * password, and without what may hold them (the query, and `name=value` in the path). Private networks are where cameras
 * are; the node's own machine and link-local addresses are refused unless `local`.
 */
export function cameraAddress(text: string, { local }: { local: boolean }): CameraAddress {
  if (/[\s\u0000-\u001f\u007f"'`\\<>|]/.test(text)) return { flaw: 'has characters that no address has' };
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'rtsp:' && url.protocol !== 'rtsps:')) return { flaw: 'must be an address like rtsp://user:password@192.168.1.20:554/stream' };
  if (url.hash !== '') return { flaw: 'must not have a part after #' };
  const host = canonicalHost(url.hostname);
  if (host === undefined || url.port === '0') return { flaw: 'names no host that can be a camera' };
  if (!local && isRefused(host)) return { flaw: NOT_A_CAMERA };
  const port = url.port === '' ? '' : `:${url.port}`;
  const path = url.pathname.split('/').map((part) => (/[=&;@]|%3d|%26|%40/i.test(part) ? '…' : part)).join('/');
  return { name: net.isIP(literalOf(host)) === 0 ? host : null, url: url.href, shown: `${url.protocol}//${host}${port}${path}${url.search === '' ? '' : '?…'}` };
}

/** The host as resolvers understand it: `0x7f.1` and `2130706433` are 127.0.0.1 to them. */
function canonicalHost(hostname: string): string | undefined {
  const asHttp = URL.parse(`http://${hostname}/`);
  if (!asHttp || asHttp.hostname === '') return undefined;
  return asHttp.hostname.startsWith('[') || HOST.test(asHttp.hostname) ? asHttp.hostname : undefined;
}

/**
 * What is wrong with a host's name by what this machine's resolver says of it: every address it leads to is refused.
 * Advice to whoever saves it, as the node is in another network: nothing is wrong with a name that this machine does not
 * know or not in time. The node judges again what it connects to.
 */
export async function nameFlaw(name: string, resolve: Lookup = (host) => lookup(host, { all: true }), waitMs = LOOKUP_MS): Promise<string | undefined> {
  const timer = new AbortController();
  const unknown = resolve(name).catch(() => []);
  const found = await Promise.race([unknown, delay(waitMs, [], { signal: timer.signal }).catch(() => [])]);
  timer.abort();
  return found.length > 0 && found.every(({ address }) => isRefused(address)) ? `leads to ${found[0]!.address}, which ${NOT_A_CAMERA}` : undefined;
}

const literalOf = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/\.$/, '');

function isRefused(host: string): boolean {
  const literal = literalOf(host);
  const family = net.isIP(literal);
  if (family === 0) return REFUSED_NAMES.test(literal.toLowerCase());
  // An IPv4 address within an IPv6 one is checked by BlockList itself.
  return REFUSED.check(literal, family === 4 ? 'ipv4' : 'ipv6');
}
