import type { AnyEvent, BodyOf, EventType } from '../../contract/events.ts';
import type { EmotionSample, EmotionWindow } from '../../contract/emotions.ts';
import { KIND_DEFAULTS } from '../../contract/alert-words.ts';
import { dayOf } from '../../contract/time.ts';
import { applyCameras, emptyCamera, type CamerasState } from '../../contract/views/cameras.ts';
import type { DevicesState } from '../../contract/views/devices.ts';
import { applyFloor, emptyFloor, type FloorState } from '../../contract/views/floor.ts';
import { applyWall, emptyWall, type WallState } from '../../contract/views/wall.ts';

/** A made-up clinic whose day goes by on its own: enough of a hub's state to look at every page. Development only. */

export const SITE = { id: 'sadovaya', name: 'Клиника на Садовой', timezone: 'Europe/Moscow' };
export const PLACES: Record<string, string> = { kassa3: 'Касса 3', reception: 'Регистратура', hall: 'Зал ожидания', room12: 'Кабинет 12', entrance: 'Главный вход' };
export const CAMERAS: Record<string, { name: string; touchpoint: string | null }> = {
  'cam-till': { name: 'Камера у касс', touchpoint: 'kassa3' },
  'cam-hall': { name: 'Камера в зале', touchpoint: 'hall' },
};
export const ZONES: Record<string, string> = { first: 'Первый этаж', second: 'Второй этаж' };
const ZONE_OF: Record<string, string> = { kassa3: 'first', reception: 'first', hall: 'first', room12: 'second' };
const DEVICES: Record<string, { name: string; touchpoint: string | null }> = {
  'button-1': { name: 'Кнопка у кассы 3', touchpoint: 'kassa3' }, 'button-2': { name: 'Кнопка в регистратуре', touchpoint: 'reception' }, 'counter-1': { name: 'Счётчик у входа', touchpoint: 'entrance' },
};
const FACTORS = ['Долго ждать', 'Грубый тон', 'Не нашли товар', 'Грязно'];
const EPOCH = 'made-up-epoch';

/** Repeatable randomness, 0..1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class FakeFloor {
  readonly epoch = EPOCH;
  offset = 0;
  readonly floor: FloorState;
  readonly wall: WallState;
  readonly cameras: CamerasState;
  readonly devices: DevicesState;
  readonly #random = randomFrom(7);
  #alerts = 0;

  constructor(now: number) {
    const day = dayOf(SITE.timezone, now);
    this.floor = emptyFloor(SITE, day, { places: PLACES, cameras: CAMERAS, zones: ZONES, zoneOf: ZONE_OF, devices: DEVICES });
    this.wall = emptyWall(SITE, day);
    this.cameras = { site: SITE, cameras: Object.fromEntries(Object.entries(CAMERAS).map(([id, one]) => [id, emptyCamera(id, one.name, one.touchpoint)])) };
    this.devices = { site: SITE, devices: {} };
  }

  /** Commits one event: folds it onto every view, as the hub does. */
  commit<T extends EventType>(type: T, body: BodyOf<T>, at: number, touchpoint: string | null = null, device = 'hub'): AnyEvent {
    const event = { offset: ++this.offset, id: `01J${String(this.offset).padStart(23, '0')}`, type, site: SITE.id, at, received: at, device, touchpoint, body } as AnyEvent;
    applyFloor(this.floor, event);
    applyWall(this.wall, event);
    applyCameras(this.cameras, event);
    return event;
  }

  /** What happens in the minute that holds `at`. */
  minute(at: number): AnyEvent[] {
    const events: AnyEvent[] = [];
    const places = Object.keys(PLACES);
    for (let count = Math.floor(this.#random() * 4); count > 0; count--) events.push(this.rating(at, places[Math.floor(this.#random() * places.length)]!, this.#random() < 0.85 ? 3 + Math.round(this.#random()) : 2));
    events.push(this.commit('traffic.counted', { in: Math.floor(this.#random() * 9), out: Math.floor(this.#random() * 8) }, at, 'entrance'));
    for (const camera of Object.keys(CAMERAS)) events.push(this.commit('emotion.windowed', this.window(camera, at), at));
    const mood = Math.round(this.mood('cam-till', at) * 20) / 20;
    events.push(this.commit('emotion.summed', { from: at - 60_000, to: at, people: 7, mood, smile: Math.max(0, mood) }, at));
    return events;
  }

  rating(at: number, touchpoint: string, value: number): AnyEvent {
    const factor = value <= 2 ? { factor: FACTORS[Math.floor(this.#random() * FACTORS.length)]! } : {};
    return this.commit('feedback.rated', { value, scale: 4, ...factor }, at, touchpoint);
  }

  /** Opens an alert of any kind; what is not said is as a visitor's lowest rating. @returns its id and the event */
  opens(at: number, values: Partial<BodyOf<'alert.opened'>> = {}): { id: string; event: AnyEvent } {
    const kind = values.kind ?? 'feedback.negative';
    const { severity, tone, actWithinS } = KIND_DEFAULTS[kind];
    const id = `01made${String(++this.#alerts).padStart(20, '0')}`;
    const body: BodyOf<'alert.opened'> = { alert: id, kind, severity, tone, actBy: at + actWithinS * 1000, source: `01J${String(this.offset).padStart(23, '0')}`, since: at, touchpoint: null, ...values };
    return { id, event: this.commit('alert.opened', body, at, body.touchpoint) };
  }

  mood(camera: string, at: number): number {
    return Math.sin(at / 170_000 + (camera === 'cam-till' ? 0 : 2)) * 0.35 + 0.1 + (this.#random() - 0.5) * 0.1;
  }

  window(camera: string, at: number): EmotionWindow {
    const mood = this.mood(camera, at);
    const mean = { angry: 0.05, disgust: 0.02, fear: 0.03, happy: Math.max(0, mood), sad: 0.1, surprise: 0.1, neutral: 0.4 };
    return { camera, from: at, to: at + 10_000, frames: 95, dropped: 2, faces: 12, mean, spread: mean, smile: Math.max(0, mood), mood };
  }

  sample(camera: string, at: number): EmotionSample {
    return { camera, site: SITE.id, at, faces: 2, shares: null, mood: this.mood(camera, at), fps: 9.6, lagMs: 84, width: 640, height: 480 };
  }

  stateOf(kind: string): unknown {
    return { floor: this.floor, wall: this.wall, cameras: this.cameras, devices: this.devices }[kind];
  }
}
