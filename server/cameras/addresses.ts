import net from 'node:net';

/** Never a camera: this machine, what machines of a cloud ask for their keys, and addresses that name nobody. */
const REFUSED = new net.BlockList();
for (const [address, bits] of [['0.0.0.0', 8], ['127.0.0.0', 8], ['169.254.0.0', 16], ['224.0.0.0', 4], ['240.0.0.0', 4]] as const) REFUSED.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of [['::', 127], ['fe80::', 10], ['ff00::', 8], ['fd00:ec2::', 32], ['64:ff9b::', 96]] as const) REFUSED.addSubnet(address, bits, 'ipv6');
const REFUSED_NAMES = /(^|\.)(localhost|localdomain|internal)$/;
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?)+$/i;

export type CameraAddress = { url: string; shown: string } | { flaw: string };

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
  if (!local && isRefused(host)) return { flaw: 'is the vision node\'s own machine or an address that no camera has' };
  const port = url.port === '' ? '' : `:${url.port}`;
  const path = url.pathname.split('/').map((part) => (/[=&;@]|%3d|%26|%40/i.test(part) ? '…' : part)).join('/');
  return { url: url.href, shown: `${url.protocol}//${host}${port}${path}${url.search === '' ? '' : '?…'}` };
}

/** The host as resolvers understand it: `0x7f.1` and `2130706433` are 127.0.0.1 to them. */
function canonicalHost(hostname: string): string | undefined {
  const asHttp = URL.parse(`http://${hostname}/`);
  if (!asHttp || asHttp.hostname === '') return undefined;
  return asHttp.hostname.startsWith('[') || HOST.test(asHttp.hostname) ? asHttp.hostname : undefined;
}

function isRefused(host: string): boolean {
  const literal = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const family = net.isIP(literal);
  if (family === 0) return REFUSED_NAMES.test(literal.toLowerCase());
  // An IPv4 address within an IPv6 one is checked by BlockList itself.
  return REFUSED.check(literal, family === 4 ? 'ipv4' : 'ipv6');
}
