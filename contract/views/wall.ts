import type { AnyEvent } from '../events.ts';
import { ratingClass } from '../rating.ts';
import type { Day } from '../time.ts';

/** State of channel `wall:<site>`: counts only; no names, faces or words of anybody. */
export interface WallState {
  site: { id: string; name: string; timezone: string };
  day: Day;
  positive: number;
  neutral: number;
  negative: number;
  /** When the last counted rating happened, epoch ms; null while there is none today. */
  lastAt: number | null;
}

export const WALL_TYPES: ReadonlySet<string> = new Set(['feedback.rated']);

export function emptyWall(site: WallState['site'], day: Day): WallState {
  return { site, day, positive: 0, neutral: 0, negative: 0, lastAt: null };
}

export function applyWall(state: WallState, event: AnyEvent): void {
  if (event.type !== 'feedback.rated' || event.at < state.day.start || event.at >= state.day.end) return;
  const rated = ratingClass(event.body.value, event.body.scale);
  state[rated === 'lowest' ? 'negative' : rated] += 1;
  state.lastAt = Math.max(state.lastAt ?? 0, event.at);
}
