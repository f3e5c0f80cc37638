import { ulid } from 'ulid';
import type { EmotionShares, EmotionWindow, Visits } from '../../contract/emotions.ts';

/** Windows of made-up visitors as a vision node states them. Seconds of a window, and the frames in them. */
const WINDOW_MS = 10_000;
const FRAMES = 50;
const HAPPY: EmotionShares = { angry: 0.02, disgust: 0.01, fear: 0.01, happy: 0.8, sad: 0.03, surprise: 0.05, neutral: 0.08 };
const GLUM: EmotionShares = { angry: 0.2, disgust: 0.05, fear: 0.05, happy: 0.05, sad: 0.3, surprise: 0.02, neutral: 0.33 };
const CALM: EmotionShares = { angry: 0.04, disgust: 0.02, fear: 0.01, happy: 0.2, sad: 0.07, surprise: 0.03, neutral: 0.63 };
export const MOODS = { happy: HAPPY, glum: GLUM, calm: CALM };
const NOTHING: EmotionShares = { angry: 0, disgust: 0, fear: 0, happy: 0, sad: 0, surprise: 0, neutral: 0 };
const moodOf = ({ happy, angry, disgust, fear, sad }: EmotionShares): number => happy - angry - disgust - fear - sad;

/** People whose time in view ended in a window: how many, how they felt, and how many of them turned to the camera. */
export interface People { mood: EmotionShares; n: number; turned?: number; /** Tells of sex and age too: half and half, the first two bands. */ demographics?: true }

function visitsOf({ mood, n, turned = n, demographics }: People): Visits {
  if (n === 0) return { n, mean: NOTHING, spread: NOTHING, smiles: 0, mood: null, moodSpread: 0, seconds: 0, secondsSquared: 0, turned: 0 };
  return { n, mean: mood, spread: Object.fromEntries(Object.keys(mood).map((key) => [key, 0.05])) as EmotionShares, smiles: mood.happy > 0.5 ? n : 0, mood: moodOf(mood), moodSpread: 0.1, seconds: n * 6, secondsSquared: n * 40, turned, ...(demographics ? { male: Math.floor(n / 2), female: n - Math.floor(n / 2), ages: [1, n - 1, 0, 0, 0] } : {}) };
}

/** One window of a camera, with the people of each of its areas. @param at its start, epoch ms */
export function moodWindow(camera: string, at: number, people: People, areas: Record<string, People> = {}): EmotionWindow {
  const faces = people.n * 8;
  const of = ({ mood, n }: People) => ({ faces: n * 8, withFace: Math.min(FRAMES, n * 8), mean: n > 0 ? mood : NOTHING, spread: NOTHING, smile: n > 0 ? (mood.happy > 0.5 ? 1 : 0) : null, mood: n > 0 ? moodOf(mood) : null });
  return {
    camera, from: at, to: at + WINDOW_MS, frames: FRAMES, dropped: 0, ...of(people), faces, smileAbove: 0.5,
    left: { small: 2, blurred: 1, turned: 1, cut: 0, still: 0, mirrored: 0 }, visits: visitsOf(people),
    areas: Object.entries(areas).map(([area, own]) => ({ area, ...of(own), visits: visitsOf(own) })),
  };
}

/** Sends windows by a vision device's token. @throws Error when the hub does not take them all */
export async function sendWindows(origin: string, token: string, site: string, windows: readonly EmotionWindow[]): Promise<void> {
  const MOST = 100;
  for (let i = 0; i < windows.length; i += MOST) {
    const events = windows.slice(i, i + MOST).map((body) => ({ id: ulid(body.to), type: 'emotion.windowed', site, at: body.to, body }));
    const reply = await fetch(`${origin}/api/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ events }) });
    const told = await reply.json() as { accepted?: number };
    if (told.accepted !== events.length) throw new Error(`the hub took ${told.accepted} of ${events.length} windows: ${JSON.stringify(told).slice(0, 500)}`);
  }
}
