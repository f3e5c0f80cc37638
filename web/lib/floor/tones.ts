import type { Tone } from '../../../contract/alert-words.ts';
import type { Signal } from './signals.ts';

/** A note: pitch in Hz, beginning and length in seconds. */
export interface Note {
  hz: number;
  at: number;
  s: number;
}

/** What to play and how: `gain` is a share of the person's volume. */
export interface Score {
  notes: readonly Note[];
  /** A triangle is soft; a square carries through noise. */
  wave: 'triangle' | 'square';
  gain: number;
  /** For hands that feel what ears miss: vibration and pauses in turn, milliseconds. */
  vibration: readonly number[];
}

/**
 * One figure for each class, told apart by rhythm and direction as well as by pitch, so that a cheap loudspeaker and a
 * noisy hall do not make them alike. Pitches stay where small loudspeakers are loud and hearing is keen, 400 to 2000 Hz.
 */
const FIGURES: Record<Tone, readonly Note[]> = {
  // Two calls, falling: somebody says "here, please" twice.
  visitor: [{ hz: 988, at: 0, s: 0.16 }, { hz: 740, at: 0.18, s: 0.16 }, { hz: 988, at: 0.52, s: 0.16 }, { hz: 740, at: 0.7, s: 0.16 }],
  // Three slow steps down: it gets worse.
  trend: [{ hz: 784, at: 0, s: 0.3 }, { hz: 659, at: 0.36, s: 0.3 }, { hz: 523, at: 0.72, s: 0.42 }],
  // Quick knocking on one pitch: many at the door.
  crowd: [0, 0.12, 0.24, 0.36, 0.48].map((at) => ({ hz: 622, at, s: 0.07 })),
  // One long, one short, low: a machine.
  equipment: [{ hz: 440, at: 0, s: 0.5 }, { hz: 440, at: 0.62, s: 0.12 }],
  // To and fro like a siren.
  duty: [{ hz: 831, at: 0, s: 0.22 }, { hz: 1245, at: 0.22, s: 0.22 }, { hz: 831, at: 0.44, s: 0.22 }, { hz: 1245, at: 0.66, s: 0.22 }],
  // A chord climbing: good news.
  praise: [{ hz: 523, at: 0, s: 0.12 }, { hz: 659, at: 0.12, s: 0.12 }, { hz: 784, at: 0.24, s: 0.12 }, { hz: 1047, at: 0.36, s: 0.36 }],
};
const PAUSE_S = 0.25;

const lengthOf = (notes: readonly Note[]): number => Math.max(...notes.map((note) => note.at + note.s));

/** How a signal sounds: urgent ones are full, sharp and said three times; the others once and softer. */
export function scoreOf({ tone, severity }: Signal): Score {
  const figure = FIGURES[tone];
  const times = severity === 'urgent' ? 3 : 1;
  const step = lengthOf(figure) + PAUSE_S;
  const notes = Array.from({ length: times }, (_, round) => figure.map((note) => ({ ...note, at: note.at + round * step }))).flat();
  return { notes, wave: severity === 'urgent' ? 'square' : 'triangle', gain: GAINS[severity], vibration: severity === 'urgent' ? [400, 150, 400, 150, 400] : severity === 'low' ? [] : [180, 120, 180] };
}

const GAINS = { urgent: 1, high: 0.75, medium: 0.55, low: 0.4 } as const;
