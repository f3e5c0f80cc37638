import { moodOf, type EmotionEpisode } from '../contract/index.ts';
import type { TrackedFace } from './readings.ts';
import { isVisitor } from './samples.ts';

/** The faces of one measured frame. */
export interface FacesAt {
  /** Capture time, epoch ms: the only clock here, so that a replay decides the same. */
  at: number;
  faces: readonly TrackedFace[];
}

/** An event's body, but for the camera, and the capture time at which it was decided. */
export interface EpisodeStep { at: number; body: Omit<EmotionEpisode, 'camera'> }

interface Episode { id: string; state: 'opened' | 'escalated'; since: number; calmSince: number | null; mood: number; faceAt: number }

/** Somebody in view. */
interface Person {
  /** The area in which they were last. */
  area: string | null;
  /** Smoothed moods of the last `WINDOW_MS`, oldest first. */
  seen: readonly { at: number; mood: number }[];
  /** When the mood of the window that is bad now began to be bad; null while it is not. */
  candidate: number | null;
}

/** One camera's visitors so far. Plain values: a step makes a new one. */
export interface EpisodesState {
  /** Capture time of the latest frame. */
  last: number | null;
  /** By track. */
  people: ReadonlyMap<number, Person>;
  /** By area: one at most in each. */
  open: ReadonlyMap<string | null, Episode>;
}

/** Long enough that one grimace or one misread turn of the head is a minority of what the median sees. */
export const WINDOW_MS = 10_000;
/** Two windows one after another: a false call costs the floor's trust, ten seconds more cost little. */
export const HELD_MS = 2 * WINDOW_MS;
/** Fewer say nothing: at five measured frames a second it is a face that was there for under two seconds. */
export const LEAST_FACES = 8;
// The two below come from measured false alarms, on visitors who are each one labelled picture held for half a minute
// (`bench/vision/episodes.ts`, figures in docs/vision.md): the models take some neutral faces for sad all the time.
/** At −.35 every sixth visitor who is not negative would be called for, here less than one in fifty. */
export const OPEN_AT = -0.8;
/** Where not one of them was. */
export const ESCALATE_AT = -0.9;
/** Clearly above `OPEN_AT`, so that a mood near the limit does not open and end by turns; below most people's resting face. */
export const CALM_ABOVE = -0.4;
/** As long as it took to open: a short smile at the clerk is no end of trouble. */
export const CALM_MS = 20_000;
/** Longer than somebody looks down at a phone or a form, shorter than the next visitor's coming. */
export const GONE_MS = 15_000;

/** A camera of which nothing is known: no episode, nobody in view. */
export const NO_EPISODES: EpisodesState = { last: null, people: new Map(), open: new Map() };

export interface EpisodesStep { state: EpisodesState; events: EpisodeStep[] }

/**
 * Takes one measured frame. In each area of the picture an episode opens when somebody's median mood stays at or below
 * `OPEN_AT` over `HELD_MS`; it follows whoever is worst there, is raised at `ESCALATE_AT` and never lowered, and ends
 * when the worst is calm or nobody is read. Staff, posters and mirror images are nobody. A frame a little older than
 * the last one is passed over; when time leaps back by more than a window, what was open ends.
 * @param fresh makes the id of a new episode: a ULID in lower case.
 */
export function stepEpisodes(state: EpisodesState, frame: FacesAt, fresh: () => string): EpisodesStep {
  if (state.last !== null && frame.at <= state.last) {
    if (state.last - frame.at <= WINDOW_MS) return { state, events: [] };
    return { state: { ...NO_EPISODES, last: frame.at, people: look(NO_EPISODES, frame) }, events: endEpisodes(state).events };
  }
  const people = judge(look(state, frame), frame.at);
  const open = new Map<string | null, Episode>();
  const events: EpisodeStep[] = [];
  const areas = new Set([...state.open.keys(), ...[...people.values()].filter(({ candidate }) => candidate !== null).map(({ area }) => area)]);
  for (const area of areas) {
    const here = [...people.values()].filter((person) => person.area === area);
    const before = state.open.get(area);
    const { episode, event } = before ? follow(before, here, frame.at) : consider(here, frame.at, fresh);
    if (episode) open.set(area, episode);
    if (event) events.push(event);
  }
  return { state: { last: frame.at, people, open }, events };
}

