import { EMOTIONS, LEAST_MINUTES, LEAST_PEOPLE, NEGATIVE, type AreaRole, type Emotion, type Estimate, type Portrait, type PortraitBy, type PortraitRow } from '../../contract/index.ts';
import { meanEstimate, momentsOf, shareEstimate, UNKNOWN } from './estimates.ts';
import { minutesOf, type FilledBlock, type Material, type Segment } from './material.ts';
import { addSums, emotionOf, emptySums, QUANTUM, smileAboveOf, valueOf, type Sums } from './sums.ts';

const SHARE = { least: 0, most: 1 } as const;
const MOOD = { least: -1, most: 1 } as const;

export const sumOfBlocks = (blocks: readonly Pick<FilledBlock, 'sums'>[]): Sums => {
  const sums = emptySums();
  for (const block of blocks) addSums(sums, block.sums);
  return sums;
};

const shareMoments = (sums: Sums, emotion: Emotion) => momentsOf(valueOf(sums, 'people'), emotionOf(sums, 'peopleShares', emotion), emotionOf(sums, 'peopleSquares', emotion), QUANTUM);
const moodMoments = (sums: Sums) => momentsOf(valueOf(sums, 'people'), valueOf(sums, 'peopleMood'), valueOf(sums, 'peopleMoodSquares'), QUANTUM);

/** Mean over people of the share of one emotion. */
export function emotionEstimate(sums: Sums, emotion: Emotion): Estimate {
  const { mean, variance } = shareMoments(sums, emotion);
  return meanEstimate(valueOf(sums, 'people'), mean, variance, SHARE);
}
/** Mean over people of their mean mood. @param confidence of the interval, 0..1 */
export function moodEstimate(sums: Sums, confidence = 0.95): Estimate {
  const { mean, variance } = moodMoments(sums);
  return meanEstimate(valueOf(sums, 'people'), mean, variance, { ...MOOD, confidence });
}
/** Share of the people who smiled. */
export const smileEstimate = (sums: Sums): Estimate => shareEstimate(valueOf(sums, 'peopleSmiles'), valueOf(sums, 'people'));

/**
 * Mean over people of their negative shares together. How these go along with each other is not kept, so the interval is
 * as wide as it can be: standard deviations of a sum are no larger than their sum, and negative is happy less mood.
 */
export function negativeEstimate(sums: Sums): Estimate {
  const n = valueOf(sums, 'people');
  if (n < 2) return UNKNOWN;
  const parts = NEGATIVE.map((emotion) => shareMoments(sums, emotion));
  const mean = Math.min(1, parts.reduce((sum, part) => sum + part.mean, 0));
  const bySum = parts.reduce((sum, { variance }) => sum + Math.sqrt(variance), 0);
  const byMood = Math.sqrt(shareMoments(sums, 'happy').variance) + Math.sqrt(moodMoments(sums).variance);
  // Values within 0..1 with this mean vary by no more than those that are all 0 or 1.
  const atMost = Math.sqrt((mean * (1 - mean) * n) / (n - 1));
  return meanEstimate(n, mean, Math.min(bySum, byMood, atMost) ** 2, SHARE);
}

/** What a row is made of: blocks for what people felt, quarters for what was measured at all. */
export interface RowMaterial { id: string; name: string; role: AreaRole | null; staff: boolean; blocks: FilledBlock[]; seen: Sums; minutes: Pick<Segment, 'minutes'>[]; pictures: boolean; demographics: boolean }

function leftOf(seen: Sums): PortraitRow['left'] {
  const [small = 0, blurred = 0, turned = 0, cut = 0, still = 0, mirrored = 0] = [0, 1, 2, 3, 4, 5].map((i) => valueOf(seen, 'left', i));
  const all = valueOf(seen, 'faces') + small + blurred + turned + cut + still + mirrored;
  if (all === 0) return null;
  return { small: small / all, blurred: blurred / all, turned: turned / all, cut: cut / all, still: (still + mirrored) / all };
}

function demographicsOf(sums: Sums): Pick<PortraitRow, 'male' | 'female' | 'ages'> {
  const male = valueOf(sums, 'male');
  const female = valueOf(sums, 'female');
  const ages = [0, 1, 2, 3, 4].map((band) => valueOf(sums, 'ages', band));
  const aged = ages.reduce((sum, count) => sum + count, 0);
  // A share of fewer people than may be told of is not told.
  const sexes = male + female < LEAST_PEOPLE ? null : { male: shareEstimate(male, male + female), female: shareEstimate(female, male + female) };
  return { male: sexes?.male ?? UNKNOWN, female: sexes?.female ?? UNKNOWN, ages: ages.map((count) => (aged < LEAST_PEOPLE ? UNKNOWN : shareEstimate(count, aged))) };
}

/** Whether anybody may be told of it: enough people in whole blocks, and enough minutes. */
export const isEnough = (people: number, minutes: number): boolean => people >= LEAST_PEOPLE && minutes >= LEAST_MINUTES;

