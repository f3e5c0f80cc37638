import net from 'node:net';

/**
 * Whether an IP address is one of the public internet. Everything that leads back to this machine or its own network is
 * not: loopback, link-local, private, shared, documentation, multicast and reserved ranges (IANA special-purpose address
 * registries, RFC 6890), and the ranges of IPv6 that carry an IPv4 address inside (NAT64, 6to4, Teredo, mapped).
 */
export function isPublicAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = net.isIP(plain);
  if (family === 4) return !REFUSED.check(plain, 'ipv4');
  return family === 6 && GLOBAL.check(plain, 'ipv6') && !REFUSED.check(plain, 'ipv6');
}

const REFUSED = new net.BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) REFUSED.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) REFUSED.addSubnet(address, bits, 'ipv6');
/** All that IPv6 gives out for the public internet. */
const GLOBAL = new net.BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');

export type AddressProblem = 'not_an_address' | 'not_http' | 'not_https' | 'credentials' | 'private_address';

/**
 * What is wrong with an address that somebody wants things sent to; null when nothing is, as far as it can be seen
 * without asking the name service. `anywhere` lets it be in this machine's own network and, for `https` only, plain HTTP.
 */
export function addressProblem(text: string, { anywhere, httpsOnly = false }: { anywhere: boolean; httpsOnly?: boolean }): AddressProblem | null {
  const url = URL.parse(text);
  if (!url) return 'not_an_address';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'not_http';
  if (httpsOnly && !anywhere && url.protocol !== 'https:') return 'not_https';
  if (url.username !== '' || url.password !== '') return 'credentials';
  if (anywhere) return null;
  const host = url.hostname.replace(/\.$/, '');
  const literal = host.replace(/^\[|\]$/g, '');
  if (net.isIP(literal) !== 0) return isPublicAddress(literal) ? null : 'private_address';
  return host === 'localhost' || host.endsWith('.localhost') ? 'private_address' : null;
}
