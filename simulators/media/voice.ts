import { seeded } from '../random.ts';

const RATE = 16_000;
/** Formants of vowels, Hz: where a voice's resonances lie (after Peterson and Barney, 1952, rounded). */
const VOWELS = [[730, 1090, 2440], [530, 1840, 2480], [270, 2290, 3010], [570, 840, 2410], [300, 870, 2240]] as const;
const BANDWIDTHS = [90, 110, 170] as const;

/** A two-pole resonance, as a filter that remembers two samples. */
function resonance(frequency: number, bandwidth: number): (x: number) => number {
  const radius = Math.exp((-Math.PI * bandwidth) / RATE);
  const [b, c] = [2 * radius * Math.cos((2 * Math.PI * frequency) / RATE), -radius * radius];
  let [y1, y2] = [0, 0];
  return (x) => {
    const y = (1 - b - c) * x + b * y1 + c * y2;
    [y1, y2] = [y, y1];
    return y;
  };
}

/** Something that sounds like muttering in an empty room and says nothing: WAV, one channel of 16 bits. The same seed makes the same bytes. */
export function voice(seed: number, seconds: number): Buffer {
  const random = seeded('voice', seed);
  const samples = new Float64Array(Math.round(seconds * RATE));
  const pitch = 95 + random.unit() * 60;
  for (let at = Math.round(0.15 * RATE); at < samples.length - RATE * 0.2;) {
    const length = Math.round((0.13 + random.unit() * 0.16) * RATE);
    syllable(samples, at, Math.min(length, samples.length - at), pitch * (1.12 - 0.2 * (at / samples.length)) * (0.93 + random.unit() * 0.14), random.pick(VOWELS));
    at += length + (random.chance(0.25) ? Math.round((0.12 + random.unit() * 0.2) * RATE) : Math.round(0.02 * RATE));
  }
  const loudest = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-9);
  return wav(samples, 0.6 / loudest);
}

function syllable(samples: Float64Array, from: number, length: number, pitch: number, vowel: readonly number[]): void {
  const filters = vowel.map((frequency, i) => resonance(frequency, BANDWIDTHS[i]!));
  let phase = 0;
  for (let i = 0; i < length; i++) {
    phase += (pitch * (1 + 0.04 * Math.sin((Math.PI * i) / length))) / RATE;
    if (phase >= 1) phase -= 1;
    // A saw tooth has the falling spectrum that vocal cords have.
    const source = 2 * phase - 1;
    const envelope = Math.sin((Math.PI * i) / length) ** 0.7;
    samples[from + i]! += envelope * filters.reduce((sum, filter, n) => sum + filter(source) / (n + 1), 0);
  }
}

function wav(samples: Float64Array, gain: number): Buffer {
  const bytes = Buffer.alloc(44 + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [[16, 16], [24, RATE], [28, RATE * 2], [40, samples.length * 2]] as const) bytes.writeUInt32LE(value, at);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) bytes.writeUInt16LE(value, at);
  bytes.write('data', 36, 'latin1');
  samples.forEach((sample, i) => bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample * gain)) * 32_767), 44 + i * 2));
  return bytes;
}
