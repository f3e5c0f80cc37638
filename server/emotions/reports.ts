import type { Attention, AreaRole, DayHours, Estimate, Journey } from '../../contract/index.ts';
import { QUARTER } from './blocks.ts';
import { zoneOffsets } from './clocks.ts';
import { meanEstimate, momentsOf, shareEstimate, UNKNOWN } from './estimates.ts';
import { minutesOf, type FilledBlock, type Material, type Segment } from './material.ts';
import { isEnough, moodEstimate, negativeEstimate, rowsOf, smileEstimate, sumOfBlocks } from './portrait.ts';
import { addSums, emptySums, QUANTUM, valueOf, type Sums } from './sums.ts';

const HOUR = 3600_000;
/** A block that took longer says nothing of one hour. */
const HOURLY_QUARTERS = 4;
interface Range { from: number; to: number }

/** The hours that blocks lie in by their middle, epoch ms of their start, with the sums of each. */
export function byHour(blocks: readonly FilledBlock[]): Map<number, Sums> {
  const hours = new Map<number, Sums>();
  for (const { from, to, sums } of blocks) {
    if (to - from > HOURLY_QUARTERS) continue;
    const hour = Math.floor((((from + to) / 2) * QUARTER) / HOUR) * HOUR;
    const known = hours.get(hour);
    if (known) { addSums(known, sums); continue; }
    const fresh = emptySums();
    addSums(fresh, sums);
    hours.set(hour, fresh);
  }
  return hours;
}
const visitorsOf = ({ streams }: Material): Segment[] => streams.filter(({ staff }) => !staff);
export const visitorBlocks = (material: Material): FilledBlock[] => visitorsOf(material).flatMap(({ blocks }) => blocks);

/**
 * Do they leave happier than they came: mood in the areas of exits less mood in those of entrances, hour by hour, and the
 * mean of these differences by the paired t test (W. S. Gosset 1908). By the hour, since people of one hour share weather,
 * queues and staff. The people of an hour are not the same at both doors, and nobody is followed.
 */
export function journeyOf(material: Material, site: string, range: Range): Journey {
  const of = (role: AreaRole): Segment[] => visitorsOf(material).filter(({ names }) => names.role === role);
  const entrances = of('entrance');
  const exits = of('exit');
  const came = byHour(entrances.flatMap(({ blocks }) => blocks));
  const left = byHour(exits.flatMap(({ blocks }) => blocks));
  const hours = [...came].filter(([hour]) => left.has(hour)).sort(([a], [b]) => a - b).map(([hour, entrance]) => {
    const exit = left.get(hour)!;
    const [before, after] = [moodEstimate(entrance), moodEstimate(exit)];
    return { hour, entrance: before, exit: after, entrancePeople: valueOf(entrance, 'people'), exitPeople: valueOf(exit, 'people'), difference: after.value! - before.value! };
  });
  const pairs = hours.length;
  const { mean, variance } = momentsOf(pairs, hours.reduce((sum, { difference }) => sum + difference, 0), hours.reduce((sum, { difference }) => sum + difference * difference, 0), 1);
  return {
    site, ...range, hours, pairs, difference: meanEstimate(pairs, mean, variance, { least: -2, most: 2 }),
    missing: entrances.length === 0 ? 'entrance' : exits.length === 0 ? 'exit' : pairs < 2 ? 'hours' : null,
  };
}

const TENTH = 10;
/** Mean seconds in view of a person. */
function secondsEstimate(sums: Sums): Estimate {
  const n = valueOf(sums, 'people');
  const { mean, variance } = momentsOf(n, valueOf(sums, 'time'), valueOf(sums, 'timeSquares'), TENTH);
  return meanEstimate(n, mean, variance, { least: 0, most: Infinity });
}

/** What draws attention: of the people in view of each area, how many turned to the camera there and how long they stayed in view. */
export function attentionOf(material: Material, site: string, range: Range): Attention {
  const rows = rowsOf({ ...material, streams: visitorsOf(material) }, 'area', false).map(({ id, name, role, blocks, seen, minutes }) => {
    const sums = sumOfBlocks(blocks);
    const people = valueOf(sums, 'people');
    if (!isEnough(people, minutesOf(minutes))) return { id, name, role, enough: false, people: valueOf(seen, 'people'), turned: UNKNOWN, seconds: UNKNOWN };
    return { id, name, role, enough: true, people, turned: shareEstimate(valueOf(sums, 'turned'), people), seconds: secondsEstimate(sums) };
  });
  return { site, ...range, rows };
}

/** The hour of the day by the clocks of a zone. */
function localHours(timezone: string): (at: number) => number {
  const offset = zoneOffsets(timezone);
  return (at) => Math.floor((at + offset(at)) / HOUR) % 24;
}

/** The minutes of a site's pictures by the hour of its day. */
function minutesByHour({ whole }: Material, localHour: (at: number) => number): Map<number, Pick<Segment, 'minutes'>[]> {
  const hours = new Map<number, Pick<Segment, 'minutes'>[]>();
  for (const { minutes } of whole) for (const [quarter, bits] of minutes) {
    const hour = localHour(quarter * QUARTER);
    const known = hours.get(hour) ?? [];
    hours.set(hour, known);
    known.push({ minutes: new Map([[quarter, bits]]) });
  }
  return hours;
}

/**
 * When in the day it is worst. The worst hour is the one whose mood is lowest, if even the upper end of its interval lies
 * below the mean of all people. Looking for the lowest of many hours finds one by chance: the interval that decides has
 * the confidence 1 − 0.05 / hours (Bonferroni; O. J. Dunn, JASA 56 (1961), 52–64). The intervals that are shown have 95 %.
 */
export function dayHoursOf(material: Material, site: string, range: Range, timezone: string): DayHours {
  const localHour = localHours(timezone);
  const sums = new Map<number, Sums>();
  for (const [at, hourly] of byHour(visitorBlocks(material))) {
    const hour = localHour(at);
    const known = sums.get(hour) ?? emptySums();
    addSums(known, hourly);
    sums.set(hour, known);
  }
  const seen = minutesByHour(material, localHour);
  const hours = Array.from({ length: 24 }, (_, hour) => {
    const own = sums.get(hour) ?? emptySums();
    const people = valueOf(own, 'people');
    const enough = isEnough(people, minutesOf(seen.get(hour) ?? []));
    return { hour, enough, people, mood: enough ? moodEstimate(own) : UNKNOWN, smile: enough ? smileEstimate(own) : UNKNOWN, negative: enough ? negativeEstimate(own) : UNKNOWN };
  });
  const judged = hours.filter(({ enough }) => enough);
  const all = sumOfBlocks(judged.map(({ hour }) => ({ sums: sums.get(hour)! })));
  const mean = valueOf(all, 'peopleMood') / valueOf(all, 'people') / QUANTUM;
  const lowest = judged.reduce<(typeof judged)[number] | undefined>((low, one) => (low === undefined || one.mood.value! < low.mood.value! ? one : low), undefined);
  const decides = lowest && judged.length > 1 ? moodEstimate(sums.get(lowest.hour)!, 1 - 0.05 / judged.length) : UNKNOWN;
  return { site, ...range, hours, worst: decides.high !== null && decides.high < mean ? lowest!.hour : null };
}
