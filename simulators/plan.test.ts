import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { DEVICE_KINDS, EVENT_BODIES, type EventType } from '../contract/index.ts';
import { DEVICES } from './place.ts';
import { planDay, SHARES, visitorsPerHour, withMedia, type DayPlan, type Media, type PlannedEvent } from './plan.ts';

const HOUR = 3_600_000;
const MEDIA: Media = { voices: [4, 6].map((seconds) => ({ file: 'a'.repeat(64), seconds })), photos: [{ file: 'b'.repeat(64) }] };
const DAY = 12 * HOUR;
const plans = Array.from({ length: 30 }, (_, i) => planDay(1, `day-${i}`, 9, DAY));
const of = (type: EventType, from: Pick<DayPlan, 'events'>[] = plans): PlannedEvent[] => from.flatMap(({ events }) => events.filter((event) => event.type === type));
const isNegative = ({ body }: PlannedEvent): boolean => (body['value'] as number) <= 2;

describe('planDay', () => {
  it('is the same for the same seed and day, and another for another seed or day', () => {
    expect(planDay(7, 'a', 9, DAY)).toEqual(planDay(7, 'a', 9, DAY));
    expect(planDay(8, 'a', 9, DAY)).not.toEqual(planDay(7, 'a', 9, DAY));
    expect(planDay(7, 'b', 9, DAY)).not.toEqual(planDay(7, 'a', 9, DAY));
  });

  it('is sorted, lies within the day, and no key comes twice', () => {
    for (const { events } of plans) {
      const offsets = events.map(({ offset }) => offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(offsets[0]).toBeGreaterThanOrEqual(0);
      expect(offsets.at(-1)).toBeLessThan(DAY);
      expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
    }
  });

  it('visitors follow the hour: within 4 standard errors of each hour\'s rate', () => {
    for (let hour = 0; hour < 12; hour++) {
      const came = of('traffic.counted').filter(({ offset }) => Math.floor(offset / HOUR) === hour).reduce((sum, { body }) => sum + (body['in'] as number), 0);
      const coaches = plans.flatMap(({ crowds }) => crowds).filter(({ from }) => Math.floor(from / HOUR) === hour).reduce((sum, { people }) => sum + people, 0);
      const expected = visitorsPerHour(9 + hour) * plans.length + coaches;
      expect(Math.abs(came - expected), `hour ${9 + hour}: ${came} of ${expected}`).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  it('nobody leaves who did not come', () => {
    for (const plan of plans) {
      let inside = 0;
      for (const { body } of of('traffic.counted', [plan])) {
        inside += (body['in'] as number) - (body['out'] as number);
        expect(inside).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('at most a tenth of the buyers press at the tills, and about 12 % of presses are negative', () => {
    const quiet = plans.map(({ events, spells }) => ({ spells, events: events.filter(({ offset }) => !spells.some(({ from, to }) => offset >= from && offset < to)) }));
    const presses = of('feedback.rated', quiet);
    const atTills = presses.filter(({ device }) => device.startsWith('button'));
    const share = atTills.length / of('sale.recorded', quiet).length;
    expect(share).toBeGreaterThan(0.06);
    expect(share).toBeLessThan(0.1);
    const negative = presses.filter(isNegative).length / presses.length;
    expect(Math.abs(negative - SHARES.negative)).toBeLessThan(0.03);
  });

  it('a bad spell raises the negative share at its till, and at no other', () => {
    const inSpell: PlannedEvent[] = [];
    const beside: PlannedEvent[] = [];
    for (const { events, spells } of plans) {
      for (const event of events) {
        if (event.type !== 'feedback.rated' || !event.device.startsWith('button')) continue;
        const spell = spells.find(({ from, to }) => event.offset >= from && event.offset < to);
        if (spell) (event.device === spell.till.replace('till', 'button') ? inSpell : beside).push(event);
      }
    }
    const share = (presses: PlannedEvent[]): number => presses.filter(isNegative).length / presses.length;
    expect(inSpell.length).toBeGreaterThan(60);
    expect(share(inSpell)).toBeGreaterThan(0.5);
    expect(share(beside)).toBeLessThan(0.25);
  });

  it('every event fits the contract and may be sent by its device', () => {
    const checks = new Map(Object.entries(EVENT_BODIES).map(([type, schema]) => [type, Compile(schema)]));
    const kinds = new Map(DEVICES.map(({ key, kind }) => [key as string, kind]));
    const pressKeys = new Set(of('feedback.rated').map(({ key }) => key));
    for (const event of plans.slice(0, 3).flatMap(({ events }) => events)) {
      const kind = kinds.get(event.device);
      expect(kind, event.device).toBeDefined();
      expect(DEVICE_KINDS[kind!] as readonly string[]).toContain(event.type);
      const body = withMedia(event.about === undefined ? event.body : { ...event.body, rating: '01K00000000000000000000000' }, event.attach, MEDIA);
      expect(checks.get(event.type)!.Check(body), JSON.stringify(event)).toBe(true);
      if (event.about !== undefined) expect(pressKeys.has(event.about)).toBe(true);
    }
  });

  it('reasons come seconds after a negative press that had none', () => {
    const presses = new Map(plans.flatMap(({ events }, day) => events.filter(({ type }) => type === 'feedback.rated').map((event) => [`${day} ${event.key}`, event] as const)));
    const reasons = plans.flatMap(({ events }, day) => events.filter(({ type }) => type === 'feedback.explained').map((event) => ({ event, press: presses.get(`${day} ${event.about}`)! })));
    expect(reasons.length).toBeGreaterThan(100);
    for (const { event, press } of reasons) {
      expect(isNegative(press) && press.body['factor'] === undefined).toBe(true);
      expect(event.offset - press.offset).toBeGreaterThanOrEqual(3_000);
      expect(event.offset - press.offset).toBeLessThanOrEqual(7_000);
    }
  });

  it('some messages have a voice, a photo or a contact, and come without the files that there are not', () => {
    const messages = of('feedback.messaged');
    for (const has of [({ attach }: PlannedEvent) => attach?.voice !== undefined, ({ attach }: PlannedEvent) => attach?.photo !== undefined, ({ body }: PlannedEvent) => body['contact'] !== undefined]) {
      const share = messages.filter(has).length / messages.length;
      expect(share).toBeGreaterThan(0.04);
      expect(share).toBeLessThan(0.5);
    }
    expect(withMedia({ text: 'x' }, { voice: 1, photo: 0 }, MEDIA)).toEqual({ text: 'x', voice: MEDIA.voices[1], photo: MEDIA.photos[0] });
    expect(withMedia({ text: 'x' }, { voice: 1, photo: 0 }, { voices: [], photos: [] })).toEqual({ text: 'x' });
  });

  it('nobody is talked to in an idle stretch, and people are there', () => {
    for (const plan of plans) for (const { from, to } of plan.idle) {
      const within = plan.events.filter(({ offset }) => offset >= from && offset < to);
      expect(within.filter(({ type }) => type === 'consultation.counted')).toEqual([]);
      expect(to - from).toBeGreaterThanOrEqual(15 * 60_000);
    }
    const free = of('consultation.counted').length / plans.length;
    expect(free).toBeGreaterThan(100);
  });

  it('a coach at the door makes it crowded, and praise comes in bursts', () => {
    const insideAt = (plan: DayPlan, until: number): number => of('traffic.counted', [plan]).filter(({ offset }) => offset <= until).reduce((sum, { body }) => sum + (body['in'] as number) - (body['out'] as number), 0);
    for (const plan of plans) {
      for (const { from, people } of plan.crowds) expect(insideAt(plan, from + 7 * 60_000) - insideAt(plan, from)).toBeGreaterThan(people / 3);
      const burst = plan.events.filter(({ key }) => /^b\d+$/.test(key));
      expect(burst).toHaveLength(10);
      expect(burst.at(-1)!.offset - burst[0]!.offset).toBeLessThan(15 * 60_000);
    }
  });
});
