import type { AnyEvent } from '../events.ts';
import { withheldWindow } from '../withheld.ts';
import type { EmotionWindow } from '../emotions.ts';
import type { AnalysisStop } from '../cameras.ts';
import { own } from './own.ts';

/** State of channel `cameras:<site>`: how each camera does; no picture. Live fps and lag come as samples on the same channel. */
export interface CamerasState {
  site: { id: string; name: string; timezone: string };
  cameras: Record<string, CameraState>;
}
export interface CameraState {
  id: string;
  name: string;
  touchpoint: string | null;
  connected: boolean;
  /** When it last came or went; null if it never did. */
  since: number | null;
  reason: string | null;
  codec: string | null;
  node: string | null;
  /** The latest interval measured, without what it says of how people felt (`withheldWindow`). */
  last: EmotionWindow | null;
  /** What the node last said of its work on the picture; null if it never did. */
  analysis: { running: boolean; reason: AnalysisStop | null; since: number } | null;
  /** People who crossed its line, as far back as this state goes: an installer walks over the line and sees it. */
  crossed?: { in: number; out: number };
  /** Version of the set-up; 0 while nobody has set the camera up. */
  setup: number;
}

export const CAMERAS_TYPES: ReadonlySet<string> = new Set(['camera.connected', 'camera.disconnected', 'camera.analysis', 'camera.configured', 'emotion.windowed', 'traffic.counted']);

export function emptyCamera(id: string, name: string, touchpoint: string | null): CameraState {
  return { id, name, touchpoint, connected: false, since: null, reason: null, codec: null, node: null, last: null, analysis: null, setup: 0 };
}

export function applyCameras(state: CamerasState, event: AnyEvent): void {
  switch (event.type) {
    case 'camera.connected': {
      const id = event.body.camera;
      const camera = own(state.cameras, id) ?? (state.cameras[id] = emptyCamera(id, id, null));
      camera.connected = true; camera.since = event.at; camera.reason = null; camera.node = event.body.node; camera.codec = event.body.codec ?? null;
      return;
    }
    case 'camera.disconnected': {
      const camera = own(state.cameras, event.body.camera);
      if (!camera) return;
      camera.connected = false; camera.since = event.at; camera.reason = event.body.reason;
      return;
    }
    case 'camera.analysis': {
      const { camera: id, running, reason, since } = event.body;
      const camera = own(state.cameras, id);
      if (camera) camera.analysis = { running, reason, since };
      return;
    }
    case 'camera.configured': {
      const camera = own(state.cameras, event.body.camera);
      if (camera) camera.setup = event.body.version;
      return;
    }
    case 'traffic.counted': {
      const camera = event.body.camera === undefined ? undefined : own(state.cameras, event.body.camera);
      if (camera) camera.crossed = { in: (camera.crossed?.in ?? 0) + event.body.in, out: (camera.crossed?.out ?? 0) + event.body.out };
      return;
    }
    case 'emotion.windowed': {
      const camera = own(state.cameras, event.body.camera);
      if (camera) camera.last = withheldWindow(event.body);
    }
  }
}
