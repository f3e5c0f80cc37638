import { describe, expect, it } from 'vitest';
import { LEAST_PEOPLE, moodOf, NEGATIVE, PORTRAIT_BY, type Estimate, type PortraitRow } from '../../contract/index.ts';
import { QUARTER } from './blocks.ts';
import { meanEstimate, momentsOf } from './estimates.ts';
import { MaterialFold, minutesOf, quartersOf, type Material } from './material.ts';
import { portraitOf } from './portrait.ts';
import { attentionOf, dayHoursOf, journeyOf } from './reports.ts';
import { cellsOf } from './rollup.ts';
import type { NamesFrom } from './streams.ts';
import { addSums, emptySums, packed, sumsOfWindow, unpacked, valueOf } from './sums.ts';
import { randomFrom, sharesWith, SMILE_ABOVE, windowOf, type Somebody } from './testing/people.ts';

/** A Monday, midnight UTC, and the beginning of 28 days that blocks are counted from. */
const START = 28 * 86_400_000 * 738;
const HOUR = 3600_000;
const ROLES = { door: 'entrance', out: 'exit', shelf: 'display' } as const;
const names = new Map<string, NamesFrom[]>(['cam-a', 'cam-b'].flatMap((camera) => ['', ...Object.keys(ROLES), 'staff'].map((area): [string, NamesFrom[]] => [`${camera}\n${area}`, [{
  quarter: 0, names: { camera: camera.toUpperCase(), area: area === '' ? null : area, role: ROLES[area as keyof typeof ROLES] ?? null, zone: area === 'shelf' ? { id: 'hall', name: 'Hall' } : null, touchpoint: { id: 'till', name: 'Till' } },
}]])));

/** People of random days at two cameras, one with areas; `perHour` of each stream. */
function crowd(seed: number, hours: number, perHour: number): Somebody[] {
  const random = randomFrom(seed);
  const people: Somebody[] = [];
  const streams = [['cam-a', 'door', false], ['cam-a', 'out', false], ['cam-a', 'shelf', false], ['cam-a', 'staff', true], ['cam-b', null, false]] as const;
  for (const [camera, area, staff] of streams) {
    for (let at = START; at < START + hours * HOUR; at += (-Math.log(1 - random()) * HOUR) / perHour) {
      people.push({ camera, area, staff, at: Math.floor(at), shares: sharesWith(random() ** 2, random), seconds: Math.round(random() * 600) / 10, turned: random() < 0.4, male: random() < 0.5, band: Math.floor(random() * 5) });
    }
  }
  return people;
}

function windowsFrom(people: readonly Somebody[]) {
  const groups = Map.groupBy(people, ({ camera, at }) => `${camera} ${Math.floor(at / 10_000)}`);
  return [...groups].map(([key, group]) => windowOf(key.split(' ')[0]!, Number(key.split(' ')[1]) * 10_000, group, key.startsWith('cam-a') ? Object.keys(ROLES) : []));
}

const materialOf = (people: readonly Somebody[], from: number, to: number): Material => materialFrom(cellsOf(windowsFrom(people)), from, to);

function materialFrom(cells: ReturnType<typeof cellsOf>, from: number, to: number): Material {
  const range = quartersOf(from, to, START + 1_000 * HOUR);
  const fold = new MaterialFold(range, names);
  const before = cells.filter(({ quarter }) => quarter < range.from);
  for (const staff of [0, 1] as const) fold.before(before.filter((cell) => cell.staff === staff && valueOf(cell.sums, 'people') > 0).map(({ quarter, camera, area, sums }) => ({ quarter, camera, area, people: valueOf(sums, 'people') })), staff);
  fold.take(cells.filter(({ quarter }) => quarter >= range.from && quarter < range.to));
  return fold.done();
}

