import { describe, expect, it } from 'vitest';
import { cameraAddress } from './addresses.ts';

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
    for (const host of ['127.0.0.1', '127.8.8.8', '0.0.0.0', '0x7f.1', '2130706433', '0177.0.0.1', 'localhost', 'LOCALHOST', 'a.localhost', 'localhost.', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '[64:ff9b::7f00:1]', 'metadata.google.internal', '224.0.0.1', '255.255.255.255']) {
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
