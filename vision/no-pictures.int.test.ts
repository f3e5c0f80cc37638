import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestCamera } from './testing/camera.ts';
import { encodeVp8 } from './testing/encode.ts';
import { FakeHub, until } from './testing/hub.ts';
import { testEnvironment } from './testing/node.ts';
import { samplePicture, toI420 } from './testing/pictures.ts';
import { pictureTraces } from './testing/picture-traces.ts';
import { bytesWritten, family, openFiles, socketsOf } from './testing/process-watch.ts';
import { stillScene } from './testing/still.ts';
import { spoken, WireTap } from './testing/wire-tap.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
/** An hour of two frames a second, measured as fast as the machine can. */
const FRAMES = 7_200;
const LIMIT = 40 * 60_000;
const CAMERAS = 4;
const WIDTH = 320;
const HEIGHT = 240;
const LOOP = 24;
const LOOK_MS = 250;
/** A second of a camera's video at the rate at which cameras are measured in life. */
const FRAMES_A_SECOND = 5;

/** What an event costs the outbox: pages of its log and its tables, to come and to go. */
const OUTBOX_BYTES = 14_000;
/** What a frame costs in wakes between threads and in words with the media worker. */
const WAKE_BYTES = 100;

const LINUX = process.platform === 'linux';
if (!LINUX) console.warn('What the vision process opens and writes is watched on Linux only: there is no /proc here.');

describe('the traces by which a picture is known', () => {
  it('are found in encoded pictures and in raw luma, wherever they lie; not in text, tables of numbers or padding', async () => {
    const photo = await samplePicture('sample1.jpg', { width: 160, height: 120 });
    const raw = sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 3 } });
    const around = (piece: Uint8Array): Buffer => Buffer.concat([Buffer.alloc(5_000), Buffer.from('{"faces":1}'.repeat(50)), piece, Buffer.alloc(3_000, 7)]);
    for (const piece of [await raw.jpeg().toBuffer(), await raw.png().toBuffer(), await raw.webp().toBuffer(), toI420(photo), Buffer.from((await raw.jpeg().toBuffer()).toString('base64'))]) expect(pictureTraces(around(piece))).not.toEqual([]);
    const numbers = new Float64Array(4_000).map((_, i) => Math.sin(i));
    expect(pictureTraces(around(Buffer.concat([Buffer.from(JSON.stringify([...numbers])), Buffer.from(numbers.buffer)])))).toEqual([]);
    // A page of a database: zeros, and then as much text.
    const page = Buffer.from(JSON.stringify({ id: '01K9ZC3V9N6Q0YVJ8T5XH2RMBD', type: 'emotion.windowed', site: 'shop', mean: [...numbers.slice(0, 12)], spread: [...numbers.slice(12, 24)] }));
    for (let zeros = 0; zeros < 768; zeros += 64) expect(pictureTraces(Buffer.concat([Buffer.alloc(zeros), page, page])), `${zeros} zeros`).toEqual([]);
  });
});

describe.runIf(LINUX)('an hour of frames through the real process', () => {
  const hub = new FakeHub();
  let tap: WireTap;
  let folder: string;
  let node: ChildProcess;
  let mediaPort: number;
  const cameras: TestCamera[] = [];
  let errors = '';

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'otklik-hour-'));
    for (const name of ['data', 'home', 'tmp', 'cwd']) mkdirSync(join(folder, name));
    await hub.listen();
    tap = await WireTap.open(Number(new URL(hub.url).port));
    mediaPort = await freePort();
    const env = {
      ...process.env, ...testEnvironment(hub, join(folder, 'data')), OTKLIK_HUB_URL: `http://127.0.0.1:${tap.port}`, OTKLIK_MEDIA_PORT: String(mediaPort), OTKLIK_VISION_FPS: '30', OTKLIK_VISION_THREADS: '2', OTKLIK_LOG_LEVEL: 'warn',
      HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp'), XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '',
    };
    node = fork(MAIN, { env, cwd: join(folder, 'cwd'), stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    for (const stream of [node.stdout, node.stderr]) stream?.on('data', (chunk: Buffer) => { errors += chunk.toString().slice(0, 5_000); });
    await until(() => hub.registrations.length > 0, 'the node', 120_000);
  }, LIMIT);

  afterAll(async () => {
    await Promise.all(cameras.map((camera) => camera.stop()));
    if (node.exitCode === null) {
      const exited = new Promise((done) => node.once('exit', done));
      node.kill('SIGTERM');
      await exited;
    }
    await tap.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT);

  it('no image leaves it: only the outbox is written, only the hub is spoken to, and what is written is as much as was said', async () => {
    const scene = await stillScene('sample1.jpg', WIDTH, HEIGHT, LOOP);
    const pictures = Array.from({ length: LOOP }, () => scene.next().data);
    const loop = (await encodeVp8(pictures, WIDTH, HEIGHT, LOOP)).map(({ data }) => data);
    for (let i = 0; i < CAMERAS; i++) cameras.push(await TestCamera.start({ whip: (sdp) => hub.whip(`cam-${i}`, sdp), loop, fps: 25 }));
    await until(() => hub.samples.some(({ faces }) => faces > 0), 'the first face', 120_000);

    const watch = new Watch(node.pid!, tap.port, mediaPort, join(folder, 'data'));
    const before = { written: bytesWritten(node.pid!), sent: tap.bytes, samples: hub.samples.length, events: hub.events.size };
    const looking = setInterval(() => watch.look(), LOOK_MS);
    try {
      await until(() => hub.samples.length - before.samples >= FRAMES || node.exitCode !== null, `${FRAMES} frames`, LIMIT - 60_000);
    } finally {
      clearInterval(looking);
    }
    expect(node.exitCode, errors).toBeNull();
    const measured = hub.samples.length - before.samples;
    expect(hub.samples.slice(before.samples).filter(({ faces }) => faces > 0).length).toBeGreaterThan(measured / 2);
    expect(watch.looks).toBeGreaterThan(20);
    expect(watch.found).toEqual([]);

    // The smallest thing that somebody could call a picture of what the cameras saw, once a second of video.
    const picture = await thumbnail(pictures[0]!);
    const pictures1Hz = picture * measured / FRAMES_A_SECOND;
    const sent = tap.bytes - before.sent;
    const written = bytesWritten(node.pid!) - before.written;
    const events = hub.events.size - before.events;
    const said = sizeOfAll([hub.samples.slice(before.samples), hub.statuses, hub.syncs, [...hub.events.values()], hub.scenes]) + headers(tap.sent.map((chunks) => Buffer.concat(chunks)));
    const kept = events * OUTBOX_BYTES + measured * WAKE_BYTES;
    console.log({ measured, looks: watch.looks, sent, said, written, events, kept, picture, pictures1Hz: Math.round(pictures1Hz) });
    expect(hub.violations).toEqual([]);
    expect(sent - said, 'bytes to the hub beyond what was said').toBeLessThan(0.25 * pictures1Hz);
    expect(written - sent - kept, 'bytes written to no known place').toBeLessThan(0.25 * pictures1Hz);
    for (const connection of tap.sent) expect(pictureTraces(spoken(Buffer.concat(connection)))).toEqual([]);
    expect(tap.sent.map((connection) => spoken(Buffer.concat(connection)).toString('latin1')).some((text) => text.includes('42/media,["node:samples"')), 'samples can be read on the wire').toBe(true);
    for (const file of filesBelow(folder)) expect({ file, traces: tracesIn(file) }).toEqual({ file, traces: [] });
    expect(filesBelow(folder).filter((file) => !isOutbox(file, join(folder, 'data')))).toEqual([]);
  }, LIMIT);
});

