import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyEvent, RatingClass } from '../../contract/index.ts';
import { addAll, DAY, HOUR, hourOf, markOf, marksOf, MARKS_MOST, sameHours } from './rules.ts';

const AT = 1_790_000_000_000;
const event = (type: string, at: number, body: object, touchpoint: string | null = 'till'): AnyEvent => ({ offset: 1, id: '01', type, site: 'shop', at, received: at, device: 'd', touchpoint, body }) as AnyEvent;
const rated = (at: number, value: number, touchpoint: string | null = 'till') => event('feedback.rated', at, { value, scale: 5 }, touchpoint);

describe('marks', () => {
  it('say to the second when which class was pressed', () => {
    const classes: RatingClass[] = ['lowest', 'negative', 'neutral', 'positive'];
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(HOUR - 1), fc.constantFrom(...classes))), (presses) => {
      const hour = hourOf(AT);
      const text = presses.map(([ms, of]) => markOf(hour * HOUR + ms, of)).join('');
      expect(text).toHaveLength(presses.length * 3);
      expect(marksOf(hour, text)).toEqual(presses.map(([ms, of]) => ({ at: hour * HOUR + Math.floor(ms / 1000) * 1000, class: of })));
    }));
  });
  it('that are none are left out', () => {
    expect(marksOf(1, 'zzz!!!01')).toEqual([]);
  });
});

describe('addAll', () => {
  it('counts ratings by touchpoint, hour and class, those without a touchpoint apart', () => {
    const { hours } = addAll([rated(AT, 1), rated(AT, 2), rated(AT, 3), rated(AT, 5), rated(AT + HOUR, 4), rated(AT, 1, null)]);
    expect(hours.get(`till\n${hourOf(AT)}`)).toMatchObject({ lowest: 1, negative: 1, neutral: 1, positive: 1 });
    expect(hours.get(`till\n${hourOf(AT) + 1}`)).toMatchObject({ positive: 1 });
    expect(hours.get(`\n${hourOf(AT)}`)).toMatchObject({ lowest: 1 });
  });
  it('stops marking at its limit and never stops counting', () => {
    const { hours } = addAll(Array.from({ length: MARKS_MOST + 5 }, () => rated(AT, 1)));
    const counts = hours.get(`till\n${hourOf(AT)}`)!;
    expect(counts.lowest).toBe(MARKS_MOST + 5);
    expect(marksOf(0, counts.marks)).toHaveLength(MARKS_MOST);
  });
  it('sums measures by the minute, moods weighed by faces', () => {
    const windowed = (faces: number, mood: number | null, people?: number) => event('emotion.windowed', AT, { camera: 'c', from: AT, to: AT + 10_000, faces, mood, ...(people === undefined ? {} : { visits: { n: people } }) });
    const { minutes } = addAll([
      event('traffic.counted', AT, { in: 5, out: 2 }), event('traffic.counted', AT, { in: 2, out: 0 }), event('traffic.discounted', AT, { in: 1, out: 0, reason: 'staff' }), event('sale.recorded', AT, { receipt: '1', total: 1, currency: 'RUB' }),
      event('consultation.counted', AT, {}), event('consultation.counted', AT, {}), event('consultation.undone', AT, { consultation: '01' }), event('visit.lost', AT, {}),
      windowed(10, 0.5), windowed(30, -0.1, 2), windowed(0, null), windowed(0, null, 3),
    ]);
    expect([...minutes.values()]).toEqual([{ in: 6, out: 2, receipts: 1, consultations: 1, lost: 1, faces: 40, mood: 2_000, people: 5 }]);
  });
  it('is left untouched by what is no rating at all', () => {
    expect(addAll([rated(AT, 9), rated(AT, 1.5), rated(AT, Number.NaN)]).hours.size).toBe(0);
  });
});

describe('sameHours', () => {
  it('are the hours that showed the same time on the site\'s clocks, also across a change of the clocks', () => {
    // Berlin left summer time on 25 October 2026 at 01:00 UTC.
    const at = Date.parse('2026-11-02T12:30:00Z');
    const hours = sameHours('Europe/Berlin', at);
    expect(hours).toHaveLength(28);
    const shown = new Set(hours.map((hour) => new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', hour: 'numeric', hourCycle: 'h23' }).format(hour * HOUR)));
    expect([...shown]).toEqual(['13']);
    expect(hours).not.toContain(hourOf(at));
    expect(hours[0]).toBe(hourOf(at - DAY));
  });
});
