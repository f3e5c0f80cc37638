import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { NO_CAMERA_NETWORKS } from '../../contract/camera-networks.ts';

/** Addresses of a host, as `dns.lookup` with `all` gives them. */
export type Lookup = (name: string) => Promise<readonly { address: string }[]>;
/** The same camera with an address in place of its host's name, or why it is not fetched. */
export type Target = { url: string } | { reason: string };

const REFUSED = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const) for (const [prefix, bits] of NO_CAMERA_NETWORKS[family]) REFUSED.addSubnet(prefix, bits, family);

const isRefused = (address: string): boolean => REFUSED.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
const resolver: Lookup = (name) => lookup(name, { all: true });

/**
 * Judges the host of an IP camera by the addresses that it has at this moment, and puts the one that was judged into the
 * address that ffmpeg is given: a name that leads elsewhere a moment later changes nothing. Names of a shop's own network
 * may have link-local addresses beside usable ones, so that the first usable one is taken.
 * @param url as the hub gave it. @param local whether cameras may be on this machine.
 */
export async function targetOf(url: string, { local, lookup: resolve = resolver }: { local: boolean; lookup?: Lookup | undefined }): Promise<Target> {
  const camera = URL.parse(url);
  // As resolvers read it: `0x7f.1` is 127.0.0.1 to them.
  const host = camera && URL.parse(`http://${camera.hostname}/`)?.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (!camera || !host || !/^rtsps?:$/.test(camera.protocol)) return { reason: 'its address cannot be read' };
  let found: readonly { address: string }[];
  try {
    found = isIP(host) === 0 ? await resolve(host) : [{ address: host }];
  } catch (error) {
    return { reason: (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? 'there is no host of this name' : 'there is no host of this name, or no resolver to ask' };
  }
  // An address with a zone (`fe80::1%eth0`) is a link-local one.
  const address = found.map((one) => one.address).find((one) => isIP(one) !== 0 && !one.includes('%') && (local || !isRefused(one)));
  if (address === undefined) return { reason: found.length === 0 ? 'there is no host of this name' : 'its host is this machine or has an address that no camera has' };
  camera.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return { url: camera.href };
}
