import { LEAST_PEOPLE, type AnyEvent, type BodyOf, type EmotionWindow } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { Db, Transaction } from '../core/store/store.ts';
import type { EmotionsRepository, Summed } from './repository.ts';
import { cellsOf, LIVE_MS, liveOf, windowsOf } from './rollup.ts';
import { namesAt, namesOf, type CameraPlace, type PlaceNames } from './streams.ts';
import { addSums, QUANTUM, valueOf, type Sums } from './sums.ts';

export interface EmotionsReactorDeps {
  clock: Clock;
  repository: EmotionsRepository;
  /** The site's cameras with their areas, and what its places are called. */
  cameras(db: Db, site: string): Promise<readonly CameraPlace[]>;
  places(site: string): Promise<PlaceNames>;
}

/** At most one word a minute about the whole site. */
const STATE_MS = 60_000;
/** How long groups are kept that were told of: what `now` looks back at, and some more. */
const KEPT_MS = 2 * 3600_000;
/** What is told at once of a whole site is rounded to these, so that differences between such words and reports tell of nobody. */
const STEPS = 20;
export const coarse = (value: number): number => Math.round(value * STEPS) / STEPS;

/** A group's mood and smiles as everybody may hear them. */
export function summedBody({ from, to, people, sums }: Summed): BodyOf<'emotion.summed'> {
  return { from, to, people, mood: coarse(Math.max(-1, Math.min(1, valueOf(sums, 'peopleMood') / people / QUANTUM))), smile: coarse(valueOf(sums, 'peopleSmiles') / people) };
}

/**
 * Folds what cameras saw into quarters of an hour, and states how visitors of the whole site feel: each word is about
 * people who were in none before, at least five. Rows and place are written in one transaction, so each window counts once.
 */
export function emotionsReactor({ clock, repository, cameras, places }: EmotionsReactorDeps): Reactor {
  async function keepNames(tx: Transaction, site: string, cells: ReturnType<typeof cellsOf>): Promise<void> {
    const known = await repository.names(tx.db, site);
    const setups = new Map((await cameras(tx.db, site)).map((camera) => [camera.id, camera]));
    const named = await places(site);
    const newest = new Map<string, (typeof cells)[number]>();
    for (const cell of cells) newest.set(`${cell.camera}\n${cell.area}`, cell);
    for (const [key, { camera, area, quarter }] of newest) {
      const versions = known.get(key) ?? [];
      const last = versions.at(-1);
      const setup = setups.get(camera);
      // A camera or an area that is gone keeps the names that it had.
      if (last && (!setup || quarter < last.quarter || (area !== '' && !setup.areas.some(({ id }) => id === area)))) continue;
      const names = namesOf(setup, camera, area, named);
      if (JSON.stringify(namesAt(versions, quarter)?.names) !== JSON.stringify(names)) await repository.name(tx.db, site, camera, area, quarter, names);
    }
  }

  async function tell(tx: Transaction, site: string, windows: readonly EmotionWindow[]): Promise<void> {
    const now = clock();
    const live = liveOf(windows, now);
    if (!live) return;
    const { waiting, statedTo } = await repository.pending(tx.db, site);
    // Who waited for company too long is no longer about now; reports count them all the same.
    const before = waiting && now - waiting.from <= LIVE_MS ? waiting : undefined;
    const sums: Sums = live.sums;
    if (before) addSums(sums, before.sums);
    const group = { from: Math.min(live.from, before?.from ?? live.from), to: live.to, people: valueOf(sums, 'people'), sums };
    if (group.people < LEAST_PEOPLE || group.to - statedTo < STATE_MS) { await repository.keepPending(tx.db, site, group); return; }
    await repository.keepPending(tx.db, site, { from: 0, people: 0, sums });
    await repository.keepSummed(tx.db, site, group, now - KEPT_MS);
    await tx.append([hubEvent(site, 'emotion.summed', now, summedBody(group), { key: `emotion.summed ${site} ${group.from} ${group.to} ${group.people}` })]);
  }

  return {
    name: 'emotions',
    types: new Set(['emotion.windowed', 'duty.started', 'duty.ended']),
    // Nobody waits for a quarter of an hour by the second.
    prompt: () => false,
    async react(events: readonly AnyEvent[], tx, site) {
      const windows = windowsOf(events);
      if (windows.length > 0) {
        const cells = cellsOf(windows);
        await repository.add(tx.db, site, cells);
        await keepNames(tx, site, cells);
        await tell(tx, site, windows);
      }
      for (const event of events) {
        if (event.type === 'duty.started') await repository.dutyStarted(tx.db, site, event.body.by.id, event.at);
        else if (event.type === 'duty.ended') await repository.dutyEnded(tx.db, site, event.body.by.id, event.at);
      }
    },
  };
}