/** The people whose numbers may be told of, cut the slow way: stream by stream, person by person. */
function toldOf(people: readonly Somebody[], from: number, to: number): Map<string, Somebody[]> {
  const told = new Map<string, Somebody[]>();
  for (const [stream, own] of Map.groupBy(people, ({ camera, area, staff }) => `${camera}/${area ?? ''}${staff ? '/staff' : ''}`)) {
    const byQuarter = [...Map.groupBy(own, ({ at }) => Math.floor(Math.floor(at / 10_000) * 10_000 / QUARTER))].sort(([a], [b]) => a - b);
    let open: { first: number; people: Somebody[] } | undefined;
    const kept: Somebody[] = [];
    for (const [quarter, group] of byQuarter) {
      open = { first: open?.first ?? quarter, people: [...open?.people ?? [], ...group] };
      if (open.people.length < LEAST_PEOPLE) continue;
      if (open.first * QUARTER >= from && (quarter + 1) * QUARTER <= to) kept.push(...open.people);
      open = undefined;
    }
    told.set(stream, kept);
  }
  return told;
}

function expectEstimate(found: Estimate, values: readonly number[], what: string): void {
  const n = values.length;
  const { mean, variance } = momentsOf(n, values.reduce((a, b) => a + b, 0), values.reduce((a, b) => a + b * b, 0), 1);
  const wanted = meanEstimate(n, mean, variance, { least: -1, most: 1 });
  expect(found.value, what).toBeCloseTo(wanted.value!, 4);
  expect(found.low, what).toBeCloseTo(Math.max(what === 'mood' ? -1 : 0, wanted.low!), 3);
  expect(found.high, what).toBeCloseTo(wanted.high!, 3);
}

const NUMBERS = ['smile', 'happy', 'surprise', 'angry', 'disgust', 'sad', 'neutral', 'negative', 'mood'] as const;
const isSilent = (row: PortraitRow): boolean => NUMBERS.every((name) => row[name].value === null && row[name].low === null) && row.samples === null && row.utilisation === null && row.left === null;

describe('sums', () => {
  it('survive being kept, and add up in any order', () => {
    const windows = windowsFrom(crowd(3, 4, 30)).map(sumsOfWindow);
    const [forth, back] = [emptySums(), emptySums()];
    for (const one of windows) addSums(forth, unpacked(packed(one)));
    for (const one of windows.toReversed()) addSums(back, one);
    expect(forth).toEqual(back);
    expect(forth.values.every(Number.isSafeInteger)).toBe(true);
  });
  it('of a node that tells no people from observations have faces and no people', () => {
    const { visits: _visits, areas: _areas, ...old } = windowOf('cam-b', START, crowd(4, 1, 30).filter(({ camera }) => camera === 'cam-b'));
    const sums = sumsOfWindow(old);
    expect(valueOf(sums, 'faces')).toBeGreaterThan(0);
    expect([valueOf(sums, 'people'), valueOf(sums, 'withoutPeople')]).toEqual([0, 1]);
  });
});

