import { setImmediate as turn } from 'node:timers/promises';
import type { Db, Store } from '../core/store/store.ts';
import { anchorOf, BlockCutter, QUARTER, type Block } from './blocks.ts';
import type { Cell, EmotionsRepository, PeopleCell } from './repository.ts';
import { namesAt, type NamesFrom, type StreamNames } from './streams.ts';
import { addSums, emptySums, restOf, valueOf, type Sums } from './sums.ts';

/** A quarter of an hour is over for reports this long after its end: nodes send their windows some seconds late. */
export const SETTLED_MS = 60_000;
/** Quarters that are read at once: those of some hours, which hold nobody else up for long. */
const PAGE_QUARTERS = 12 * 4;

export interface FilledBlock extends Block { sums: Sums }

/**
 * A stream while it was called one thing. `area` null is what of the picture is in no area, or all of it where none is
 * drawn. `seen` sums all its quarters, `minutes` has the minutes in which somebody was in view, by quarter; `blocks` is
 * all that may be told of how people felt.
 */
export interface Segment { key: string; camera: string; area: string | null; staff: boolean; names: StreamNames; since: number; seen: Sums; minutes: Map<number, number>; blocks: FilledBlock[] }
/** What of a site's rollups a report rests on. `whole` are the pictures of the cameras, areas included, without blocks. */
export interface Material { from: number; to: number; streams: Segment[]; whole: Segment[] }

/** Quarters of a period, rounded outwards; those that are not over at `now` (epoch ms) are left out. */
export function quartersOf(from: number, to: number, now: number): { from: number; to: number } {
  const settled = Math.floor((now - SETTLED_MS) / QUARTER);
  const first = Math.floor(from / QUARTER);
  return { from: first, to: Math.max(first, Math.min(Math.ceil(to / QUARTER), settled)) };
}

const NO_NAMES = (camera: string, area: string | null): StreamNames => ({ camera, area, role: null, zone: null, touchpoint: null });
const streamKey = (camera: string, area: string, staff: number): string => `${camera}\n${area}\n${staff}`;

/** Puts cells together, quarter by quarter in ascending order. */
export class MaterialFold {
  readonly #range: { from: number; to: number };
  readonly #names: ReadonlyMap<string, readonly NamesFrom[]>;
  readonly #cutters = new Map<string, BlockCutter>();
  readonly #open = new Map<string, Sums>();
  readonly #streams = new Map<string, Segment>();
  readonly #whole = new Map<string, Segment>();

  constructor(range: { from: number; to: number }, names: ReadonlyMap<string, readonly NamesFrom[]>) {
    this.#range = range;
    this.#names = names;
  }

  /** What was there before the period: only how far the blocks had come. */
  before(cells: readonly PeopleCell[], staff: 0 | 1): void {
    for (const group of grouped(cells)) {
      const { quarter, camera } = group[0]!;
      let rest = 0;
      for (const { area, people } of group) {
        rest += area === '' ? people : -people;
        if (area !== '') this.#cutter(streamKey(camera, area, staff)).take(quarter, people);
      }
      if (staff === 0 && rest > 0) this.#cutter(streamKey(camera, '', 0)).take(quarter, rest);
    }
  }

