import type { EventType } from '../contract/index.ts';
import { withMedia, type Media } from './plan.ts';
import { plannedUlid } from './ulid.ts';

/** An event with the device that sends it. */
export interface TourStep { at: number; device: string; id: string; type: EventType; body: Record<string, unknown> }

interface Scene { after: number; device: string; type: EventType; body: Record<string, unknown>; about?: string; key: string; attach?: { voice?: number; photo?: number } }

const S = 1_000;
const MINUTE = 60 * S;
const PRAISE = 11;
const CROWD = 90;

/** What everybody who starts the demonstration sees within its first minutes, whatever the seed. */
const SCENES: readonly Scene[] = [
  { key: 'red', after: 25 * S, device: 'button-3', type: 'feedback.rated', body: { value: 1, scale: 4 } },
  { key: 'why', after: 31 * S, device: 'button-3', type: 'feedback.explained', body: { factor: 'Долго ждать' }, about: 'red' },
  { key: 'words', after: 37 * S, device: 'button-3', type: 'feedback.messaged', body: { text: 'Очередь не движется, работает одна касса.', contact: '+7 900 000-00-00' }, about: 'red', attach: { voice: 0 } },
  { key: 'wet', after: 80 * S, device: 'hall-terminal', type: 'feedback.rated', body: { value: 1, scale: 4 } },
  { key: 'wet-photo', after: 92 * S, device: 'hall-terminal', type: 'feedback.messaged', body: { text: 'У кулера лужа, можно упасть.' }, about: 'wet', attach: { photo: 0 } },
  ...Array.from({ length: PRAISE }, (_, i): Scene => ({ key: `praise-${i}`, after: 2 * MINUTE + i * 7 * S, device: 'reception-terminal', type: 'feedback.rated', body: { value: 4, scale: 4 } })),
  { key: 'crowd', after: 3 * MINUTE + 30 * S, device: 'door-counter', type: 'traffic.counted', body: { in: CROWD, out: 0, seconds: 60 } },
  { key: 'crowd-gone', after: 9 * MINUTE, device: 'door-counter', type: 'traffic.counted', body: { in: 0, out: CROWD, seconds: 60 } },
];

/** Keys of events that belong to the tour and not to the day's plan. */
export const isTour = (id: string, startedAt: number): boolean => SCENES.some(({ key, after }) => id === idOf(key, after, startedAt));

const idOf = (key: string, after: number, startedAt: number): string => plannedUlid(startedAt + after, `tour/${key}/${startedAt}`);

/** In order of time. */
export function tour(startedAt: number, media: Media): TourStep[] {
  const ids = new Map(SCENES.map(({ key, after }) => [key, idOf(key, after, startedAt)]));
  return SCENES.map(({ key, after, device, type, body, about, attach }) => ({
    at: startedAt + after, device, type, id: ids.get(key)!, body: withMedia({ ...body, ...(about === undefined ? {} : { rating: ids.get(about)! }) }, attach, media),
  })).sort((a, b) => a.at - b.at);
}
