import { atMost, formatRows, type Row } from './lib/rows.ts';
import { measureHuman, type HumanFigures } from './vision/human.ts';
import { measureLag } from './vision/lag.ts';
import { measureThreads, measureThroughput, oneFace, type Throughput } from './vision/throughput.ts';

const FRAMES = 300;
/** The two sides take turns, because a shared machine has fast and slow minutes. */
const ROUNDS = 3;
const PEER_FRAMES = 40;
const SECONDS = 20;
const MIN_FRAMES = 60;
const MIN_RATIO = 4;
const MAX_LAG_MS = 250;

/** Frames that one core measures beside a peer, what a second thread adds, and how long a frame takes to become a sample, through real WebRTC. */
export async function visionBench(): Promise<Row[]> {
  return [...await throughputRows(), ...await threadRows(), ...await lagRows(1, 10), ...await lagRows(8, 5)];
}

async function throughputRows(): Promise<Row[]> {
  const suite = 'vision, one face, 640×480';
  const unit = 'frames per CPU second';
  const pictures = await oneFace();
  const ours: Throughput[] = [];
  const peers: HumanFigures[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await measureThroughput(pictures, FRAMES, false));
    peers.push(await measureHuman(pictures, PEER_FRAMES));
  }
  const both = total(ours);
  const human = total(peers);
  const own = await measureThroughput(pictures, FRAMES, true);
  const peer = `@vladmandic/human (tfjs, ${peers[0]!.backend}), which is given decoded frames`;
  const ratio = both.framesPerCpuSecond / human.framesPerCpuSecond;
  const rounds = ours.map(({ framesPerCpuSecond }, i) => (framesPerCpuSecond / peers[i]!.framesPerCpuSecond).toFixed(2));
  return [
    { suite, what: 'decode + detect + pose + expression', value: both.framesPerCpuSecond, unit, target: `≥ ${MIN_FRAMES} ${unit}`, met: both.framesPerCpuSecond >= MIN_FRAMES },
    { suite, what: 'the same beside the peer', value: both.framesPerCpuSecond, unit, peer: `${peer}; by round ${rounds.join(', ')}`, ratio, target: `≥ ${MIN_RATIO} ×`, met: ratio >= MIN_RATIO },
    { suite, what: 'the peer', value: human.framesPerCpuSecond, unit },
    { suite, what: 'faces that the peer finds and reads in a frame', value: mean(peers.map(({ read }) => read)), unit: 'faces' },
    { suite, what: 'own expression model alone', value: own.framesPerCpuSecond, unit },
    { suite, what: 'decoding and copying one frame', value: mean(ours.map(({ decodeMs }) => decodeMs)), unit: 'ms' },
    { suite, what: 'measuring one frame', value: mean(ours.map(({ measureMs }) => measureMs)), unit: 'ms' },
    { suite, what: 'faces read in a frame', value: mean(ours.map(({ faces }) => faces)), unit: 'faces' },
  ];
}

/** Frames per CPU second over rounds of the same length. */
function total(rounds: readonly { framesPerCpuSecond: number }[]): { framesPerCpuSecond: number } {
  return { framesPerCpuSecond: 1 / mean(rounds.map(({ framesPerCpuSecond }) => 1 / framesPerCpuSecond)) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function threadRows(): Promise<Row[]> {
  const suite = 'vision, measuring threads, one face, 640×480, decoded';
  const pictures = await oneFace();
  const one = await measureThreads(pictures, 1, FRAMES);
  const two = await measureThreads(pictures, 2, 2 * FRAMES);
  return [
    { suite, what: 'one thread', value: one.framesPerSecond, unit: 'frames/s' },
    { suite, what: 'two threads', value: two.framesPerSecond, unit: 'frames/s', peer: 'one thread', ratio: two.framesPerSecond / one.framesPerSecond },
    { suite, what: 'one thread, whatever else the machine does', value: one.framesPerCpuSecond, unit: 'frames per CPU second' },
    { suite, what: 'two threads, whatever else the machine does', value: two.framesPerCpuSecond, unit: 'frames per CPU second' },
  ];
}

async function lagRows(cameras: number, fps: number): Promise<Row[]> {
  const suite = `vision lag, ${cameras} camera${cameras > 1 ? 's' : ''} at ${fps} frames/s, 5 measured`;
  const lag = await measureLag(cameras, fps, SECONDS);
  return [
    { suite, what: 'sent → sample at the hub, p50', value: lag.p50, unit: 'ms' },
    atMost(suite, 'sent → sample at the hub, p95', lag.p95, 'ms', MAX_LAG_MS),
    { suite, what: 'arrival → sample in the node, p95', value: lag.nodeP95, unit: 'ms' },
    { suite, what: 'measured, each camera', value: lag.fps, unit: 'frames/s' },
    { suite, what: 'dropped', value: lag.dropped, unit: 'frames' },
    { suite, what: 'lost but frames (messages against the contract, cameras gone)', value: lag.otherwiseLost, unit: '', target: '0', met: lag.otherwiseLost === 0 },
    { suite, what: 'faces found in a frame', value: lag.faces, unit: 'faces' },
  ];
}

if (import.meta.main) console.log(formatRows(await visionBench()));
