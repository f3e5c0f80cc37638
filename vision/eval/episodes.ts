import { moodOf } from '../../contract/index.ts';
import type { Read } from './evaluate.ts';
import { coarseOf } from './report.ts';
import { median, wilson, type Estimate } from './statistics.ts';

/** Thresholds of mood that an episode may open at. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 16 }, (_, i) => Math.round(-20 - 5 * i) / 100);

/** How many pictures the simulated window of one person has: about what is left of ten seconds when frames are alike. */
const WINDOW = 9;
const PEOPLE = 2_000;
const SEED = 20_261_122;

/** At one threshold: the share whose mood is at or below it. */
export interface EpisodeRow {
  threshold: number;
  /** Of pictures that are not negative, and of negative ones: somebody who looks the same all the time. */
  others: Estimate | null;
  negative: Estimate | null;
  /** The same of the median of nine pictures drawn from one class: somebody who changes from frame to frame. */
  changingOthers: Estimate | null;
  changingNegative: Estimate | null;
}

/**
 * How often an unhappy visitor would be called for at each threshold, rightly and wrongly. Real people lie between the
 * two columns of each kind: their frames are alike, but not the same. Seeded: the same pictures give the same table.
 */
export function episodeTable(reads: readonly Read[], thresholds: readonly number[] = THRESHOLDS): EpisodeRow[] {
  const byLabel = new Map<Read['label'], number[]>();
  for (const { label, shares } of reads) {
    if (!shares) continue;
    const moods = byLabel.get(label) ?? [];
    byLabel.set(label, moods);
    moods.push(moodOf(shares));
  }
  const isNegative = (label: Read['label']): boolean => coarseOf(label) === 'negative';
  const classes = [...byLabel].sort(([a], [b]) => a.localeCompare(b));
  const moods = (negative: boolean): number[] => classes.flatMap(([label, values]) => (isNegative(label) === negative ? values : []));
  const people = (negative: boolean): number[] => simulated(classes.filter(([label]) => isNegative(label) === negative).map(([, values]) => values));
  const groups = { others: moods(false), negative: moods(true), changingOthers: people(false), changingNegative: people(true) };
  const share = (values: readonly number[], threshold: number): Estimate | null => wilson(values.filter((mood) => mood <= threshold).length, values.length);
  return thresholds.map((threshold) => ({
    threshold, others: share(groups.others, threshold), negative: share(groups.negative, threshold),
    changingOthers: share(groups.changingOthers, threshold), changingNegative: share(groups.changingNegative, threshold),
  }));
}

/** Medians of nine moods drawn, with replacement, from one class; the classes in turn. */
function simulated(classes: readonly number[][]): number[] {
  const filled = classes.filter(({ length }) => length > 0);
  if (filled.length === 0) return [];
  let state = SEED;
  const next = (below: number): number => {
    // Numerical Recipes' generator; its high bits are the better ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: PEOPLE }, (_, i) => {
    const moods = filled[i % filled.length]!;
    return median(Array.from({ length: WINDOW }, () => moods[next(moods.length)]!));
  });
}

const cell = (found: Estimate | null): string => (found ? `${found.value.toFixed(3)} [${found.low.toFixed(3)}, ${found.high.toFixed(3)}]` : 'none').padEnd(24);

/** The table as text for a terminal. */
export function printedEpisodes(rows: readonly EpisodeRow[]): string {
  return [
    `Share whose mood is at or below the threshold. "changing": median of ${WINDOW} pictures of one class, ${PEOPLE} people, seed ${SEED}.`,
    `  ${'mood'.padEnd(7)}${'not negative'.padEnd(24)}${'negative'.padEnd(24)}${'not negative, changing'.padEnd(24)}negative, changing`,
    ...rows.map(({ threshold, others, negative, changingOthers, changingNegative }) => `  ${threshold.toFixed(2).padEnd(7)}${[others, negative, changingOthers, changingNegative].map(cell).join('')}`.trimEnd()),
  ].join('\n');
}
