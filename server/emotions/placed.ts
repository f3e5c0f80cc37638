import { EMOTIONS, type AnyEvent, type EmotionShares, type EmotionWindow, type Visits } from '../../contract/index.ts';

/** The touchpoint of each drawn area that has one of its own, by camera. */
export type AreaPlaces = ReadonlyMap<string, ReadonlyMap<string, string>>;

const nothing = (): EmotionShares => Object.fromEntries(EMOTIONS.map((emotion) => [emotion, 0])) as EmotionShares;
const noVisits = (n: number): Visits => ({ n, mean: nothing(), spread: nothing(), smiles: 0, mood: null, moodSpread: 0, seconds: 0, secondsSquared: 0, turned: 0 });

interface Part { faces: number; mood: number; smiles: number; people: number }

/**
 * Windows by where people stood: an area with a touchpoint of its own makes an event there, with its faces, mood and
 * people; the rest stays where the camera stands. Parts add up to the window. Everything else is passed on as it is.
 */
export function placedWindows(events: readonly AnyEvent[], places: AreaPlaces): AnyEvent[] {
  return events.flatMap((event) => {
    if (event.type !== 'emotion.windowed') return [event];
    const own = places.get(event.body.camera);
    const areas = event.body.areas?.filter(({ area, staff }) => staff !== true && own?.has(area)) ?? [];
    if (areas.length === 0) return [event];
    const parts = new Map<string, Part>();
    const rest: Part = { faces: event.body.faces, mood: (event.body.mood ?? 0) * event.body.faces, smiles: (event.body.smile ?? 0) * event.body.faces, people: event.body.visits?.n ?? 0 };
    for (const { area, faces, mood, smile, visits } of areas) {
      const touchpoint = own!.get(area)!;
      const part = parts.get(touchpoint) ?? { faces: 0, mood: 0, smiles: 0, people: 0 };
      parts.set(touchpoint, part);
      const more: Part = { faces, mood: (mood ?? 0) * faces, smiles: (smile ?? 0) * faces, people: visits.n };
      for (const name of ['faces', 'mood', 'smiles', 'people'] as const) { part[name] += more[name]; rest[name] -= more[name]; }
    }
    const made = [...parts].map(([touchpoint, part]): AnyEvent => ({ ...event, touchpoint, body: bodyOf(event.body, part) }));
    return rest.faces > 0 || rest.people > 0 ? [...made, { ...event, body: bodyOf(event.body, rest) }] : made;
  });
}

function bodyOf({ camera, from, to, frames, dropped }: EmotionWindow, { faces, mood, smiles, people }: Part): EmotionWindow {
  const seen = Math.max(0, faces);
  const within = (value: number, least: number): number => Math.max(least, Math.min(1, value));
  return {
    camera, from, to, frames, dropped, faces: seen, mean: nothing(), spread: nothing(), smile: seen === 0 ? null : within(smiles / seen, 0), mood: seen === 0 ? null : within(mood / seen, -1),
    visits: noVisits(Math.max(0, people)),
  };
}
