import type { Estimate, MoodNow } from '../../contract/index.ts';
import { LEAST_PEOPLE } from '../../contract/index.ts';
import { QUARTER } from './blocks.ts';
import { UNKNOWN } from './estimates.ts';
import type { Material, Segment } from './material.ts';
import { coarse } from './reactor.ts';
import { moodEstimate, smileEstimate, sumOfBlocks } from './portrait.ts';
import type { Summed } from './repository.ts';
import { valueOf } from './sums.ts';

/** How far back "now" goes for the whole site, and how old a place's block may be at most, ms. */
export const NOW_MS = QUARTER;
export const PLACE_MS = 2 * QUARTER;
/** A place's block that began longer ago says nothing of now. */
const BEGUN_MS = 4 * QUARTER;

const coarser = ({ value, low, high }: Estimate): Estimate => ({ value: value === null ? null : coarse(value), low: low === null ? null : coarse(low), high: high === null ? null : coarse(high) });

/**
 * How visitors feel now. The whole site: the groups of people that were told of in the last quarter of an hour, rounded to
 * twentieths like these. Each place: its latest whole blocks, which ended no longer than two quarters ago.
 */
export function moodNowOf(material: Material, groups: readonly Summed[], site: string, at: number): MoodNow {
  const all = sumOfBlocks(groups);
  const people = valueOf(all, 'people');
  const whole = people < LEAST_PEOPLE ? { people: 0, mood: UNKNOWN, smile: UNKNOWN } : { people, mood: coarser(moodEstimate(all)), smile: coarser(smileEstimate(all)) };
  const places = new Map<string, { touchpoint: string | null; zone: string | null; segments: Segment[] }>();
  for (const segment of material.streams) {
    if (segment.staff) continue;
    const { touchpoint, zone } = segment.names;
    const key = `${touchpoint?.id ?? ''}\n${zone?.id ?? ''}`;
    const place = places.get(key) ?? { touchpoint: touchpoint?.id ?? null, zone: zone?.id ?? null, segments: [] };
    places.set(key, place);
    place.segments.push(segment);
  }
  return {
    site, at, whole,
    places: [...places].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { touchpoint, zone, segments }]) => {
      const blocks = segments.flatMap(({ blocks: own }) => own.filter(({ from, to }) => at - to * QUARTER <= PLACE_MS && at - from * QUARTER <= BEGUN_MS));
      const sums = sumOfBlocks(blocks);
      const enough = valueOf(sums, 'people') >= LEAST_PEOPLE;
      return { touchpoint, zone, enough, people: enough ? valueOf(sums, 'people') : 0, mood: enough ? moodEstimate(sums) : UNKNOWN, smile: enough ? smileEstimate(sums) : UNKNOWN };
    }),
  };
}
