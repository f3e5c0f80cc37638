import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS, type EmotionSample } from '../../../contract/index.ts';
import { Connection, type Transport } from './connection.ts';
import { textFrame } from './frame.ts';

class FakeTransport implements Transport {
  queued = 0;
  sent = 0;
  frames: string[] = [];
  closes: { code: number; reason: string }[] = [];
  write(frame: Buffer): void { this.frames.push(frame.toString('utf8')); this.queued += frame.byteLength; }
  queuedBytes(): number { return this.queued; }
  sentBytes(): number { return this.sent; }
  close(code: number, reason: string): void { this.closes.push({ code, reason }); }
  terminate(): void { this.closes.push({ code: 0, reason: 'terminated' }); }
  drain(): void { this.sent += this.queued; this.queued = 0; }
}
const sample = (camera: string, at: number): EmotionSample => ({ camera, site: 's', at, faces: 0, shares: null, mood: null, fps: 5, lagMs: 10, width: 640, height: 480 });
const frameOf = (samples: EmotionSample[]): Buffer => textFrame(JSON.stringify({ t: 'samples', channel: 'floor:s', samples }));

let transport: FakeTransport;
let connection: Connection;
let slow: number;
beforeEach(() => {
  transport = new FakeTransport();
  slow = 0;
  connection = new Connection(transport, 0, () => { slow += 1; });
});
const sendSamples = (...samples: EmotionSample[]): void => connection.sendSamples('floor:s', samples, frameOf(samples));

describe('a bounded queue', () => {
  it('[P16] above 512 KiB keeps only the latest sample of each camera and sends them, flagged, when drained', () => {
    transport.queued = LIMITS.queueCollapseBytes + 1;
    for (let at = 1; at <= 1000; at++) sendSamples(sample('a', at), sample('b', -at));
    expect(transport.frames).toEqual([]);
    transport.drain();
    connection.sweep(1);
    expect(transport.frames).toHaveLength(1);
    const text = transport.frames[0]!;
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({ t: 'samples', channel: 'floor:s', collapsed: true, samples: [{ camera: 'a', at: 1000 }, { camera: 'b', at: -1000 }] });
  });

  it('[P16] keeps samples in order: a new one never overtakes a held one of the same camera', () => {
    transport.queued = LIMITS.queueCollapseBytes + 1;
    sendSamples(sample('a', 1));
    transport.drain();
    sendSamples(sample('a', 2));
    expect(transport.frames).toHaveLength(1);
    expect(transport.frames[0]).toContain('"at":2');
  });

  it('[P17] closes with 4008 above 1 MiB unsent, once, and writes nothing more', () => {
    for (let i = 0; i < 40; i++) connection.send(Buffer.alloc(64 * 1024));
    expect(transport.closes).toEqual([{ code: 4008, reason: expect.any(String) }]);
    expect(slow).toBe(1);
    expect(transport.frames.length).toBe(17);
  });

  it('[P17] closes a connection whose queue does not move for 30 s, and not one that moves slowly', () => {
    transport.queued = 1000;
    for (let now = 0; now <= 120_000; now += 2_000) { transport.sent += 1; connection.sweep(now); }
    expect(transport.closes).toEqual([]);
    for (let now = 122_000; now <= 152_000; now += 2_000) connection.sweep(now);
    expect(transport.closes[0]).toMatchObject({ code: 4008 });
  });

  it('leaves an idle connection alone', () => {
    for (let now = 0; now <= 300_000; now += 2_000) connection.sweep(now);
    expect(transport.closes).toEqual([]);
  });
});