/** A port that was free a moment ago, for UDP and TCP alike. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const filesBelow = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const isOutbox = (file: string, data: string): boolean => file.startsWith(`${data}/`) && /\/[^/]*outbox[^/]*\.(db|sqlite)(-wal|-shm|-journal)?$|\/vision-[^/]*\.(db|sqlite)(-wal|-shm|-journal)?$/.test(file);
/** Heads of the requests, which hold no more than a client always says. */
function headers(connections: readonly Buffer[]): number {
  const heads = connections.flatMap((bytes) => bytes.toString('latin1').match(/(?:POST|GET) \/[^\r]{0,200} HTTP\/1\.1\r\n(?:[\w-]{1,40}: [^\r]{0,200}\r\n){1,15}\r\n/g) ?? []);
  return heads.reduce((sum, head) => sum + head.length, 0);
}

const sizeOfAll = (lists: readonly unknown[][]): number => lists.flat().reduce<number>((sum, message) => sum + JSON.stringify(message).length, 0);

/** First number of an index that SQLite keeps of its write-ahead log (https://sqlite.org/walformat.html, section 2.1). */
const WAL_INDEX = 3_007_000;

/** Traces of pictures in a file. SQLite's index of its log is rows of rising page numbers, which look like a slope of grey. */
function tracesIn(file: string): string[] {
  const bytes = readFileSync(file);
  const isIndex = file.endsWith('-shm') && bytes.length % 32_768 === 0 && bytes.length <= 2 * 32_768 && (bytes.length === 0 || bytes.readUInt32LE(0) === WAL_INDEX);
  return pictureTraces(bytes).filter((trace) => !(isIndex && trace.startsWith('raw luma')));
}

/** Bytes of a JPEG of 96×72 at low quality. */
async function thumbnail(luma: Uint8Array): Promise<number> {
  return (await sharp(luma.subarray(0, WIDTH * HEIGHT), { raw: { width: WIDTH, height: HEIGHT, channels: 1 } }).resize(96, 72).jpeg({ quality: 40 }).toBuffer()).length;
}

/** Looks at what the node and its worker have open. */
class Watch {
  readonly found: string[] = [];
  looks = 0;
  readonly #pid: number;
  readonly #hubPort: number;
  readonly #mediaPort: number;
  readonly #data: string;

  constructor(pid: number, hubPort: number, mediaPort: number, data: string) {
    this.#pid = pid;
    this.#hubPort = hubPort;
    this.#mediaPort = mediaPort;
    this.#data = data;
  }

  look(): void {
    this.looks++;
    for (const pid of family(this.#pid)) this.#lookAt(pid);
  }

  #lookAt(pid: number): void {
    const open = openFiles(pid);
    for (const { target, writable } of open) {
      const plain = target.replace(/ \(deleted\)$/, '');
      if (!writable || /^(pipe|socket|anon_inode):/.test(plain) || plain === '/dev/null') continue;
      if (pid !== this.#pid || !isOutbox(plain, this.#data)) this.#tell(`${this.#name(pid)} may write ${target}`);
    }
    for (const { kind, local, remote, path } of socketsOf(pid, open.map(({ target }) => target))) {
      if (kind === 'unix' && path === '') continue;
      if (pid === this.#pid) {
        if (kind !== 'tcp' || remote !== this.#hubPort) this.#tell(`the node has a socket ${kind} ${local} → ${remote} ${path}`);
      } else if (kind !== 'unknown') {
        if (local !== this.#mediaPort) this.#tell(`the worker has a socket ${kind} ${local} → ${remote} ${path} beside the media port ${this.#mediaPort}`);
      }
    }
  }

  #name(pid: number): string { return pid === this.#pid ? 'the node' : 'a child of the node'; }
  #tell(what: string): void { if (!this.found.includes(what)) this.found.push(what); }
}
