import type { AlertKind, CameraArea, CameraChoices, DeviceKind, DutyRole, FloorPlan, Polygon } from '../contract/index.ts';
import type { SceneKind } from './video/script.ts';

/** The clinic of the demonstration: what stands where. Ids are chosen here, so that a second start finds them. */
export const SITE_NAME = 'Клиника на Садовой';

export const ZONES = [
  { id: 'entrance', name: 'Вход' },
  { id: 'reception', name: 'Регистратура' },
  { id: 'waiting', name: 'Зал ожидания' },
  { id: 'tills', name: 'Кассы' },
] as const;

export const TOUCHPOINTS = [
  { id: 'door', name: 'Входная дверь', zone: 'entrance' },
  { id: 'yard-door', name: 'Вход со двора', zone: 'entrance' },
  { id: 'reception-desk', name: 'Регистратура', zone: 'reception' },
  { id: 'waiting-hall', name: 'Зал ожидания', zone: 'waiting' },
  { id: 'till-1', name: 'Касса 1', zone: 'tills' },
  { id: 'till-2', name: 'Касса 2', zone: 'tills' },
  { id: 'till-3', name: 'Касса 3', zone: 'tills' },
] as const;

export const TILLS = ['till-1', 'till-2', 'till-3'] as const;
export type Till = (typeof TILLS)[number];

/** A device of the demonstration. `key` is its name in plans and in the state file. */
export interface PlannedDevice { key: string; kind: DeviceKind; name: string; touchpoint: string }

export const DEVICES = [
  { key: 'door-counter', kind: 'counter', name: 'Счётчик у входа', touchpoint: 'door' },
  { key: 'reception-terminal', kind: 'terminal', name: 'Терминал регистратуры', touchpoint: 'reception-desk' },
  { key: 'hall-terminal', kind: 'terminal', name: 'Терминал в зале', touchpoint: 'waiting-hall' },
  { key: 'desk-phone', kind: 'phone', name: 'Телефон администратора', touchpoint: 'reception-desk' },
  ...[1, 2, 3].flatMap((n): PlannedDevice[] => [
    { key: `till-${n}`, kind: 'till', name: `Касса ${n}`, touchpoint: `till-${n}` },
    { key: `button-${n}`, kind: 'button', name: `Кнопка у кассы ${n}`, touchpoint: `till-${n}` },
  ]),
] as const satisfies readonly PlannedDevice[];

/** A camera, what it looks at, and how it is set up. */
export interface PlannedCamera extends PlannedDevice { kind: 'camera'; scene: SceneKind; choices: CameraChoices }

const part = (left: number, top: number, right: number, bottom: number): Polygon => [[left, top], [right, top], [right, bottom], [left, bottom]];
const area = (id: string, name: string, role: CameraArea['role'], polygon: Polygon, touchpoint: string): CameraArea => ({ id, name, role, polygon, zone: null, touchpoint });
const choices = (purpose: string, areas: CameraArea[], line: CameraChoices['line'] = null): CameraChoices =>
  ({ purpose, emotions: true, counting: line !== null, demographics: false, areas, staff: 'none', masks: [], line });

/** The camera at the door counts who walks in down the left of its picture; who comes in on the right shows a face. */
const CAMERA_PLACES = [
  { touchpoint: 'waiting-hall', name: 'Камера в зале ожидания', scene: 'hall', choices: choices('Настроение посетителей в зале ожидания', [area('seats', 'Зал ожидания', 'contact', part(0.02, 0.15, 0.5, 0.95), 'waiting-hall'), area('screen', 'У экрана', 'display', part(0.5, 0.15, 0.98, 0.95), 'waiting-hall')]) },
  { touchpoint: 'reception-desk', name: 'Камера у регистратуры', scene: 'desk', choices: choices('Настроение посетителей у регистратуры и на выходе', [area('desk', 'Регистратура', 'contact', part(0.02, 0.1, 0.55, 0.95), 'reception-desk'), area('leaving', 'Выход', 'exit', part(0.56, 0.1, 0.98, 0.95), 'door')]) },
  { touchpoint: 'yard-door', name: 'Камера у входа', scene: 'door', choices: choices('Счёт посетителей и их настроение при входе', [area('coming', 'Вход', 'entrance', part(0.6, 0.1, 0.99, 0.95), 'yard-door')], { from: [0.05, 0.7], to: [0.56, 0.7], inward: 'right', reentryS: 4, groupS: 2 }) },
] as const satisfies readonly { touchpoint: string; name: string; scene: SceneKind; choices: CameraChoices }[];

/** The first `count` cameras; beyond the named places they stand in the waiting hall. */
export function cameras(count: number): PlannedCamera[] {
  return Array.from({ length: count }, (_, i) => {
    const place = CAMERA_PLACES[i] ?? { ...CAMERA_PLACES[0], name: `Камера в зале ожидания ${i + 1}` };
    return { key: `camera-${i + 1}`, kind: 'camera', ...place };
  });
}

/** Who works here besides the administrator. */
export const PEOPLE = [
  { key: 'anna', email: 'anna@demo.local', name: 'Анна Белова', role: 'floor' },
  { key: 'boris', email: 'boris@demo.local', name: 'Борис Орлов', role: 'supervisor' },
] as const;

interface PlannedShift { name: string; days: number[]; from: number; to: number; people: { key: string; role: DutyRole; zones: string[] | null }[] }
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const TEAM: PlannedShift['people'] = [{ key: 'administrator', role: 'floor', zones: null }, { key: 'anna', role: 'floor', zones: ['tills', 'entrance'] }, { key: 'boris', role: 'second', zones: null }];
/** Minutes of the day by the site's clock. Around the clock, since the demonstration plays around the clock. */
export const SHIFTS: readonly PlannedShift[] = [
  { name: 'День', days: EVERY_DAY, from: 480, to: 1200, people: TEAM },
  { name: 'Вечер и ночь', days: EVERY_DAY, from: 1200, to: 480, people: TEAM },
];

/** Parameters of rules that a new site has switched off. About fifty people are inside at the busiest hour of a plain day. */
export const RULES: Partial<Record<AlertKind, Record<string, number>>> = { 'traffic.crowd': { people: 80 }, 'staff.idle': { minutes: 12, people: 5 } };

const box = (left: number, top: number, right: number, bottom: number) => [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }];
/** Where everything is in the picture of the plan. */
export const DRAWING: Pick<FloorPlan, 'zones' | 'touchpoints'> = {
  zones: { entrance: box(0.03, 0.54, 0.59, 0.95), reception: box(0.03, 0.05, 0.365, 0.51), waiting: box(0.385, 0.05, 0.97, 0.5), tills: box(0.61, 0.54, 0.97, 0.95) },
  touchpoints: { door: { x: 0.256, y: 0.84 }, 'yard-door': { x: 0.09, y: 0.74 }, 'reception-desk': { x: 0.2, y: 0.3 }, 'waiting-hall': { x: 0.68, y: 0.27 }, 'till-1': { x: 0.684, y: 0.79 }, 'till-2': { x: 0.797, y: 0.79 }, 'till-3': { x: 0.909, y: 0.79 } },
};
