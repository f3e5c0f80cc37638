import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RequestError } from '../media/errors.ts';
import { encodeH264, encodeH265 } from '../testing/h264.ts';
import { until } from '../testing/hub.ts';
import { startTestNode, type TestNode } from '../testing/node.ts';
import { RtspServer, type RtspServerOptions, type RtspStream } from '../testing/rtsp-server.ts';
import { stillScene } from '../testing/still.ts';
import { RtspPuller } from './puller.ts';

const LONG = 90_000;
const SIZE = { width: 640, height: 480, fps: 15 };
/** Characters that mean something to URLs, quotes and ffmpeg. */
const PASSWORD = 'hunter2@\'x/:';
const SECRET = /hunter2/;

describe('IP cameras', () => {
  let running: TestNode;
  let plain: RtspStream;
  const lines: string[] = [];
  const servers: RtspServer[] = [];

  const camera = async (options: Partial<RtspServerOptions> = {}): Promise<RtspServer> => {
    const server = new RtspServer({ stream: plain, user: 'viewer', password: PASSWORD, ...options });
    servers.push(server);
    await server.listen();
    return server;
  };
  const samplesOf = (name: string) => running.hub.samples.filter((sample) => sample.camera === name);
  const statesOf = (name: string) => running.hub.cameras.filter((state) => state.camera === name);
  const reasonOf = (name: string) => statesOf(name).at(-1)?.reason;
  const newSamples = async (name: string, count: number) => {
    const before = samplesOf(name).length;
    await until(() => samplesOf(name).length >= before + count, `${count} samples of ${name}`, 60_000);
    return samplesOf(name).slice(before);
  };

  /** Resolves when its picture is analysed. */
  const facesOf = (name: string) => until(() => samplesOf(name).some((sample) => sample.faces > 0), `faces of ${name}`, 60_000);

  beforeAll(async () => {
    const log = pino({ level: 'trace' }, { write: (line: string) => { lines.push(line); } });
    running = await startTestNode({}, log);
    plain = await encodeH264(await stillScene('sample1.jpg', 640, 480), { ...SIZE, pictures: 45, profile: 'baseline' });
  }, LONG);
  afterEach(async () => {
    running.hub.setPulls([]);
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await until(() => ffmpegsOf(process.pid).length === 0, 'every ffmpeg to end', 20_000);
    expect(running.hub.violations).toEqual([]);
  });
  afterAll(() => running.close(), LONG);

  it('are fetched over RTSP with their password, which nobody can read', async () => {
    const server = await camera();
    running.hub.setPulls([{ camera: 'ip-1', url: server.url }]);
    await facesOf('ip-1');
    const samples = await newSamples('ip-1', 10);
    expect(samples.filter((sample) => sample.faces > 0).length).toBeGreaterThan(7);
    expect(samples.at(-1)).toMatchObject({ site: 'shop', width: 640, height: 480 });
    expect(statesOf('ip-1').at(-1)).toMatchObject({ state: 'connected', codec: 'video/H264' });
    expect(running.hub.syncs.at(-1)).toMatchObject({ pulling: ['ip-1'], cameras: [{ camera: 'ip-1', version: 1 }] });

    const [ffmpeg] = ffmpegsOf(process.pid);
    expect(execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(ffmpeg)]).toString()).not.toMatch(SECRET);
    const environment = readFileSync(`/proc/${ffmpeg}/environ`, 'utf8');
    expect(environment).not.toMatch(SECRET);
    expect(environment).not.toContain('OTKLIK');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toMatch(SECRET);
    expect(JSON.stringify([running.hub.cameras, running.hub.syncs, running.hub.samples, [...running.hub.events.values()]])).not.toMatch(SECRET);
  }, LONG);

  it('may send B-frames: times of capture go on evenly', async () => {
    const stream = await encodeH264(await stillScene('sample1.jpg', 640, 480), { ...SIZE, pictures: 45, bFrames: 2, profile: 'main' });
    expect(stream.shown.slice(0, 4)).toEqual([0, 3, 1, 2]);
    const server = await camera({ stream });
    running.hub.setPulls([{ camera: 'ip-b', url: server.url }]);
    await facesOf('ip-b');
    const samples = await newSamples('ip-b', 20);
    expect(samples.filter((sample) => sample.faces > 0).length).toBeGreaterThan(16);
    samples.slice(1).forEach((sample, i) => expect(sample.at).toBeGreaterThan(samples[i]!.at));
    for (const { lagMs } of samples) expect(lagMs).toBeLessThan(10_000);
  }, LONG);

  it('that cannot be had say why, and the others go on', async () => {
    const good = await camera();
    const refusing = await camera();
    const other = await camera({ path: '/other' });
    const hevc = await camera({ stream: await encodeH265(await stillScene('sample1.jpg', 640, 480), { ...SIZE, pictures: 30 }) });
    const gone = await camera();
    await gone.close();
    // One after the other: the test's node takes four.
    const cases: [string, string, string][] = [
      ['ip-password', refusing.url.replace('hunter2', 'hunter2-wrong'), 'refuses this user and password'],
      ['ip-path', other.url.replace('/other', '/none'), 'no stream at this path'],
      ['ip-gone', gone.url, 'nothing answers at this address and port'],
      ['ip-host', 'rtsp://u:hunter2@no-such-host.invalid/live', 'no host of this name'],
      ['ip-hevc', hevc.url, 'H.265 (HEVC)'],
    ];
    for (const [name, url, reason] of cases) {
      running.hub.setPulls([{ camera: 'ip-good', url: good.url }, { camera: name, url }]);
      await until(() => reasonOf(name) !== undefined, `the reason of ${name}`, 60_000);
      expect(reasonOf(name)).toContain(`source_unusable: `);
      expect(reasonOf(name)).toContain(reason);
      expect(statesOf(name).every(({ state }) => state === 'disconnected')).toBe(true);
    }
    await newSamples('ip-good', 5);
    expect(refusing.refused).toBeGreaterThan(0);
    expect(lines.join('')).not.toMatch(SECRET);
    expect(JSON.stringify(running.hub.cameras)).not.toMatch(SECRET);
  }, 2 * LONG);

  it('that go away and come back are fetched again', async () => {
    const server = await camera();
    running.hub.setPulls([{ camera: 'ip-back', url: server.url }]);
    await newSamples('ip-back', 2);
    await server.close();
    await until(() => statesOf('ip-back').at(-1)?.state === 'disconnected' && reasonOf('ip-back')!.startsWith('source_unusable'), 'the loss', 40_000);
    await server.listen();
    await newSamples('ip-back', 2);
    expect(statesOf('ip-back').at(-1)!.state).toBe('connected');
  }, LONG);

  it('that fall silent are connected anew', async () => {
    const server = await camera();
    running.hub.setPulls([{ camera: 'ip-silent', url: server.url }]);
    await newSamples('ip-silent', 2);
    server.stall();
    await until(() => reasonOf('ip-silent')?.startsWith('source_unusable') ?? false, 'the silence', 60_000);
    await newSamples('ip-silent', 2);
  }, LONG);

  it('come back when the media worker dies', async () => {
    const server = await camera();
    running.hub.setPulls([{ camera: 'ip-worker', url: server.url }]);
    await newSamples('ip-worker', 2);
    process.kill(running.node.workerPid()!, 'SIGKILL');
    await until(() => statesOf('ip-worker').at(-1)?.state === 'disconnected', 'the loss', 20_000);
    await newSamples('ip-worker', 2);
  }, LONG);

  it('that send us to another address are not followed', async () => {
    const elsewhere = await camera();
    const sender = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => {
        const cseq = /CSeq: (\d+)/i.exec(data.toString())?.[1] ?? '1';
        socket.write(`RTSP/1.0 302 Moved Temporarily\r\nCSeq: ${cseq}\r\nLocation: ${elsewhere.url}\r\n\r\n`);
      });
    });
    await new Promise<void>((done) => { sender.listen(0, '127.0.0.1', done); });
    try {
      running.hub.setPulls([{ camera: 'ip-sent-on', url: `rtsp://127.0.0.1:${(sender.address() as AddressInfo).port}/live` }]);
      await until(() => reasonOf('ip-sent-on') !== undefined, 'the reason', 60_000);
      expect(reasonOf('ip-sent-on')).toContain('sends us to another address');
      expect(elsewhere.requests.filter((request) => request.startsWith('PLAY'))).toEqual([]);
      expect(samplesOf('ip-sent-on')).toEqual([]);
    } finally {
      running.hub.setPulls([]);
      await new Promise<void>((done) => { sender.close(() => done()); });
    }
  }, LONG);

  it('another address is another connection; one that is no longer wanted is let go', async () => {
    const first = await camera();
    const second = await camera();
    running.hub.setPulls([{ camera: 'ip-moved', url: first.url }]);
    await until(() => first.playing === 1, 'the first address', 40_000);
    running.hub.setPulls([{ camera: 'ip-moved', url: second.url }]);
    await until(() => second.playing === 1 && first.playing === 0, 'the second address', 40_000);
    await newSamples('ip-moved', 1);
    running.hub.setPulls([]);
    await until(() => second.playing === 0, 'the end', 20_000);
    await until(() => statesOf('ip-moved').at(-1)?.state === 'disconnected', 'the camera to be stated as gone');
  }, LONG);
});

