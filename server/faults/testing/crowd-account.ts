import { isDeepStrictEqual } from 'node:util';
import { applyFloor, emptyFloor, FLOOR_TYPES, type AnyEvent, type ChannelName, type FloorState, type SnapshotMessage } from '../../../contract/index.ts';
import type { Console, ConsoleCrowd, Followed } from './console-crowd.ts';

/** What consoles heard, compared with the logs. `wrong` must be empty. */
export interface CrowdAccount {
  consoles: number;
  /** Events that were applied one by one, over all consoles. */
  applied: number;
  /** Events that came within a snapshot's state after a console's first one: more than 300 behind (rule P9). */
  covered: number;
  deltas: number;
  /** Snapshots that answered a console which had one before. */
  resnapshots: number;
  /** Snapshots that nobody had asked for: no event may be hidden in one (rules P10, P13). */
  unasked: number;
  /** Different snapshots, each compared with the fold of the log up to its offset. */
  states: number;
  /** What was lost, doubled, out of order or not as the log has it. */
  wrong: string[];
}

/** Where consoles must come to: the newest event of each channel. Other events send no frame. */
export function headsOf(logs: ReadonlyMap<ChannelName, readonly AnyEvent[]>): Map<ChannelName, number> {
  return new Map([...logs].map(([channel, log]) => [channel, log.findLast(({ type }) => FLOOR_TYPES.has(type))?.offset ?? 0]));
}

/**
 * Compares every event and every state that any console got with the logs of its channels, up to where it stands: that
 * it stands at the end is for `ConsoleCrowd.whenAt`.
 */
export function accountOfCrowd(crowd: ConsoleCrowd, logs: ReadonlyMap<ChannelName, readonly AnyEvent[]>): CrowdAccount {
  const account: CrowdAccount = { consoles: crowd.consoles.length, applied: 0, covered: 0, deltas: 0, resnapshots: 0, unasked: 0, states: crowd.snapshots.size, wrong: [...crowd.breaches] };
  for (const [channel, log] of logs) {
    const concerned = log.filter(({ type }) => FLOOR_TYPES.has(type));
    const offsets = concerned.map(({ offset }) => offset);
    crowd.consoles.forEach((console, index) => accountOfConsole(console, `console ${index}, ${channel}`, channel, offsets, account));
    const ids = new Map(concerned.map(({ offset, id }) => [offset, id]));
    for (const [offset, id] of crowd.idsOf(channel)) if (ids.get(offset) !== id) account.wrong.push(`${channel}: told of ${id} at ${offset}, where the log has ${ids.get(offset) ?? 'nothing of the floor'}`);
    account.wrong.push(...wrongStates([...crowd.snapshots].filter((one) => one.channel === channel), log));
  }
  return account;
}

function accountOfConsole(console: Console, who: string, channel: ChannelName, offsets: readonly number[], account: CrowdAccount): void {
  const known = console.channels.get(channel);
  if (!known) return;
  // The log may have gone on since the console was closed.
  const told = offsets.filter((offset) => offset <= known.last);
  const due = told.filter((offset) => !isCovered(known, offset));
  const at = due.findIndex((offset, i) => offset !== known.applied[i]);
  if (at >= 0) account.wrong.push(`${who}: event ${at} should be offset ${due[at]} and is ${known.applied[at] ?? 'missing'}`);
  else if (known.applied.length > due.length) account.wrong.push(`${who}: ${known.applied.length - due.length} events too many, the first with offset ${known.applied[due.length]}`);
  if (known.holes > 0) account.wrong.push(`${who}: ${known.holes} holes between frames of one connection`);
  const [first, ...later] = known.snapshots;
  for (const { from, to, asked } of later) if (!asked && told.some((offset) => offset > from && offset <= to)) account.wrong.push(`${who}: events between ${from} and ${to} came only within a snapshot that was not asked for`);
  account.applied += known.applied.length;
  account.covered += told.length - due.length - told.filter((offset) => offset <= (first?.to ?? 0)).length;
  account.deltas += known.deltas;
  account.resnapshots += later.filter(({ asked }) => asked).length;
  account.unasked += later.filter(({ asked }) => !asked).length;
}

const isCovered = ({ snapshots }: Followed, offset: number): boolean => snapshots.some(({ from, to }) => offset > from && offset <= to);

/** Snapshots whose state is not exactly what the log up to their offset makes. For sites without places and cameras, younger than a day. */
function wrongStates(snapshots: readonly SnapshotMessage[], log: readonly AnyEvent[]): string[] {
  const wrong: string[] = [];
  let folded: { state: FloorState; offset: number } | undefined;
  for (const { channel, offset, state } of [...snapshots].sort((a, b) => a.offset - b.offset)) {
    const { site, day, devices } = state as FloorState;
    if (folded?.state.day.start !== day.start) folded = { state: emptyFloor(site, day, { places: {}, cameras: {}, devices }), offset: 0 };
    // Names do not come from the log.
    Object.assign(folded.state, { site, devices });
    for (const event of log.slice(folded.offset, offset)) applyFloor(folded.state, event);
    folded.offset = offset;
    // The events' own objects went into it; as JSON they compare with what came over the wire.
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(folded.state)), state)) wrong.push(`${channel}: the snapshot at ${offset} is not what the log makes`);
  }
  return wrong;
}