/** The camera went: ends what is open, at the time of the last frame that it sent. */
export function endEpisodes(state: EpisodesState): EpisodesStep {
  const events = [...state.open].map(([area, episode]) => {
    const worst = worstOf([...state.people.values()].filter((person) => person.area === area), 1);
    return stepOf(episode, 'ended', state.last!, worst);
  });
  return { state: NO_EPISODES, events };
}

/** Takes the frame's faces into the people's windows; who was not read for a whole window is forgotten. */
function look(state: EpisodesState, { at, faces }: FacesAt): Map<number, Person> {
  const people = new Map<number, Person>();
  for (const [track, person] of state.people) {
    const seen = person.seen.filter((entry) => entry.at > at - WINDOW_MS);
    if (seen.length > 0) people.set(track, { ...person, seen });
  }
  for (const face of faces) {
    const mood = isVisitor(face) && face.smoothed ? moodOf(face.smoothed) : Number.NaN;
    if (!Number.isFinite(mood)) continue;
    const person = people.get(face.track);
    people.set(face.track, { area: face.area, seen: [...person?.seen ?? [], { at, mood }], candidate: person?.candidate ?? null });
  }
  return people;
}

/** Since when each person's window is bad. */
function judge(people: Map<number, Person>, at: number): Map<number, Person> {
  for (const [track, person] of people) {
    const bad = person.seen.length >= LEAST_FACES && medianMood(person) <= OPEN_AT;
    people.set(track, { ...person, candidate: bad ? person.candidate ?? person.seen.find(({ mood }) => mood <= OPEN_AT)?.at ?? at : null });
  }
  return people;
}

interface Decision { episode?: Episode; event?: EpisodeStep }
interface Summary { mood: number | null; faces: number }

function consider(people: readonly Person[], at: number, fresh: () => string): Decision {
  // By when they were last read, not by now: who has gone is not unhappy here for any longer.
  const held = people.filter(({ candidate, seen }) => candidate !== null && seen.at(-1)!.at - candidate >= HELD_MS);
  if (held.length === 0) return {};
  const { mood, faces } = worstOf(held, 1);
  const since = Math.min(...held.map(({ candidate }) => candidate!));
  const episode: Episode = { id: fresh(), state: 'opened', since, calmSince: null, mood: mood!, faceAt: at };
  return { episode, event: stepOf(episode, 'opened', at, { mood, faces }) };
}

function follow(open: Episode, people: readonly Person[], at: number): Decision {
  const faceAt = Math.max(open.faceAt, ...people.map(({ seen }) => seen.at(-1)!.at));
  if (at - faceAt >= GONE_MS) return { event: stepOf(open, 'ended', at, { mood: null, faces: 0 }) };
  const { mood, faces } = worstOf(people, LEAST_FACES);
  // Nobody in view says nothing about a mood: `GONE_MS` decides then.
  if (mood === null) return { episode: { ...open, faceAt } };
  const calmSince = mood > CALM_ABOVE ? open.calmSince ?? at : null;
  const kept: Episode = { ...open, calmSince, mood, faceAt };
  if (calmSince !== null && at - calmSince >= CALM_MS) return { event: stepOf(kept, 'ended', at, { mood, faces }) };
  if (open.state === 'opened' && faces >= LEAST_FACES && mood <= ESCALATE_AT) {
    return { episode: { ...kept, state: 'escalated' }, event: stepOf(kept, 'escalated', at, { mood, faces }) };
  }
  return { episode: kept };
}

const stepOf = (open: Episode, state: EmotionEpisode['state'], at: number, { mood, faces }: Summary): EpisodeStep => ({
  at, body: { episode: open.id, state, since: Math.min(open.since, at), mood: Math.max(-1, Math.min(1, mood ?? open.mood)), faces },
});

/** Lowest median mood of those read at least `least` times; of the others only where nobody was. */
function worstOf(people: readonly Person[], least: number): Summary {
  const enough = people.filter(({ seen }) => seen.length >= least);
  let worst: Summary = { mood: null, faces: 0 };
  for (const person of enough.length > 0 ? enough : people) {
    const mood = medianMood(person);
    if (worst.mood === null || mood < worst.mood) worst = { mood, faces: person.seen.length };
  }
  return worst;
}

/** Upper (milder) median. */
function medianMood({ seen }: Person): number {
  return seen.map(({ mood }) => mood).sort((a, b) => a - b)[Math.floor(seen.length / 2)]!;
}
