import type { Device, DeviceSelf, Site, Wall } from '../contract/index.ts';
import { DeviceClient, type AdminClient } from './hub-client.ts';
import { SITE_NAME, TOUCHPOINTS, ZONES, type PlannedDevice } from './place.ts';
import { writeState, type State } from './state-file.ts';

export interface Founded {
  site: Site;
  /** By key. */
  devices: Map<string, { id: string; token: string; touchpoint: string }>;
  /** Path and fragment of the wall monitor's page. */
  wallPath: string;
}

export interface FoundOptions { hub: string; admin: AdminClient; siteId: string; timezone: string; devices: readonly PlannedDevice[]; state: State; stateFile: string }

/** Makes the site, its places, its devices and a wall, as far as they are not there yet. @throws HubRefusal */
export async function found(options: FoundOptions): Promise<Founded> {
  const { admin, siteId, state, stateFile } = options;
  const site = await foundPlaces(options);
  const known = (await admin.get<{ devices: Device[] }>(`/api/v1/sites/${siteId}/devices`))?.devices ?? [];
  const devices: Founded['devices'] = new Map();
  for (const planned of options.devices) {
    const secret = await foundDevice(options, site, known, planned);
    state.devices[planned.key] = secret;
    writeState(stateFile, state);
    devices.set(planned.key, { ...secret, touchpoint: planned.touchpoint });
  }
  state.wall = await foundWall(options);
  writeState(stateFile, state);
  return { site, devices, wallPath: `/wall/${state.wall.id}#${state.wall.token}` };
}

async function foundPlaces({ admin, siteId, timezone }: FoundOptions): Promise<Site> {
  const url = `/api/v1/sites/${siteId}`;
  const site = await admin.get<Site>(url) ?? await admin.post<Site>('/api/v1/sites', { id: siteId, name: SITE_NAME, timezone });
  for (const zone of ZONES) if (!site.zones.some(({ id }) => id === zone.id)) await admin.post(`${url}/zones`, zone);
  for (const touchpoint of TOUCHPOINTS) if (!site.touchpoints.some(({ id }) => id === touchpoint.id)) await admin.post(`${url}/touchpoints`, touchpoint);
  return site;
}

async function foundDevice({ hub, admin, siteId, state }: FoundOptions, site: Site, known: readonly Device[], { key, kind, name, touchpoint }: PlannedDevice): Promise<{ id: string; token: string }> {
  const kept = state.devices[key];
  if (kept && await stillWorks(hub, siteId, kept)) return kept;
  // The token of a device from an earlier start is lost with the state file. In our own clinic the device goes, so that
  // it does not stand there silent for ever; at somebody's real site nothing is touched.
  const orphans = site.name === SITE_NAME ? known.filter((device) => device.name === name && device.kind === kind && device.revokedAt === null) : [];
  for (const orphan of orphans) await admin.post(`/api/v1/devices/${orphan.id}/revoke`, {});
  const { device, token } = await admin.post<{ device: Device; token: string }>(`/api/v1/sites/${siteId}/devices`, { kind, name, touchpoint });
  return { id: device.id, token };
}

async function stillWorks(hub: string, siteId: string, { id, token }: { id: string; token: string }): Promise<boolean> {
  const answer = await new DeviceClient(hub, token).get('/api/v1/devices/me');
  const self = answer.body as DeviceSelf | undefined;
  return answer.status === 200 && self?.id === id && self.site.id === siteId;
}

async function foundWall({ admin, siteId, state }: FoundOptions): Promise<{ id: string; token: string }> {
  const { walls } = (await admin.get<{ walls: Wall[] }>(`/api/v1/sites/${siteId}/walls`)) ?? { walls: [] };
  const kept = state.wall;
  if (kept && walls.some(({ id, revokedAt }) => id === kept.id && revokedAt === null)) return kept;
  const { wall, token } = await admin.post<{ wall: Wall; token: string }>(`/api/v1/sites/${siteId}/walls`, { name: 'Монитор в зале' });
  return { id: wall.id, token };
}
