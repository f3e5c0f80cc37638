import type { AnyEvent, DeviceKind } from '../events.ts';
import { own } from './own.ts';

/** State of channel `devices:<site>`: who speaks and who is silent. Details come by REST. */
export interface DevicesState {
  site: { id: string; name: string; timezone: string };
  devices: Record<string, { id: string; name: string; kind: DeviceKind; silent: boolean; since: number | null }>;
}

export const DEVICES_TYPES: ReadonlySet<string> = new Set(['device.seen', 'device.silent']);

export function applyDevices(state: DevicesState, event: AnyEvent): void {
  if (event.type !== 'device.seen' && event.type !== 'device.silent') return;
  const device = own(state.devices, event.body.device);
  if (!device) return;
  device.silent = event.type === 'device.silent';
  device.since = event.at;
}
