import { describe, expect, it } from 'vitest';
import { cameraAddress, nameFlaw } from './addresses.ts';

const shown = (url: string): string | undefined => { const read = cameraAddress(url, { local: false }); return 'shown' in read ? read.shown : undefined; };
const isRefused = (url: string, local = false): boolean => 'flaw' in cameraAddress(url, { local });

describe('the address of an IP camera', () => {
  it('is shown without whatever may be secret', () => {
    expect(shown('rtsp://admin:p%40ss@192.168.1.20:554/Streaming/Channels/101')).toBe('rtsp://192.168.1.20:554/Streaming/Channels/101');
    expect(shown('rtsps://cam.shop.example/live?user=a&pass=b')).toBe('rtsps://cam.shop.example/live?…');
    expect(shown('rtsp://10.0.0.7/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp')).toBe('rtsp://10.0.0.7/…');
    expect(shown('rtsp://u:p@[2001:db8::5]:8554/a')).toBe('rtsp://[2001:db8::5]:8554/a');
  });

  it('goes to the node as it was given', () => {
    expect(cameraAddress('rtsp://admin:p%40ss@192.168.1.20:554/a?b=c', { local: false })).toMatchObject({ url: 'rtsp://admin:p%40ss@192.168.1.20:554/a?b=c' });
  });

  it('is never the node\'s own machine, however it is written, nor where clouds keep keys', () => {
    for (const host of ['127.0.0.1', '127.8.8.8', '0.0.0.0', '0x7f.1', '2130706433', '0177.0.0.1', 'localhost', 'LOCALHOST', 'a.localhost', 'localhost.', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '[64:ff9b::7f00:1]', 'metadata.google.internal', '100.100.100.200', '192.0.0.192', '224.0.0.1', '255.255.255.255']) {
      expect(isRefused(`rtsp://${host}/s`), host).toBe(true);
    }
    expect(isRefused('rtsp://127.0.0.1:8554/s', true)).toBe(false);
  });

  it('is nothing but RTSP, and holds nothing that a program could take for something else', () => {
    for (const url of ['http://192.168.1.2/', 'file:///etc/passwd', 'rtsp:', 'rtsp://', 'rtsp:///path', 'rtsp://10.0.0.1:0/', 'rtsp://10.0.0.1:99999/', 'rtsp://10.0.0.1/a b', 'rtsp://10.0.0.1/a\nb', 'rtsp://10.0.0.1/a|b', 'rtsp://10.0.0.1/"', 'rtsp://10.0.0.1/#x', 'rtsp://ex ample/', 'rtsp://-i/', 'concat:rtsp://10.0.0.1/']) {
      expect(isRefused(url, true), url).toBe(true);
    }
  });

  it('may be in a private network, where cameras are', () => {
    for (const host of ['192.168.0.5', '10.1.2.3', '172.16.0.9', '100.64.0.1', 'camera-3', 'camera.shop.local', '[fd12:3456::9]']) expect(isRefused(`rtsp://${host}/s`), host).toBe(false);
  });
});

describe('the name of an IP camera', () => {
  const resolver = (...addresses: string[]) => async () => addresses.map((address) => ({ address }));

  it('is told from an address', () => {
    const nameOf = (url: string) => { const read = cameraAddress(url, { local: true }); return 'name' in read ? read.name : undefined; };
    expect(['rtsp://cam.shop.local/s', 'rtsp://10.0.0.7/s', 'rtsp://[fd12::9]/s', 'rtsp://0x7f.1/s'].map(nameOf)).toEqual(['cam.shop.local', null, null, null]);
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', 'fe80::1', '::ffff:169.254.169.254', '0.0.0.0'])('that leads to %s is refused with that address', async (address) => {
    expect(await nameFlaw('cam.example', resolver(address))).toBe(`leads to ${address}, which is the vision node's own machine or an address that no camera has`);
  });

  it.each([['10.0.0.7'], ['192.168.1.2'], ['172.16.4.4'], ['203.0.113.5'], ['fd12::9'], ['fe80::1', '192.168.1.2']])('that leads to %s is taken', async (...addresses) => {
    expect(await nameFlaw('cam.example', resolver(...addresses))).toBeUndefined();
  });

  it('that this machine does not know, or not in time, is the node\'s matter', async () => {
    expect(await nameFlaw('cam.example', () => Promise.reject(new Error('ENOTFOUND')))).toBeUndefined();
    expect(await nameFlaw('cam.example', () => new Promise(() => undefined), 5)).toBeUndefined();
  });
});
