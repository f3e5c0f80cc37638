import type { FloorState } from '../../../contract/views/floor.ts';

/**
 * Ids that the state speaks of but has no name for: places and cameras added after its snapshot was taken. A page
 * asks for a new snapshot then, for no id is ever shown.
 */
export function unnamed(state: FloorState): Set<string> {
  const ids = new Set<string>();
  const place = (id: string | null) => {
    if (id !== null && !(id in state.places)) ids.add(id);
  };
  const camera = (id: string) => {
    if (!(id in state.cameras)) ids.add(id);
  };
  const device = (id: string | null) => {
    if (id !== null && !(id in state.devices) && !(id in state.cameras)) ids.add(id);
  };
  const zone = (id: string | null) => {
    if (id !== null && !(id in state.zones)) ids.add(id);
  };
  for (const alert of state.alerts) {
    place(alert.touchpoint);
    device(alert.device);
    zone(alert.zone);
  }
  for (const item of state.feed) {
    place(item.touchpoint);
    if (item.text.kind === 'camera') camera(item.text.camera);
    if (item.text.kind === 'device') device(item.text.device);
  }
  return ids;
}
