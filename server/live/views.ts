import {
  applyCameras, applyDevices, applyFloor, applyWall, CAMERAS_TYPES, dayOf, DEVICES_TYPES, emptyCamera, emptyFloor, emptyWall, FLOOR_MINUTES, FLOOR_TYPES, MINUTE, WALL_TYPES,
  type Alert, type CamerasState, type DevicesState, type DeviceKind, type FloorState, type WallState,
} from '../../contract/index.ts';
import type { Fanout } from '../core/fanout/fanout.ts';
import type { Log } from '../core/log/log.ts';
import { withheld } from '../emotions/index.ts';

/** What the views show of a site, besides its events. */
export interface ViewSources {
  log: Log;
  /** @throws when there is no such site. */
  site(id: string): Promise<{ id: string; name: string; timezone: string; zones: readonly { id: string; name: string }[]; touchpoints: readonly { id: string; name: string; zone: string | null }[] }>;
  devices(site: string): Promise<readonly { id: string; name: string; kind: DeviceKind; touchpoint: string | null; silent: boolean; since: number | null }[]>;
  /** Alerts that were not over at an offset, as they stand now. */
  alertsAt(site: string, offset: number): Promise<Alert[]>;
  /** Who is on duty, by person; changes only in the transaction of the event that says so. */
  duty(site: string): Promise<FloorState['duty']>;
  cameras(site: string): Promise<readonly { id: string; name: string; touchpoint: string | null; connected: boolean; since: number | null; reason: string | null; node: string | null; codec: string | null }[]>;
}

/** Devices' clocks may be ahead by this much: such events count for the day that they are in. */
const CLOCK_MARGIN_MS = 5 * MINUTE;

/** A camera's latest interval of 10 s is no older than this while it works. */
const LAST_WINDOW_MS = MINUTE;

/** Registers the channels that a hub offers. */
export function registerViews(fanout: Fanout, sources: ViewSources): void {
  const { log } = sources;

  fanout.register<FloorState>({
    kind: 'floor', types: FLOOR_TYPES, samples: false, apply: applyFloor, expiresAt: (state) => state.day.end,
    async seed(site, now) {
      const { id: shop, name: title, timezone, zones, touchpoints } = await sources.site(site);
      const day = dayOf(timezone, now);
      const from = Math.min(day.start, now - FLOOR_MINUTES * MINUTE);
      const offset = await log.offsetBefore(site, from - CLOCK_MARGIN_MS);
      const devices = await sources.devices(site);
      const named = (of: typeof devices): FloorState['devices'] => Object.fromEntries(of.map(({ id, name, touchpoint }) => [id, { name, touchpoint }]));
      const state = emptyFloor({ id: shop, name: title, timezone }, day, {
        places: Object.fromEntries(touchpoints.map(({ id, name }) => [id, name])),
        zones: Object.fromEntries(zones.map(({ id, name }) => [id, name])),
        zoneOf: Object.fromEntries(touchpoints.flatMap(({ id, zone }) => (zone === null ? [] : [[id, zone]]))),
        devices: named(devices), cameras: named(devices.filter(({ kind }) => kind === 'camera')),
        duty: await sources.duty(site),
      });
      state.alerts = await sources.alertsAt(site, offset);
      return { state, offset };
    },
  });

  fanout.register<WallState>({
    kind: 'wall', types: WALL_TYPES, samples: false, apply: applyWall, expiresAt: (state) => state.day.end,
    async seed(site, now) {
      const { id, name, timezone } = await sources.site(site);
      const day = dayOf(timezone, now);
      return { state: emptyWall({ id, name, timezone }, day), offset: await log.offsetBefore(site, day.start - CLOCK_MARGIN_MS) };
    },
  });

  // Rows of cameras and devices change only in the transaction of the event that says so, so the head is read
  // first and the rows then: an event in between is folded again, which changes nothing, since these folds set states and count nothing.
  fanout.register<CamerasState>({
    kind: 'cameras', types: CAMERAS_TYPES, samples: true, apply: applyCameras, show: withheld,
    async seed(site, now) {
      const { id, name, timezone } = await sources.site(site);
      // A little earlier than now, so that each camera's latest interval is folded in.
      const offset = await log.offsetBefore(site, now - LAST_WINDOW_MS);
      const rows = await sources.cameras(site);
      const cameras = Object.fromEntries(rows.map(({ id: camera, name: title, touchpoint, ...row }) => [camera, { ...emptyCamera(camera, title, touchpoint), ...row }]));
      return { state: { site: { id, name, timezone }, cameras }, offset };
    },
  });

  fanout.register<DevicesState>({
    kind: 'devices', types: DEVICES_TYPES, samples: false, apply: applyDevices,
    async seed(site) {
      const { id, name, timezone } = await sources.site(site);
      const { offset } = await log.head(site);
      const rows = await sources.devices(site);
      const devices = Object.fromEntries(rows.map((row) => [row.id, { id: row.id, name: row.name, kind: row.kind, silent: row.silent, since: row.since }]));
      return { state: { site: { id, name, timezone }, devices }, offset };
    },
  });
}