  take(cells: readonly Cell[]): void {
    for (const group of grouped(cells)) {
      const areas = group.filter(({ area, staff }) => area !== '' && staff === 0);
      const whole = group.find(({ area }) => area === '');
      for (const cell of group) if (cell.area !== '') this.#stream(cell);
      if (!whole) continue;
      note(this.#segment(this.#whole, whole), whole);
      const rest = areas.length === 0 ? whole.sums : restOf(whole.sums, areas.map(({ sums }) => sums));
      if (rest !== undefined) this.#stream({ ...whole, sums: rest });
    }
  }

  done(): Material {
    return { ...this.#range, streams: [...this.#streams.values()], whole: [...this.#whole.values()] };
  }

  #cutter(key: string): BlockCutter {
    let cutter = this.#cutters.get(key);
    if (!cutter) this.#cutters.set(key, (cutter = new BlockCutter()));
    return cutter;
  }

  #segment(segments: Map<string, Segment>, { camera, area, staff, quarter }: Cell): Segment {
    const found = namesAt(this.#names.get(`${camera}\n${area}`) ?? [], quarter);
    const stream = streamKey(camera, area, staff);
    const key = `${stream}\n${found?.quarter ?? 0}`;
    let segment = segments.get(key);
    if (!segment) {
      const drawn = area === '' ? null : area;
      segment = { key: stream, camera, area: drawn, staff: staff === 1, names: found?.names ?? NO_NAMES(camera, drawn), since: found?.quarter ?? 0, seen: emptySums(), minutes: new Map(), blocks: [] };
      segments.set(key, segment);
    }
    return segment;
  }

  #stream(cell: Cell): void {
    const segment = this.#segment(this.#streams, cell);
    note(segment, cell);
    const key = segment.key;
    const people = valueOf(cell.sums, 'people');
    if (people <= 0) return;
    const cutter = this.#cutter(key);
    const before = cutter.from;
    const block = cutter.take(cell.quarter, people);
    const from = block?.from ?? cutter.from ?? cell.quarter;
    // A new block: what waited belonged to one that nothing will complete.
    const sums = before === from ? this.#open.get(key) ?? emptySums() : emptySums();
    addSums(sums, cell.sums);
    if (!block) { this.#open.set(key, sums); return; }
    this.#open.delete(key);
    if (block.from >= this.#range.from && block.to <= this.#range.to) segment.blocks.push({ ...block, sums });
  }
}

/** Adds a cell to what was seen, and its minutes to those in which somebody was in view. */
function note(segment: Segment, { quarter, sums }: Cell): void {
  addSums(segment.seen, sums);
  if (sums.minutes !== 0) segment.minutes.set(quarter, (segment.minutes.get(quarter) ?? 0) | sums.minutes);
}

/** Neighbours of the same quarter and camera, which is how rows are sorted. */
function* grouped<T extends { quarter: number; camera: string }>(cells: readonly T[]): Generator<T[]> {
  for (let from = 0; from < cells.length;) {
    let to = from + 1;
    while (cells[to]?.quarter === cells[from]!.quarter && cells[to]?.camera === cells[from]!.camera) to += 1;
    yield cells.slice(from, to);
    from = to;
  }
}

/**
 * Reads what a report of a site needs. `to` may lie in the future: what is not over is left out.
 * The store is asked for half a day at a time, and others are served between.
 */
export async function readMaterial(store: Pick<Store, 'read'>, repository: EmotionsRepository, site: string, from: number, to: number, now: number): Promise<Material> {
  const range = quartersOf(from, to, now);
  const fold = new MaterialFold(range, await store.read((db: Db) => repository.names(db, site)));
  const anchor = anchorOf(range.from);
  if (anchor < range.from) {
    for (const staff of [0, 1] as const) fold.before(await store.read((db) => repository.people(db, site, anchor, range.from, staff)), staff);
  }
  for (let at = range.from; at < range.to; at += PAGE_QUARTERS) {
    fold.take(await store.read((db) => repository.cells(db, site, at, Math.min(range.to, at + PAGE_QUARTERS))));
    // An embedded store answers at once: without this, nobody else would be served until the report is done.
    await turn();
  }
  return fold.done();
}

/** Minutes in which somebody was in view of at least one of these. */
export function minutesOf(segments: readonly Pick<Segment, 'minutes'>[]): number {
  const together = new Map<number, number>();
  for (const { minutes } of segments) for (const [quarter, bits] of minutes) together.set(quarter, (together.get(quarter) ?? 0) | bits);
  let count = 0;
  for (let bits of together.values()) for (; bits !== 0; bits &= bits - 1) count += 1;
  return count;
}
