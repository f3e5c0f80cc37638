import { Compile } from 'typebox/compile';
import { EmotionWindow, type AnyEvent } from '../../contract/index.ts';
import { QUARTER } from './blocks.ts';
import type { Cell } from './repository.ts';
import { addSums, emptySums, sumsOfArea, sumsOfWindow, type Sums } from './sums.ts';

/** What is older than this when it comes is history: it counts for reports and says nothing of now. */
export const LIVE_MS = 15 * 60_000;

/** What a page of windows adds, by quarter and stream, in one order on all hubs. A window counts for the quarter in which it begins. */
export function cellsOf(windows: readonly EmotionWindow[]): Cell[] {
  const cells = new Map<string, Cell>();
  const add = (quarter: number, camera: string, area: string, staff: 0 | 1, sums: Sums): void => {
    const key = `${String(quarter).padStart(10, '0')}\n${camera}\n${area}\n${staff}`;
    const known = cells.get(key);
    if (known) { addSums(known.sums, sums); return; }
    cells.set(key, { quarter, camera, area, staff, sums });
  };
  for (const window of windows) {
    const quarter = Math.floor(window.from / QUARTER);
    add(quarter, window.camera, '', 0, sumsOfWindow(window));
    for (const area of window.areas ?? []) add(quarter, window.camera, area.area, area.staff ? 1 : 0, sumsOfArea(window, area));
  }
  return [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
}

/** People of the whole site in the windows that are still about now: their sums, and the time that they span. */
export function liveOf(windows: readonly EmotionWindow[], now: number): { sums: Sums; from: number; to: number } | undefined {
  const fresh = windows.filter(({ to, visits }) => now - to <= LIVE_MS && to <= now + LIVE_MS && (visits?.n ?? 0) > 0);
  if (fresh.length === 0) return undefined;
  const sums = emptySums();
  for (const window of fresh) addSums(sums, sumsOfWindow(window));
  return { sums, from: Math.min(...fresh.map(({ from }) => from)), to: Math.max(...fresh.map(({ to }) => to)) };
}

const checkWindow = Compile(EmotionWindow);
/** The windows among these events. What an old log holds and nobody would let in today is left out: it would stop all that follows. */
export const windowsOf = (events: readonly AnyEvent[]): EmotionWindow[] => events.flatMap((event) => (event.type === 'emotion.windowed' && checkWindow.Check(event.body) ? [event.body] : []));