describe('the portrait', () => {
  it.each([11, 12, 13])('is what a slow recomputation says, person by person (seed %i)', (seed) => {
    const people = crowd(seed, 30, 9);
    const [from, to] = [START + 5 * HOUR, START + 26 * HOUR];
    const told = toldOf(people, from, to);
    const { rows, total, smileAbove } = portraitOf(materialOf(people, from, to), 'shop', { from, to }, 'area', true);
    expect(smileAbove).toBe(SMILE_ABOVE);
    expect(rows.map(({ id }) => id).sort()).toEqual(['cam-a/door', 'cam-a/out', 'cam-a/shelf', 'cam-a/staff/staff', 'cam-b']);
    for (const row of rows) {
      const own = told.get(row.id === 'cam-b' ? 'cam-b/' : row.id)!;
      expect(row.people).toBe(own.length);
      expect(own.length).toBeGreaterThan(50);
      for (const emotion of ['happy', 'surprise', 'angry', 'disgust', 'sad', 'neutral'] as const) expectEstimate(row[emotion], own.map(({ shares }) => shares[emotion]), emotion);
      expectEstimate(row.mood, own.map(({ shares }) => moodOf(shares)), 'mood');
      const negative = own.map(({ shares }) => NEGATIVE.reduce((sum, emotion) => sum + shares[emotion], 0));
      expect(row.negative.value).toBeCloseTo(negative.reduce((a, b) => a + b, 0) / own.length, 4);
      // How the parts go along is not known, so the interval is no narrower than it would be.
      const exact = momentsOf(own.length, negative.reduce((a, b) => a + b, 0), negative.reduce((a, b) => a + b * b, 0), 1);
      expect(row.negative.low!).toBeLessThanOrEqual(meanEstimate(own.length, exact.mean, exact.variance, { least: 0, most: 1 }).low! + 1e-3);
      expect(row.smile.value).toBeCloseTo(own.filter(({ shares }) => shares.happy > SMILE_ABOVE).length / own.length, 10);
      expect(row.male!.value! + row.female!.value!).toBeCloseTo(1, 10);
      expect(row.ages!.reduce((sum, age) => sum + age.value!, 0)).toBeCloseTo(1, 10);
    }
    const all = [...told].filter(([stream]) => !stream.endsWith('/staff')).flatMap(([, own]) => own);
    expect(total.people).toBe(all.length);
    expectEstimate(total.mood, all.map(({ shares }) => moodOf(shares)), 'mood');
  });

  it('counts staff in no row of visitors and never in the total', () => {
    const people = crowd(5, 12, 12);
    const [from, to] = [START, START + 12 * HOUR];
    const withStaff = materialOf(people, from, to);
    const without = materialOf(people.filter(({ staff }) => !staff), from, to);
    for (const by of PORTRAIT_BY) {
      const made = portraitOf(withStaff, 'shop', { from, to }, by, false);
      const plain = portraitOf(without, 'shop', { from, to }, by, false);
      for (const name of NUMBERS) expect(made.total[name]).toEqual(plain.total[name]);
      expect(made.rows.filter(({ staff }) => staff === true).map(({ id }) => id)).toEqual(by === 'area' ? ['cam-a/staff/staff'] : []);
    }
  });

  it('is the total of all people and not the mean of rows', () => {
    const people = [...crowd(6, 12, 40).filter(({ area }) => area === 'door').map((one) => ({ ...one, shares: { angry: 0, disgust: 0, fear: 0, happy: 1, sad: 0, surprise: 0, neutral: 0 } })),
      ...crowd(6, 12, 6).filter(({ camera }) => camera === 'cam-b').map((one) => ({ ...one, shares: { angry: 1, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 } }))];
    const { rows, total } = portraitOf(materialOf(people, START, START + 12 * HOUR), 'shop', { from: START, to: START + 12 * HOUR }, 'camera', false);
    const [many, few] = [rows.find(({ id }) => id === 'cam-a')!, rows.find(({ id }) => id === 'cam-b')!];
    expect(total.mood.value).toBeCloseTo((many.people - few.people) / (many.people + few.people), 9);
  });

  it('says nothing of fewer than five people, nor of fewer than fifteen minutes with somebody in view', () => {
    const one = crowd(7, 12, 10).filter(({ camera }) => camera === 'cam-b');
    const range = { from: START, to: START + 12 * HOUR };
    const few = portraitOf(materialOf(one.slice(0, 4), range.from, range.to), 'shop', range, 'camera', true);
    expect(few.rows).toMatchObject([{ enough: false, people: 4 }]);
    expect(isSilent(few.rows[0]!) && isSilent(few.total)).toBe(true);
    const brief = one.slice(0, 30).map((somebody, i) => ({ ...somebody, at: START + (i % 14) * 60_000 }));
    const short = portraitOf(materialOf(brief, range.from, range.to), 'shop', range, 'camera', true);
    expect(short.rows).toMatchObject([{ enough: false, people: 30, minutes: 14 }]);
    expect(isSilent(short.rows[0]!) && isSilent(short.total)).toBe(true);
    const enough = portraitOf(materialOf([...brief, { ...brief[0]!, at: START + 14 * 60_000 }], range.from, range.to), 'shop', range, 'camera', true);
    expect(enough.rows).toMatchObject([{ enough: true, people: 31, minutes: 15 }]);
  });
});

