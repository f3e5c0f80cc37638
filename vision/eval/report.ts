import { EMOTIONS, moodOf, type Emotion, type EmotionShares } from '../../contract/index.ts';
import type { Read } from './evaluate.ts';
import { auc, percentile, wilson, type Estimate } from './statistics.ts';

/** What may be decided on: finer classes are mistaken for each other too often. */
export const COARSE = ['happy', 'surprise', 'negative', 'neutral'] as const;
export type Coarse = (typeof COARSE)[number];

export interface Part {
  pictures: number;
  /** Of the classes that occur, in the order of `EMOTIONS`. */
  accuracy: Estimate | null;
  coarse: Estimate | null;
  /** p(happy) of happy pictures against the rest. */
  happy: Estimate | null;
  /** Mood of happy pictures against negative ones. */
  negativeHappy: Estimate | null;
}

export interface Report extends Part {
  /** Share of photographs in which a face was found; null when none was searched. */
  recall: Estimate | null;
  classes: { label: Emotion; recall: Estimate | null }[];
  coarseClasses: { label: Coarse; recall: Estimate | null }[];
  groups: ({ group: string } & Part)[];
  /** Times of one face on one thread, ms; NaN where nothing was timed. */
  latency: { read: { p50: number; p95: number }; detect: { p50: number; p95: number } };
}

type Seen = Read & { shares: EmotionShares };

/** Figures of what was read. Pictures without a face count for `recall` alone. */
export function report(reads: readonly Read[]): Report {
  const seen = reads.filter((read): read is Seen => read.shares !== null);
  const searched = reads.filter((read) => read.searched);
  const groups = [...new Set(seen.flatMap(({ group }) => group ?? []))].sort();
  const times = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return { p50: percentile(known, 0.5), p95: percentile(known, 0.95) };
  };
  return {
    ...part(seen), pictures: reads.length,
    recall: wilson(searched.filter(({ shares }) => shares !== null).length, searched.length),
    classes: EMOTIONS.filter((label) => reads.some((read) => read.label === label)).map((label) => ({ label, recall: hitRate(seen.filter((read) => read.label === label), exactly) })),
    coarseClasses: COARSE.filter((label) => reads.some((read) => coarseOf(read.label) === label)).map((label) => ({ label, recall: hitRate(seen.filter((read) => coarseOf(read.label) === label), coarsely) })),
    groups: groups.length < 2 ? [] : groups.map((group) => ({ group, ...part(seen.filter((read) => read.group === group)) })),
    latency: { read: times(reads.map(({ readMs }) => readMs)), detect: times(reads.map(({ detectMs }) => detectMs)) },
  };
}

function part(seen: readonly Seen[]): Part {
  const of = (want: (read: Seen) => boolean, score: (shares: EmotionShares) => number): number[] => seen.filter(want).map(({ shares }) => score(shares));
  const isHappy = ({ label }: Seen): boolean => label === 'happy';
  const p = (shares: EmotionShares): number => shares.happy;
  return {
    pictures: seen.length, accuracy: hitRate(seen, exactly), coarse: hitRate(seen, coarsely),
    happy: auc(of(isHappy, p), of((read) => !isHappy(read), p)),
    negativeHappy: auc(of(isHappy, moodOf), of(({ label }) => coarseOf(label) === 'negative', moodOf)),
  };
}

const hitRate = (seen: readonly Seen[], right: (read: Seen) => boolean): Estimate | null => wilson(seen.filter(right).length, seen.length);
const exactly = ({ label, shares }: Seen): boolean => topOf(EMOTIONS, (emotion) => shares[emotion]) === label;
const coarsely = ({ label, shares }: Seen): boolean => coarseFrom(shares) === coarseOf(label);

export function coarseOf(label: Emotion): Coarse {
  return label === 'happy' || label === 'surprise' || label === 'neutral' ? label : 'negative';
}

/** The coarse class of the likeliest emotion. */
export const coarseFrom = (shares: EmotionShares): Coarse => coarseOf(topOf(EMOTIONS, (emotion) => shares[emotion]));

function topOf<T>(names: readonly T[], score: (name: T) => number): T {
  return names.reduce((best, name) => (score(name) > score(best) ? name : best));
}

const figure = (value: number): string => value.toFixed(3);
const estimate = (found: Estimate | null): string => (found ? `${figure(found.value)} [${figure(found.low)}, ${figure(found.high)}]  n = ${found.n}` : 'nothing to measure it on');
const line = (name: string, text: string): string => `  ${name.padEnd(34)} ${text}`;

/** The report as text for a terminal. */
export function printed({ recall, classes, coarseClasses, groups, latency, ...whole }: Report): string {
  const ms = ({ p50, p95 }: { p50: number; p95: number }): string => (Number.isNaN(p50) ? 'not measured' : `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`);
  return [
    `${whole.pictures} pictures. Shares with Wilson's interval, areas under the curve (AUC) with DeLong's, 95 %.`,
    ...(recall ? [line('faces found', estimate(recall))] : []),
    line('accuracy, all classes', estimate(whole.accuracy)),
    ...classes.map(({ label, recall: found }) => line(`  ${label}`, estimate(found))),
    line('accuracy, four classes', estimate(whole.coarse)),
    ...coarseClasses.map(({ label, recall: found }) => line(`  ${label}`, estimate(found))),
    line('AUC, happy against the rest', estimate(whole.happy)),
    line('AUC, negative against happy', estimate(whole.negativeHappy)),
    ...groups.flatMap(({ group, ...figures }) => [
      `  group "${group}", ${figures.pictures} faces`,
      line('    accuracy, all classes', estimate(figures.accuracy)), line('    accuracy, four classes', estimate(figures.coarse)),
      line('    AUC, happy', estimate(figures.happy)), line('    AUC, negative against happy', estimate(figures.negativeHappy)),
    ]),
    line('reading a face, one thread', ms(latency.read)),
    ...(recall ? [line('finding faces, one thread', ms(latency.detect))] : []),
  ].join('\n');
}
