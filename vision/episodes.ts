import type { EmotionEpisode } from '../contract/index.ts';

/** What one measured frame says about the people in view. */
export interface MoodSample {
  /** Capture time, epoch ms: the only clock here, so that a replay decides the same. */
  at: number;
  /** Faces that passed the quality gate. */
  faces: number;
  /** Mean mood of these faces, −1..1; null without faces. */
  mood: number | null;
}

/** An event's body, but for the camera, and the capture time at which it was decided. */
export interface EpisodeStep { at: number; body: Omit<EmotionEpisode, 'camera'> }

interface Episode { id: string; state: 'opened' | 'escalated'; since: number; calmSince: number | null; mood: number }

/** One camera's visitors so far. Plain values: a step makes a new one. */
export interface EpisodeState {
  /** Capture time of the latest frame. */
  last: number | null;
  /** Frames with faces of the last `WINDOW_MS`, oldest first. */
  seen: readonly { at: number; faces: number; mood: number }[];
  /** When the latest face was seen. */
  faceAt: number | null;
  /** When the mood of the window that is bad now began to be bad; null while it is not. */
  candidate: number | null;
  open: Episode | null;
}

// The figures below come from the trade's rules of thumb and from how the expression models err. They are not
// calibrated on labelled footage of real floors yet; until then they rather miss a visitor than call for nothing.

/** Long enough that one grimace or one misread turn of the head is a minority of what the median sees. */
export const WINDOW_MS = 10_000;
/** Two windows one after another: a false call costs the floor's trust, ten seconds more cost little. */
export const HELD_MS = 2 * WINDOW_MS;
/** Fewer say nothing: at five measured frames a second it is a face that was there for under two seconds. */
export const LEAST_FACES = 8;
/** Negative by a good third more than positive: the models take neutral for sad often, so a slightly bad mood says little. */
export const OPEN_AT = -0.35;
/** Negative beyond doubt in more than half of the observations. */
export const ESCALATE_AT = -0.6;
/** Clearly above `OPEN_AT`, so that a mood near the limit does not open and end by turns. */
export const CALM_ABOVE = -0.15;
/** As long as it took to open: a short smile at the clerk is no end of trouble. */
export const CALM_MS = 20_000;
/** Longer than somebody looks down at a phone or a form, shorter than the next visitor's coming. */
export const GONE_MS = 15_000;

/** A camera of which nothing is known: no episode, nobody in view. */
export const NO_EPISODE: EpisodeState = { last: null, seen: [], faceAt: null, candidate: null, open: null };

/**
 * Takes one measured frame. Opens an episode when the median mood stays at or below `OPEN_AT` over `HELD_MS`, raises
 * it at `ESCALATE_AT`, ends it when the mood is calm or nobody is in view; at most one event a frame. A frame a little
 * older than the last one is passed over; when time leaps back by more than a window, what was open ends.
 * @param fresh makes the id of a new episode: a ULID in lower case.
 */
export function stepEpisode(state: EpisodeState, sample: MoodSample, fresh: () => string): { state: EpisodeState; event?: EpisodeStep } {
  if (state.last !== null && sample.at <= state.last) {
    if (state.last - sample.at <= WINDOW_MS) return { state };
    const { event } = endEpisode(state);
    return { state: look(NO_EPISODE, sample), ...(event && { event }) };
  }
  if (state.open && state.faceAt !== null && sample.at - state.faceAt >= GONE_MS) {
    return { state: look(NO_EPISODE, sample), event: stepOf(state.open, 'ended', sample.at, { mood: null, faces: 0 }) };
  }
  const next = look(state, sample);
  return state.open ? follow(next, state.open, sample.at) : consider(next, sample.at, fresh);
}

/** The camera went: ends what is open, at the time of the last frame that it sent. */
export function endEpisode(state: EpisodeState): { state: EpisodeState; event?: EpisodeStep } {
  if (!state.open || state.last === null) return { state: NO_EPISODE };
  return { state: NO_EPISODE, event: stepOf(state.open, 'ended', state.last, summary(state.seen)) };
}

/** Takes the frame into the window. */
function look(state: EpisodeState, { at, faces, mood }: MoodSample): EpisodeState {
  const kept = state.seen.filter((entry) => entry.at > at - WINDOW_MS);
  if (faces < 1 || mood === null || !Number.isFinite(mood)) return { ...state, last: at, seen: kept };
  return { ...state, last: at, seen: [...kept, { at, faces, mood }], faceAt: at };
}

function consider(state: EpisodeState, at: number, fresh: () => string): { state: EpisodeState; event?: EpisodeStep } {
  const { mood, faces } = summary(state.seen);
  if (mood === null || faces < LEAST_FACES || mood > OPEN_AT) return { state: { ...state, candidate: null } };
  const since = state.candidate ?? state.seen.find((entry) => entry.mood <= OPEN_AT)?.at ?? at;
  if (at - since < HELD_MS) return { state: { ...state, candidate: since } };
  const open: Episode = { id: fresh(), state: 'opened', since, calmSince: null, mood };
  return { state: { ...state, candidate: null, open }, event: stepOf(open, 'opened', at, { mood, faces }) };
}

function follow(state: EpisodeState, open: Episode, at: number): { state: EpisodeState; event?: EpisodeStep } {
  const { mood, faces } = summary(state.seen);
  // Nobody in view says nothing about a mood: `GONE_MS` decides then.
  if (mood === null) return { state };
  const calmSince = mood > CALM_ABOVE ? open.calmSince ?? at : null;
  const kept: Episode = { ...open, calmSince, mood };
  if (calmSince !== null && at - calmSince >= CALM_MS) return { state: { ...state, open: null, candidate: null }, event: stepOf(kept, 'ended', at, { mood, faces }) };
  if (open.state === 'opened' && faces >= LEAST_FACES && mood <= ESCALATE_AT) {
    return { state: { ...state, open: { ...kept, state: 'escalated' } }, event: stepOf(kept, 'escalated', at, { mood, faces }) };
  }
  return { state: { ...state, open: kept } };
}

const stepOf = (open: Episode, state: EmotionEpisode['state'], at: number, { mood, faces }: { mood: number | null; faces: number }): EpisodeStep => ({
  at, body: { episode: open.id, state, since: open.since, mood: Math.max(-1, Math.min(1, mood ?? open.mood)), faces },
});

/** Upper (milder) median over face observations: a frame with three faces counts three times. Null without faces. */
function summary(seen: EpisodeState['seen']): { mood: number | null; faces: number } {
  const faces = seen.reduce((sum, entry) => sum + entry.faces, 0);
  let left = Math.floor(faces / 2) + 1;
  for (const entry of seen.toSorted((a, b) => a.mood - b.mood)) {
    left -= entry.faces;
    if (left <= 0) return { mood: entry.mood, faces };
  }
  return { mood: null, faces };
}