describe('subtraction', () => {
  const peopleIn = (material: Material): number[] => material.streams.flatMap(({ blocks }) => blocks.map(({ people }) => people));

  it('of any two periods leaves whole blocks of five people or nobody', () => {
    const cells = cellsOf(windowsFrom(crowd(8, 40, 4)));
    const random = randomFrom(9);
    for (let round = 0; round < 60; round += 1) {
      const [a, b] = [0, 1].map(() => START + Math.floor(random() * 100) * QUARTER);
      const [from, to] = [Math.min(a!, b!), Math.max(a!, b!) + 8 * HOUR];
      const [one, other] = [materialFrom(cells, from, to), materialFrom(cells, from, to + QUARTER * (1 + Math.floor(random() * 4)))];
      expect(peopleIn(one).every((count) => count >= LEAST_PEOPLE)).toBe(true);
      for (const longer of other.streams) {
        const shorter = one.streams.find(({ key }) => key === longer.key);
        // The longer answer has every block of the shorter one unchanged: the difference is whole blocks.
        expect(longer.blocks.slice(0, shorter?.blocks.length ?? 0)).toEqual(shorter?.blocks ?? []);
        const more = longer.blocks.slice(shorter?.blocks.length ?? 0).reduce((sum, { people: count }) => sum + count, 0);
        expect(more === 0 || more >= LEAST_PEOPLE).toBe(true);
      }
    }
  });

  it('of the other rows from the total never gives the row that is withheld', () => {
    const people = crowd(10, 12, 20).filter(({ area, camera }) => area === 'door' || camera === 'cam-b');
    const range = { from: START, to: START + 12 * HOUR };
    // Three at the display, and thirty at the exit within a few minutes: both are withheld, each for its own reason.
    const shelf = people.slice(0, 3).map((one) => ({ ...one, camera: 'cam-a', area: 'shelf' }));
    const exit = people.slice(0, 30).map((one, i) => ({ ...one, camera: 'cam-a', area: 'out', at: START + (i % 5) * 60_000 }));
    for (const withheld of [shelf, exit, [...shelf, ...exit]]) {
      const { rows, total } = portraitOf(materialOf([...people, ...withheld], range.from, range.to), 'shop', range, 'area', true);
      const shown = rows.filter(({ enough }) => enough);
      expect(shown.map(({ id }) => id).sort()).toEqual(['cam-a/door', 'cam-b']);
      for (const name of ['mood', 'happy', 'smile', 'negative'] as const) {
        const rest = total[name].value! * total.people - shown.reduce((sum, row) => sum + row[name].value! * row.people, 0);
        expect(Math.abs(rest)).toBeLessThan(1e-9 * total.people);
      }
      expect(total.people).toBe(shown.reduce((sum, row) => sum + row.people, 0));
      expect(total.samples).toBe(shown.reduce((sum, row) => sum + row.samples!, 0));
    }
  });

  it('of the areas from their camera leaves whole blocks too', () => {
    const people = crowd(14, 12, 20).filter(({ area, camera }) => (area === 'door' || camera === 'cam-b'));
    const few = people.slice(0, 3).map((one) => ({ ...one, camera: 'cam-a', area: 'out' }));
    const range = { from: START, to: START + 12 * HOUR };
    const material = materialOf([...people, ...few], range.from, range.to);
    const camera = portraitOf(material, 'shop', range, 'camera', false).rows.find(({ id }) => id === 'cam-a')!;
    const door = portraitOf(material, 'shop', range, 'area', false).rows.find(({ id }) => id === 'cam-a/door')!;
    expect([camera.people, camera.mood]).toEqual([door.people, door.mood]);
  });
});

