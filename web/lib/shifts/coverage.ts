import type { WeekTimes } from '../../../contract/alerts.ts';
import type { NewShift } from '../../../contract/duty.ts';
import { DAYS } from '../rules/week.ts';

/** Which times of the week shifts cover. Minutes of a day or of the week (0 is Monday 0:00). Pure. */
const DAY = 1440;
const WEEK = 7 * DAY;
type Times = Pick<NewShift, 'days' | 'from' | 'to'>;

/** How long a shift is, minutes; `to` not above `from` ends on the next day. */
export const lengthOf = ({ from, to }: Pick<NewShift, 'from' | 'to'>): number => (to > from ? to - from : to + DAY - from);

/** A part of a shift within one day, to be drawn. `lane` of `lanes`: beside what runs at the same time. */
export interface Piece<S> { shift: S; day: number; from: number; to: number; lane: number; lanes: number }

/** Shifts as pieces of days, those that overlap in lanes beside each other. */
export function pieces<S extends Times>(shifts: readonly S[]): Piece<S>[] {
  return DAYS.flatMap((day) => inLanes(shifts.flatMap((shift) => piecesOfDay(shift, day)).sort((a, b) => a.from - b.from || b.to - a.to)));
}

function piecesOfDay<S extends Times>(shift: S, day: number): Piece<S>[] {
  const end = shift.from + lengthOf(shift);
  const before = day === 1 ? 7 : day - 1;
  const found: Piece<S>[] = [];
  if (shift.days.includes(day)) found.push({ shift, day, from: shift.from, to: Math.min(end, DAY), lane: 0, lanes: 1 });
  if (end > DAY && shift.days.includes(before)) found.push({ shift, day, from: 0, to: end - DAY, lane: 0, lanes: 1 });
  return found.filter(({ from, to }) => to > from);
}

/** Each piece in the first lane that is free; pieces that touch one another share the number of lanes. */
function inLanes<S>(sorted: Piece<S>[]): Piece<S>[] {
  let cluster: Piece<S>[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const piece of cluster) piece.lanes = ends.length;
    cluster = [];
    ends = [];
  };
  for (const piece of sorted) {
    if (ends.every((end) => end <= piece.from)) close();
    const free = ends.findIndex((end) => end <= piece.from);
    piece.lane = free === -1 ? ends.length : free;
    ends[piece.lane] = piece.to;
    cluster.push(piece);
  }
  close();
  return sorted;
}

/** From the first start to the last end of a day, minutes; `to` may lie on the next day. Null without shifts. */
export function openingTimes(shifts: readonly Times[]): { from: number; to: number } | null {
  if (shifts.length === 0) return null;
  const from = Math.min(...shifts.map((shift) => shift.from));
  const to = Math.max(...shifts.map((shift) => shift.from + lengthOf(shift)));
  return to - from >= DAY ? { from: 0, to: DAY } : { from, to };
}

/**
 * Times between the first start and the last end of a day at which nobody is on duty. Shifts without people do not
 * count, but their times do: somebody is meant to be there.
 */
export function gaps(shifts: readonly (Times & Pick<NewShift, 'people'>)[]): WeekTimes {
  const opening = openingTimes(shifts);
  if (!opening) return [];
  const covered = coveredMinutes(shifts.filter(({ people }) => people.length > 0));
  const found = new Map<string, WeekTimes[number]>();
  for (const day of DAYS) {
    for (const { from, to } of freeRuns(covered, (day - 1) * DAY, opening)) {
      const key = `${from} ${to}`;
      const known = found.get(key) ?? { days: [], from, to: to > DAY ? to - DAY : to };
      known.days.push(day);
      found.set(key, known);
    }
  }
  return [...found.values()].sort((a, b) => a.days[0]! - b.days[0]! || a.from - b.from);
}

function coveredMinutes(shifts: readonly Times[]): Uint8Array {
  const covered = new Uint8Array(WEEK);
  for (const shift of shifts) {
    for (const day of shift.days) {
      const start = (day - 1) * DAY + shift.from;
      for (let minute = start; minute < start + lengthOf(shift); minute++) covered[minute % WEEK] = 1;
    }
  }
  return covered;
}

function freeRuns(covered: Uint8Array, midnight: number, { from, to }: { from: number; to: number }): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let minute = from; minute < to; minute++) {
    if (covered[(midnight + minute) % WEEK]) continue;
    const run = runs.at(-1);
    if (run && run.to === minute) run.to = minute + 1;
    else runs.push({ from: minute, to: minute + 1 });
  }
  return runs;
}
