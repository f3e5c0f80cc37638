import type { ChannelKind } from '../../../contract/live.ts';
import { applyCameras, type CamerasState } from '../../../contract/views/cameras.ts';
import { applyDevices, type DevicesState } from '../../../contract/views/devices.ts';
import { applyFloor, type FloorState } from '../../../contract/views/floor.ts';
import { applyWall, type WallState } from '../../../contract/views/wall.ts';
import type { Fold } from './client.ts';

export interface States {
  floor: FloorState;
  wall: WallState;
  cameras: CamerasState;
  devices: DevicesState;
}

interface View<S> {
  fold: Fold;
  /** A copy that later folding does not reach, so that a page notices what changed by identity. */
  copy(state: S): S;
}

const entries = <T extends object>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, { ...value }]));

/** How each kind of channel is folded and copied. */
export const VIEWS: { [K in ChannelKind]: View<States[K]> } = {
  floor: {
    fold: applyFloor,
    copy: (state) => ({ ...state, alerts: state.alerts.map((alert) => ({ ...alert })), feed: [...state.feed], minutes: [...state.minutes], today: { ...state.today } }),
  },
  wall: { fold: applyWall, copy: (state) => ({ ...state }) },
  cameras: { fold: applyCameras, copy: (state) => ({ ...state, cameras: entries(state.cameras) }) },
  devices: { fold: applyDevices, copy: (state) => ({ ...state, devices: entries(state.devices) }) },
};
