import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TestCamera } from '../vision/testing/camera.ts';
import { encodeVp8 } from '../vision/testing/encode.ts';
import { FakeHub, until } from '../vision/testing/hub.ts';
import { testEnvironment } from '../vision/testing/node.ts';
import { stillScene } from '../vision/testing/still.ts';
import { atMost, formatRows, type Row } from './lib/rows.ts';

/** Two hours of a camera at five frames a second, measured as fast as the machine can. */
const FRAMES = 36_000;
const CAMERAS = 4;
const WIDTH = 640;
const HEIGHT = 480;
const LOOP = 24;
/** Every camera goes and comes again after so many measured frames of all of them. */
const RECONNECT_EVERY = 600;
/** Share of the frames before which memory is still being taken for the first time. */
const WARM_UP = 0.15;
const MOST_GROWTH = 0.1;
const LOOK_MS = 1_000;
const START_MS = 120_000;
const LIMIT_MS = 3 * 3_600_000;
const MAIN = fileURLToPath(new URL('../vision/main.ts', import.meta.url));
/** Tells the used heap after a collection whenever it is asked; in the node's own process, through its channel. */
const HEAP = `import v8 from 'node:v8';import vm from 'node:vm';v8.setFlagsFromString('--expose-gc');const gc=vm.runInNewContext('gc');process.on('message',(m)=>{if(m==='heap'){gc();process.send({heap:process.memoryUsage().heapUsed});}});`;

interface Look { frames: number; heap: number; rss: number }

/** The node's memory over the equivalent of a day's work, with cameras that go and come. */
export async function soakBench(): Promise<Row[]> {
  const suite = `vision soak, ${FRAMES} frames, ${CAMERAS} cameras that reconnect`;
  const { looks, reconnects, violations } = await soak();
  const heap = growth(looks.map((look) => ({ frames: look.frames, value: look.heap })));
  const rss = growth(looks.map((look) => ({ frames: look.frames, value: look.rss })));
  return [
    { suite, what: 'connections made anew', value: reconnects, unit: '' },
    { suite, what: 'heap after warm-up', value: heap.first / 2 ** 20, unit: 'MB' },
    atMost(suite, 'growth of the heap', 100 * heap.share, '%', 100 * MOST_GROWTH),
    { suite, what: 'resident memory after warm-up', value: rss.first / 2 ** 20, unit: 'MB' },
    atMost(suite, 'growth of resident memory', 100 * rss.share, '%', 100 * MOST_GROWTH),
    atMost(suite, 'messages against the contract', violations, '', 0),
  ];
}

async function soak(): Promise<{ looks: Look[]; reconnects: number; violations: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'otklik-soak-'));
  const hub = new FakeHub();
  await hub.listen();
  const env = { ...process.env, ...testEnvironment(hub, folder), OTKLIK_VISION_FPS: '30', OTKLIK_VISION_THREADS: '2', OTKLIK_LOG_LEVEL: 'warn' };
  const node = fork(MAIN, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--import', `data:text/javascript,${encodeURIComponent(HEAP)}`] });
  const cameras = new Map<string, TestCamera>();
  const looks: Look[] = [];
  let frames = 0;
  let reconnects = 0;
  // The hub of the tests keeps everything that it hears; here only the number counts.
  hub.onSample = () => { frames++; hub.samples.length = 0; };
  node.on('message', (message) => { if (typeof message === 'object' && message !== null && 'heap' in message) looks.push({ frames, heap: Number(message.heap), rss: residentBytes(node.pid!) }); });
  const looking = setInterval(() => { if (node.connected) node.send('heap'); }, LOOK_MS);
  try {
    await until(() => hub.registrations.length > 0, 'the node', START_MS);
    const scene = await stillScene('sample1.jpg', WIDTH, HEIGHT, LOOP);
    const loop = (await encodeVp8(Array.from({ length: LOOP }, () => scene.next().data), WIDTH, HEIGHT, LOOP)).map(({ data }) => data);
    const connect = async (name: string): Promise<void> => {
      await cameras.get(name)?.stop();
      cameras.set(name, await TestCamera.start({ whip: (sdp) => hub.whip(name, sdp), loop, fps: 25 }));
    };
    for (let i = 0; i < CAMERAS; i++) await connect(`cam-${i}`);
    const end = Date.now() + LIMIT_MS;
    for (let next = RECONNECT_EVERY; frames < FRAMES; next += RECONNECT_EVERY) {
      await until(() => frames >= Math.min(next, FRAMES), `${next} frames`, Math.max(1, end - Date.now()));
      await connect(`cam-${reconnects++ % CAMERAS}`);
    }
    return { looks, reconnects, violations: hub.violations.length };
  } finally {
    clearInterval(looking);
    await Promise.all([...cameras.values()].map((camera) => camera.stop()));
    if (node.exitCode === null) {
      const exited = new Promise((done) => node.once('exit', done));
      node.disconnect();
      await exited;
    }
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Linux only; elsewhere the growth of resident memory is not a number, and the figure not met. */
function residentBytes(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN);
}

/** Medians of the tenth of the looks after the warm-up and of the last tenth: single looks hit garbage or not. */
function growth(points: readonly { frames: number; value: number }[]): { first: number; share: number } {
  const warm = points.filter(({ frames }) => frames >= WARM_UP * FRAMES).map(({ value }) => value);
  const tenth = Math.max(1, Math.floor(warm.length / 10));
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const first = middle(warm.slice(0, tenth));
  return { first, share: middle(warm.slice(-tenth)) / first - 1 };
}

if (import.meta.main) console.log(formatRows(await soakBench()));
