import { minuteOf, ratingClass, zoneOffsetMs, type AnyEvent, type RatingClass } from '../../contract/index.ts';

export const HOUR = 3600_000;
export const DAY = 24 * HOUR;
/** How many days a usual value rests on. */
export const USUAL_DAYS = 28;
/** Marks kept of one touchpoint in one hour; what comes beyond is counted all the same. */
export const MARKS_MOST = 3_600;

const CLASSES = ['lowest', 'negative', 'neutral', 'positive'] as const satisfies readonly RatingClass[];
const MARK_LENGTH = 3;

/** Ratings of one touchpoint in one hour (hours since the epoch, UTC), by class. */
export interface RatingCounts { lowest: number; negative: number; neutral: number; positive: number; marks: string }
/** One rating as it is played back: when (epoch ms, whole seconds) and of which class. */
export interface Mark { at: number; class: RatingClass }

/** Other measures of one touchpoint in one minute; `mood` is the sum of `faces` moods in thousandths, `people` those whose time in view ended. */
export interface MeasureCounts { in: number; out: number; receipts: number; consultations: number; lost: number; faces: number; mood: number; people: number }

export const hourOf = (at: number): number => Math.floor(at / HOUR);

/** A rating as three characters, see `rating_hours`. */
export function markOf(at: number, of: RatingClass): string {
  const second = Math.floor((at % HOUR) / 1000);
  return (second * CLASSES.length + CLASSES.indexOf(of)).toString(36).padStart(MARK_LENGTH, '0');
}

/** The ratings of an hour in the order in which they were counted. What is no mark is left out. */
export function marksOf(hour: number, marks: string): Mark[] {
  const found: Mark[] = [];
  for (let i = 0; i + MARK_LENGTH <= marks.length; i += MARK_LENGTH) {
    const code = Number.parseInt(marks.slice(i, i + MARK_LENGTH), 36);
    const second = Math.floor(code / CLASSES.length);
    if (second < 3_600) found.push({ at: hour * HOUR + second * 1000, class: CLASSES[code % CLASSES.length]! });
  }
  return found;
}

export const emptyCounts = (): RatingCounts => ({ lowest: 0, negative: 0, neutral: 0, positive: 0, marks: '' });
const emptyMeasures = (): MeasureCounts => ({ in: 0, out: 0, receipts: 0, consultations: 0, lost: 0, faces: 0, mood: 0, people: 0 });

/** What a page of events adds, by `touchpoint\nhour` and `touchpoint\nminute`. */
export interface Added { hours: Map<string, RatingCounts>; minutes: Map<string, MeasureCounts> }

function of<T>(map: Map<string, T>, touchpoint: string | null, bucket: number, empty: () => T): T {
  const key = `${touchpoint ?? ''}\n${bucket}`;
  let found = map.get(key);
  if (!found) map.set(key, (found = empty()));
  return found;
}

function addRating(added: Added, event: AnyEvent<'feedback.rated'>): void {
  const { value, scale } = event.body;
  // A rating beyond its scale says nothing; the door refuses it, an old log might hold one.
  if (!Number.isInteger(value) || value < 1 || value > scale) return;
  const counted = ratingClass(value, scale);
  const counts = of(added.hours, event.touchpoint, hourOf(event.at), emptyCounts);
  counts[counted] += 1;
  if (counts.marks.length < MARKS_MOST * MARK_LENGTH) counts.marks += markOf(event.at, counted);
}

function measuresOf(event: AnyEvent): { at: number; counts: Partial<MeasureCounts> } | undefined {
  const { at } = event;
  switch (event.type) {
    case 'traffic.counted': return { at, counts: { in: event.body.in, out: event.body.out } };
    // Below 0 where the discount falls into another minute than its count; sums over time come out right.
    case 'traffic.discounted': return { at, counts: { in: -event.body.in, out: -event.body.out } };
    case 'sale.recorded': return { at, counts: { receipts: 1 } };
    case 'consultation.counted': return { at, counts: { consultations: 1 } };
    case 'consultation.undone': return { at, counts: { consultations: -1 } };
    case 'visit.lost': return { at, counts: { lost: 1 } };
    case 'emotion.windowed': {
      const { from, faces, mood, visits } = event.body;
      const people = visits?.n ?? 0;
      const seen = faces > 0 && mood !== null;
      return seen || people > 0 ? { at: from, counts: { ...(seen ? { faces, mood: Math.round(mood * faces * 1000) } : {}), people } } : undefined;
    }
    default: return undefined;
  }
}

/** Sums of a page of events. Laws: the order of events changes sums never, and pages add up. */
export function addAll(events: readonly AnyEvent[]): Added {
  const added: Added = { hours: new Map(), minutes: new Map() };
  for (const event of events) {
    if (event.type === 'feedback.rated') { addRating(added, event); continue; }
    const measured = measuresOf(event);
    if (!measured) continue;
    const counts = of(added.minutes, event.touchpoint, minuteOf(measured.at), emptyMeasures);
    for (const [name, more] of Object.entries(measured.counts) as [keyof MeasureCounts, number][]) counts[name] += more;
  }
  return added;
}

/**
 * The hours (since the epoch, UTC) of the last 28 days in which the site's clocks showed the same hour as at `at`, the
 * current one left out; newest first.
 */
export function sameHours(timezone: string, at: number): number[] {
  const offset = zoneOffsetMs(timezone, at);
  return Array.from({ length: USUAL_DAYS }, (_, i) => {
    const then = at - (i + 1) * DAY;
    return hourOf(then + offset - zoneOffsetMs(timezone, then));
  });
}
