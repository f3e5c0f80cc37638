import { describe, expect, it } from 'vitest';
import { listenInfos } from './worker.ts';

describe('listenInfos', () => {
  const local = ['127.0.0.1', '10.0.0.5'];

  it('listens on each of this machine\'s addresses, UDP and TCP on one port', () => {
    expect(listenInfos(['127.0.0.1', '10.0.0.5'], 44_400, local)).toEqual([
      { protocol: 'udp', ip: '127.0.0.1', port: 44_400 }, { protocol: 'tcp', ip: '127.0.0.1', port: 44_400 },
      { protocol: 'udp', ip: '10.0.0.5', port: 44_400 }, { protocol: 'tcp', ip: '10.0.0.5', port: 44_400 },
    ]);
  });

  it('announces an address that is forwarded to this machine', () => {
    expect(listenInfos(['203.0.113.7'], 44_400, local)[0]).toEqual({ protocol: 'udp', ip: '0.0.0.0', announcedAddress: '203.0.113.7', port: 44_400 });
  });

  it('says that a forwarded address must stand alone', () => {
    expect(() => listenInfos(['127.0.0.1', '203.0.113.7'], 1, local)).toThrow(/203\.0\.113\.7 .*alone/);
  });
});