/** One row. Without enough people or time, every number but those two is null. */
export function portraitRow(row: RowMaterial): PortraitRow {
  const sums = sumOfBlocks(row.blocks);
  const minutes = minutesOf(row.minutes);
  const head = { id: row.id, name: row.name, ...(row.staff ? { staff: true as const } : {}), minutes };
  const off = row.demographics ? { male: UNKNOWN, female: UNKNOWN, ages: Array.from({ length: 5 }, () => UNKNOWN) } : { male: null, female: null, ages: null };
  if (!isEnough(valueOf(sums, 'people'), minutes)) {
    return {
      ...head, enough: false, people: valueOf(row.seen, 'people'), samples: null, utilisation: null, smile: UNKNOWN, happy: UNKNOWN, surprise: UNKNOWN, angry: UNKNOWN, disgust: UNKNOWN, sad: UNKNOWN,
      neutral: UNKNOWN, negative: UNKNOWN, mood: UNKNOWN, ...off, left: null,
    };
  }
  const { seen } = row;
  const frames = valueOf(seen, 'frames');
  const [angry, disgust, , happy, sad, surprise, neutral] = EMOTIONS.map((emotion) => emotionEstimate(sums, emotion)) as [Estimate, Estimate, Estimate, Estimate, Estimate, Estimate, Estimate];
  return {
    ...head, enough: true, people: valueOf(sums, 'people'), samples: valueOf(seen, 'faces'), utilisation: frames === 0 ? null : Math.min(1, valueOf(seen, 'withFace') / frames),
    smile: smileEstimate(sums), happy, surprise, angry, disgust, sad, neutral, negative: negativeEstimate(sums), mood: moodEstimate(sums),
    ...(row.demographics ? demographicsOf(sums) : off), left: row.pictures ? leftOf(seen) : null,
  };
}

interface RowKey { id: string; name: string }
function keyOf(by: PortraitBy, { camera, area, staff, names }: Segment): RowKey {
  switch (by) {
    case 'camera': return { id: camera, name: names.camera };
    case 'area': return { id: `${camera}${area === null ? '' : `/${area}`}${staff ? '/staff' : ''}`, name: area === null ? names.camera : `${names.camera}: ${names.area ?? area}` };
    case 'zone': return names.zone ?? { id: '', name: '' };
    case 'touchpoint': return names.touchpoint ?? { id: '', name: '' };
  }
}

const hasDemographics = (sums: Sums): boolean => valueOf(sums, 'male') + valueOf(sums, 'female') > 0 || [0, 1, 2, 3, 4].some((band) => valueOf(sums, 'ages', band) > 0);

/** What each row rests on. By camera what was measured is the picture's; by anything else it is that of the areas. */
export function rowsOf({ streams, whole }: Material, by: PortraitBy, demographics: boolean): RowMaterial[] {
  const rows = new Map<string, RowMaterial & { newest: number }>();
  const rowFor = (segment: Segment): RowMaterial => {
    const { id, name } = keyOf(by, segment);
    let row = rows.get(id);
    if (!row) rows.set(id, (row = { id, name, role: segment.names.role, staff: segment.staff, blocks: [], seen: emptySums(), minutes: [], pictures: true, demographics, newest: -1 }));
    // As it was called last, and what it was for.
    if (segment.since >= row.newest) { row.newest = segment.since; row.name = name; row.role = segment.names.role; }
    return row;
  };
  for (const segment of streams) {
    if (segment.staff && by !== 'area') continue;
    const row = rowFor(segment);
    row.blocks.push(...segment.blocks);
    if (by === 'camera') continue;
    addSums(row.seen, segment.seen);
    row.minutes.push(segment);
    row.pictures &&= segment.area === null;
  }
  if (by === 'camera') for (const picture of whole) {
    const row = rowFor(picture);
    addSums(row.seen, picture.seen);
    row.minutes.push(picture);
  }
  return [...rows.values()].sort((a, b) => Number(a.id === '') - Number(b.id === '') || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
}

/**
 * The emotional portrait ME-1 of a site. The total is of the people in the rows that are shown, each once: what is
 * withheld from its row is not in the total either, so that no subtraction brings it back.
 * @param demographics whether any camera of the site reads age and sex
 */
export function portraitOf(material: Material, site: string, range: { from: number; to: number }, by: PortraitBy, demographics: boolean): Portrait {
  const all = sumOfBlocks(material.whole.map(({ seen }) => ({ sums: seen })));
  const isRead = demographics || hasDemographics(all);
  const rows = rowsOf(material, by, isRead);
  const made = rows.map(portraitRow);
  const shown = rows.filter((row, i) => made[i]!.enough && !row.staff);
  const total: RowMaterial = { id: '', name: '', role: null, staff: false, blocks: shown.flatMap(({ blocks }) => blocks), seen: sumOfBlocks(shown.map(({ seen }) => ({ sums: seen }))), minutes: shown.flatMap(({ minutes }) => minutes), pictures: shown.every(({ pictures }) => pictures), demographics: isRead };
  return { site, ...range, by, smileAbove: smileAboveOf(all), demographics: isRead, rows: made, total: portraitRow(total) };
}