describe('RtspPuller', () => {
  const pull = { camera: 'ip-1', site: 'shop', url: 'rtsp://u:hunter2@127.0.0.1:1/x' };
  const reasons: string[] = [];
  const make = (options: Partial<ConstructorParameters<typeof RtspPuller>[0]> = {}): RtspPuller => {
    reasons.length = 0;
    return new RtspPuller({
      cameras: { plain: () => Promise.reject(new RequestError('unavailable', 'this node takes 4 cameras and is full')) },
      log: pino({ level: 'silent' }), local: true, onUnusable: (name, reason) => { reasons.push(`${name}: ${reason}`); }, random: () => 0, ...options,
    });
  };

  it('without ffmpeg says so once for each camera', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      const puller = make();
      for (let i = 0; i < 5; i++) puller.set([pull, { ...pull, camera: 'ip-2' }]);
      expect(reasons).toEqual(['ip-1: ffmpeg is not installed on the vision node\'s machine', 'ip-2: ffmpeg is not installed on the vision node\'s machine']);
      expect(puller.pulling).toEqual([]);
      await puller.close();
    } finally {
      process.env['PATH'] = path;
    }
  });

  describe('whose host is a name', () => {
    const named = { ...pull, url: 'rtsp://u:p@cam.example:8554/x' };
    let folder: string;
    let orders: string;
    let ffmpeg: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'otklik-rtsp-'));
      orders = join(folder, 'orders');
      ffmpeg = join(folder, 'ffmpeg');
      writeFileSync(ffmpeg, `#!/bin/sh\n/bin/cat >> '${orders}'\n`, { mode: 0o755 });
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const plain = () => Promise.resolve({ transport: { tuple: { localPort: 9 }, closed: false, observer: new EventEmitter() }, connected: false, close: () => undefined } as unknown as Awaited<ReturnType<ConstructorParameters<typeof RtspPuller>[0]['cameras']['plain']>>);
    const ordered = (): string[] => (existsSync(orders) ? readFileSync(orders, 'utf8').split('\n').filter((line) => line.startsWith('file ')) : []);

    it('is judged at each attempt, and ffmpeg is given what was judged: a name that leads elsewhere later is not followed', async () => {
      const answers = [['192.0.2.7'], ['127.0.0.1'], ['169.254.169.254', '192.0.2.8'], ['::1']];
      let asked = 0;
      const puller = make({ ffmpeg, local: false, lookup: async () => (answers[asked++] ?? ['127.0.0.1']).map((address) => ({ address })), cameras: { plain } });
      puller.set([named]);
      await until(() => asked >= answers.length + 2, 'the attempts', 60_000);
      await puller.close();
      expect(ordered()).toEqual(['file \'rtsp://u:p@192.0.2.7:8554/x\'', 'file \'rtsp://u:p@192.0.2.8:8554/x\'']);
      expect(reasons).toContain('ip-1: its host is this machine or has an address that no camera has');
    }, LONG);

    it('holds up nobody while it is resolved', async () => {
      const puller = make({ ffmpeg, local: false, lookup: () => new Promise(() => undefined), cameras: { plain } });
      puller.set([named]);
      await puller.close();
      expect(ordered()).toEqual([]);
    });
  });

  it('says why the node does not take a camera, once, and tries again', async () => {
    let asked = 0;
    const puller = make({ ffmpeg: '/bin/false', cameras: { plain: () => { asked++; return Promise.reject(new RequestError('unavailable', 'this node takes 4 cameras and is full')); } } });
    puller.set([pull]);
    await until(() => asked >= 3, 'three attempts', 30_000);
    expect(reasons).toEqual(['ip-1: this node takes 4 cameras and is full']);
    await puller.close();
    puller.set([pull]);
    expect(puller.pulling).toEqual([]);
  });
});

/** Processes of ffmpeg that this process started. */
function ffmpegsOf(parent: number): number[] {
  const text = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,comm=']).toString();
  return text.split('\n').map((line) => line.trim().split(/\s+/)).filter(([, ppid, name]) => Number(ppid) === parent && name === 'ffmpeg').map(([pid]) => Number(pid));
}
