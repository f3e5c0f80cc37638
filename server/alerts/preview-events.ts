import { MINUTE, type AnyEvent, type EventType, type RatingClass } from '../../contract/index.ts';
import { marksOf, type MeasureMinute, type RatingHour } from '../metrics/index.ts';

/** A rating on a scale of five that has this class. */
const VALUES: Record<RatingClass, number> = { lowest: 1, negative: 2, neutral: 3, positive: 5 };

let made = 0;
function event(type: EventType, at: number, touchpoint: string, body: object): AnyEvent {
  made += 1;
  return { offset: made, id: `replayed-${made}`, type, site: '', at, received: at, device: 'replay', touchpoint: touchpoint === '' ? null : touchpoint, body } as AnyEvent;
}

/** The ratings of one hour at all touchpoints, in the order of time to the second. */
export function ratingEvents(rows: readonly RatingHour[]): AnyEvent[] {
  return rows.flatMap(({ touchpoint, hour, marks }) => marksOf(hour, marks).map(({ at, class: of }) => event('feedback.rated', at, touchpoint, { value: VALUES[of], scale: 5 }))).sort((a, b) => a.at - b.at);
}

/** What was measured in one minute, as events at its end. */
export function measureEvents({ touchpoint, minute, in: came, out, receipts, consultations, faces, mood, people }: MeasureMinute, site: { id: string }): AnyEvent[] {
  const at = minute * MINUTE + MINUTE - 1;
  const several = (count: number, type: EventType, body: object): AnyEvent[] => Array.from({ length: Math.max(0, count) }, () => event(type, at, touchpoint, body));
  return [
    ...(came > 0 || out > 0 ? [event('traffic.counted', at, touchpoint, { in: came, out })] : []),
    ...several(receipts, 'sale.recorded', { receipt: site.id, total: 0, currency: 'XXX' }),
    ...several(consultations, 'consultation.counted', {}), ...several(-consultations, 'consultation.undone', { consultation: '' }),
    // Where nobody counted people yet, the preview says too much rather than nothing.
    ...(faces > 0 || (people ?? 0) > 0 ? [event('emotion.windowed', at, touchpoint, { camera: 'replay', from: minute * MINUTE, to: at, faces, mood: faces === 0 ? null : mood / faces / 1000, visits: { n: people ?? faces } })] : []),
  ];
}
