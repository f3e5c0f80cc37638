/** A camera's picture stood still, or moves again; `since` is the capture time at which it stopped. */
export interface FrozenStep { at: number; frozen: boolean; since: number }

/** One camera's picture so far: the hash of its last fingerprint, and since when it has been the same. */
export interface FrozenState {
  print: number | null;
  /** Capture time of the first frame with this fingerprint, and of the latest frame. */
  since: number;
  last: number;
  /** When the picture that was reported as frozen stopped; null while none is. */
  reported: number | null;
}

/** Half a minute: no living sensor gives the same picture for so long, and an encoder that hangs is found soon enough. */
export const FROZEN_MS = 30_000;
/** Frames further apart than this say nothing about the time between them. */
const GAP_MS = 10_000;

/** A camera that has sent nothing yet. */
export const MOVING: FrozenState = { print: null, since: 0, last: 0, reported: null };

/**
 * Takes the fingerprint of one measured frame. Pure, by capture time alone: without frames nothing is said (a camera
 * that sends none is gone, not frozen). A gap or a leap of time starts the count anew.
 * @param at capture time, epoch ms. @param print hash from `lumaPrint`. @param afterMs how long equal counts as frozen.
 */
export function stepFrozen(state: FrozenState, at: number, print: number, afterMs = FROZEN_MS): { state: FrozenState; event?: FrozenStep } {
  if (state.print !== print) {
    const next = { print, since: at, last: at, reported: null };
    return state.reported !== null ? { state: next, event: { at, frozen: false, since: Math.min(at, state.reported) } } : { state: next };
  }
  const unbroken = at >= state.last && at - state.last <= GAP_MS;
  const since = unbroken ? state.since : at;
  const next = { ...state, since, last: at };
  if (state.reported !== null || at - since < afterMs) return { state: next };
  return { state: { ...next, reported: since }, event: { at, frozen: true, since } };
}
