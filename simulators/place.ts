import type { DeviceKind } from '../contract/index.ts';

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

const CAMERA_PLACES = [
  { touchpoint: 'waiting-hall', name: 'Камера в зале ожидания' },
  { touchpoint: 'reception-desk', name: 'Камера у регистратуры' },
  { touchpoint: 'door', name: 'Камера у входа' },
];

/** The first `count` cameras; beyond the named places they stand in the waiting hall. */
export function cameras(count: number): PlannedDevice[] {
  return Array.from({ length: count }, (_, i) => {
    const place = CAMERA_PLACES[i] ?? { touchpoint: 'waiting-hall', name: `Камера в зале ожидания ${i + 1}` };
    return { key: `camera-${i + 1}`, kind: 'camera', ...place };
  });
}