describe('reports', () => {
  const range = { from: START, to: START + 24 * HOUR };
  const happier = (people: Somebody[], change: (one: Somebody) => number): Somebody[] => people.map((one) => { const happy = Math.min(1, Math.max(0, change(one))); return { ...one, shares: { angry: 0, disgust: 0, fear: 0, happy, sad: 1 - happy, surprise: 0, neutral: 0 } }; });

  it('find that people leave happier than they came, by the hour, and by how much', () => {
    const random = randomFrom(15);
    const people = happier(crowd(16, 24, 40), ({ area, at }) => 0.4 + 0.1 * Math.sin(at / HOUR) + (area === 'out' ? 0.1 : 0) + (random() - 0.5) * 0.2);
    const report = journeyOf(materialOf(people, range.from, range.to), 'shop', range);
    expect(report).toMatchObject({ missing: null, pairs: report.hours.length });
    expect(report.pairs).toBeGreaterThan(15);
    // Mood is happy less sad, so a tenth more happiness is two tenths more mood.
    expect(report.difference.low!).toBeGreaterThan(0.1);
    expect(report.difference.value).toBeCloseTo(0.2, 1);
    expect(report.difference.value).toBeCloseTo(report.hours.reduce((sum, { difference }) => sum + difference, 0) / report.pairs, 12);
    expect(report.hours.every(({ entrancePeople, exitPeople }) => entrancePeople >= LEAST_PEOPLE && exitPeople >= LEAST_PEOPLE)).toBe(true);
  });
  it('say what is missing', () => {
    const people = crowd(17, 24, 30);
    expect(journeyOf(materialOf(people.filter(({ area }) => area !== 'out' && area !== 'door'), range.from, range.to), 'shop', range).missing).toBe('hours');
    const bare = materialOf(people.filter(({ camera }) => camera === 'cam-b'), range.from, range.to);
    expect(journeyOf(bare, 'shop', range)).toMatchObject({ missing: 'entrance', hours: [], pairs: 0, difference: { value: null } });
  });
  it('count who turned and how long they stayed', () => {
    const people = crowd(18, 24, 20);
    const { rows } = attentionOf(materialOf(people, range.from, range.to), 'shop', range);
    const told = toldOf(people, range.from, range.to);
    expect(Object.fromEntries(rows.map(({ id, role }) => [id.replace('cam-a/', ''), role]))).toEqual({ door: 'entrance', out: 'exit', shelf: 'display', 'cam-b': null });
    for (const row of rows) {
      const own = told.get(row.id === 'cam-b' ? 'cam-b/' : row.id)!;
      expect(row.turned.value).toBeCloseTo(own.filter(({ turned }) => turned).length / own.length, 10);
      expect(row.seconds.value).toBeCloseTo(own.reduce((sum, { seconds }) => sum + seconds, 0) / own.length, 6);
    }
  });
  it('find the worst hour of the site\'s day, in its own time zone', () => {
    const random = randomFrom(19);
    const people = happier(crowd(20, 24, 60), ({ at }) => (Math.floor((at - START) / HOUR) === 13 ? 0.3 : 0.6) + (random() - 0.5) * 0.3);
    expect(dayHoursOf(materialOf(people, range.from, range.to), 'shop', range, 'UTC')).toMatchObject({ worst: 13 });
    expect(dayHoursOf(materialOf(people, range.from, range.to), 'shop', range, 'Europe/Moscow')).toMatchObject({ worst: 16 });
  });
  it('hardly ever call an hour worst when none is', () => {
    let called = 0;
    for (let seed = 100; seed < 120; seed += 1) {
      const random = randomFrom(seed);
      const people = happier(crowd(seed, 24, 12), () => random());
      if (dayHoursOf(materialOf(people, range.from, range.to), 'shop', range, 'UTC').worst !== null) called += 1;
    }
    console.log(`worst hours of 20 days without any: ${called}`);
    expect(called).toBeLessThanOrEqual(3);
  });
  it('count minutes with somebody in view once, however many cameras saw them', () => {
    expect(minutesOf([{ minutes: new Map([[1, 0b101]]) }, { minutes: new Map([[1, 0b011], [2, 1]]) }])).toBe(4);
  });
});
