import type { AreaRole } from '../../contract/index.ts';

/** A camera as the site has it now. */
export interface CameraPlace {
  id: string; name: string; touchpoint: string | null;
  areas: readonly { id: string; name: string; role: AreaRole; zone: string | null; touchpoint: string | null }[];
}
/** What a site's zones and touchpoints are called, and the zone of each touchpoint. */
export interface PlaceNames { zones: ReadonlyMap<string, string>; touchpoints: ReadonlyMap<string, { name: string; zone: string | null }> }

/** What a stream (a camera's picture, or an area of it) was called and stood for. */
export interface StreamNames {
  camera: string; area: string | null; role: AreaRole | null;
  zone: { id: string; name: string } | null; touchpoint: { id: string; name: string } | null;
}

/** The names of a stream by the set-up as it is; `area` '' is the picture itself. An area without a place of its own has the camera's. */
export function namesOf(camera: CameraPlace | undefined, id: string, area: string, places: PlaceNames): StreamNames {
  const drawn = area === '' ? undefined : camera?.areas.find((one) => one.id === area);
  const point = drawn?.touchpoint ?? (drawn?.zone ? null : camera?.touchpoint ?? null);
  const known = point === null ? undefined : places.touchpoints.get(point);
  const zone = drawn?.zone ?? known?.zone ?? null;
  return {
    camera: camera?.name ?? id, area: area === '' ? null : drawn?.name ?? area, role: drawn?.role ?? null,
    zone: zone === null ? null : { id: zone, name: places.zones.get(zone) ?? zone },
    touchpoint: point === null ? null : { id: point, name: known?.name ?? point },
  };
}

/** Names from a quarter on. */
export interface NamesFrom { quarter: number; names: StreamNames }

/** Which of a stream's names held in a quarter: the latest that began by then, else the first. `versions` ascend. */
export function namesAt(versions: readonly NamesFrom[], quarter: number): NamesFrom | undefined {
  let found = versions[0];
  for (const version of versions) if (version.quarter <= quarter) found = version;
  return found;
}
