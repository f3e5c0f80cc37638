import { atMost, formatRows, type Row } from './lib/rows.ts';
import { CAMERA_FPS, measureLag } from './vision/lag.ts';
import { measureThroughput } from './vision/throughput.ts';

const FRAMES = 300;
const SECONDS = 20;
const MIN_FRAMES = 40;
const MAX_LAG_MS = 250;

/** Frames that one core measures, and how long a frame takes to become a sample, through real WebRTC. */
export async function visionBench(): Promise<Row[]> {
  return [...await throughputRows(), ...await lagRows(1), ...await lagRows(4)];
}

async function throughputRows(): Promise<Row[]> {
  const suite = 'vision, one face, 640×480';
  const both = await measureThroughput(FRAMES, false);
  const own = await measureThroughput(FRAMES, true);
  const unit = 'frames per CPU second';
  return [
    { suite, what: 'decode + detect + expression', value: both.framesPerCpuSecond, unit, target: `≥ ${MIN_FRAMES} ${unit}`, met: both.framesPerCpuSecond >= MIN_FRAMES },
    { suite, what: 'the same, own expression model alone', value: own.framesPerCpuSecond, unit },
    { suite, what: 'decoding and copying one frame', value: both.decodeMs, unit: 'ms' },
    { suite, what: 'measuring one frame', value: both.measureMs, unit: 'ms' },
    { suite, what: 'faces found in a frame', value: both.faces, unit: 'faces' },
  ];
}

async function lagRows(cameras: number): Promise<Row[]> {
  const suite = `vision lag, ${cameras} camera${cameras > 1 ? 's' : ''} at ${CAMERA_FPS} frames/s, 5 measured`;
  const lag = await measureLag(cameras, SECONDS);
  return [
    { suite, what: 'sent → sample at the hub, p50', value: lag.p50, unit: 'ms' },
    atMost(suite, 'sent → sample at the hub, p95', lag.p95, 'ms', MAX_LAG_MS),
    { suite, what: 'arrival → sample in the node, p95', value: lag.nodeP95, unit: 'ms' },
    { suite, what: 'measured, each camera', value: lag.fps, unit: 'frames/s' },
    { suite, what: 'dropped', value: lag.dropped, unit: 'frames' },
    { suite, what: 'faces found in a frame', value: lag.faces, unit: 'faces' },
  ];
}

if (import.meta.main) console.log(formatRows(await visionBench()));
