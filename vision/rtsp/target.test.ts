import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

const resolver = (...addresses: string[]) => async () => addresses.map((address) => ({ address }));
const URL = 'rtsp://u:p%40s@cam.shop.example:8554/live?x=1';
const REFUSED = { reason: 'its host is this machine or has an address that no camera has' };

describe('the host of an IP camera', () => {
  it.each([
    ['192.168.1.20', 'rtsp://u:p%40s@192.168.1.20:8554/live?x=1'], ['10.9.8.7', 'rtsp://u:p%40s@10.9.8.7:8554/live?x=1'], ['172.16.0.9', 'rtsp://u:p%40s@172.16.0.9:8554/live?x=1'],
    ['203.0.113.5', 'rtsp://u:p%40s@203.0.113.5:8554/live?x=1'], ['fd12:3456::9', 'rtsp://u:p%40s@[fd12:3456::9]:8554/live?x=1'],
  ])('that leads to %s is fetched from that address, with everything else as it was', async (address, url) => {
    expect(await targetOf(URL, { local: false, lookup: resolver(address) })).toEqual({ url });
  });

  it.each(['127.0.0.1', '127.8.8.8', '0.0.0.0', '169.254.169.254', '100.100.100.200', '224.0.0.1', '::1', '::', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '64:ff9b::7f00:1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'])('that leads to %s is refused', async (address) => {
    expect(await targetOf(URL, { local: false, lookup: resolver(address) })).toEqual(REFUSED);
  });

  it('with several addresses is fetched from one that may be, whatever comes first', async () => {
    expect(await targetOf(URL, { local: false, lookup: resolver('fe80::1', '127.0.0.1', '192.168.1.20') })).toEqual({ url: 'rtsp://u:p%40s@192.168.1.20:8554/live?x=1' });
    expect(await targetOf(URL, { local: false, lookup: resolver('127.0.0.1', '169.254.169.254') })).toEqual(REFUSED);
  });

  it('that is an address is judged as resolvers read it, without asking one', async () => {
    const never = () => Promise.reject(new Error('asked'));
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '0177.0.0.1', '[::1]', '[::ffff:7f00:1]', '169.254.169.254']) expect(await targetOf(`rtsp://${host}/s`, { local: false, lookup: never }), host).toEqual(REFUSED);
    expect(await targetOf('rtsp://192.168.1.2/s', { local: false, lookup: never })).toEqual({ url: 'rtsp://192.168.1.2/s' });
    expect(await targetOf('rtsps://[fd12::9]:322/s', { local: false, lookup: never })).toEqual({ url: 'rtsps://[fd12::9]:322/s' });
  });

  it('may be this machine where somebody allows it', async () => {
    expect(await targetOf(URL, { local: true, lookup: resolver('127.0.0.1') })).toEqual({ url: 'rtsp://u:p%40s@127.0.0.1:8554/live?x=1' });
  });

  it('that nobody knows, or nothing that is an address, says so', async () => {
    const failing = (code: string) => () => Promise.reject(Object.assign(new Error('failed'), { code }));
    expect(await targetOf(URL, { local: false, lookup: failing('ENOTFOUND') })).toEqual({ reason: 'there is no host of this name' });
    expect(await targetOf(URL, { local: false, lookup: failing('EAI_AGAIN') })).toEqual({ reason: 'there is no host of this name, or no resolver to ask' });
    expect(await targetOf(URL, { local: false, lookup: resolver() })).toEqual({ reason: 'there is no host of this name' });
    expect(await targetOf(URL, { local: false, lookup: resolver('rubbish') })).toEqual(REFUSED);
    for (const url of ['', 'rtsp://', 'http://192.168.1.2/', 'rubbish']) expect(await targetOf(url, { local: false })).toEqual({ reason: 'its address cannot be read' });
  });
});
