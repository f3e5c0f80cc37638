import type { CameraSetup, DeviceKind, Site } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { Db, Store } from '../core/store/store.ts';
import type { Metrics } from '../metrics/index.ts';
import type { AreaPlaces } from './placed.ts';
import { emotionsReactor } from './reactor.ts';
import { createEmotionsRepository, type EmotionsRepository } from './repository.ts';
import type { CameraPlace, PlaceNames } from './streams.ts';
import type { CountedHour, Hourly } from './together.ts';

export interface EmotionsDeps {
  store: Store;
  clock: Clock;
  devices: { liveOf(site: string): Promise<readonly { id: string; kind: DeviceKind; name: string; touchpoint: string | null }[]> };
  sites: { get(id: string): Promise<Site | undefined>; touchpointNames(site: string): Promise<ReadonlyMap<string, { name: string }>> };
  cameras: { setupsIn(db: Db, site: string): Promise<readonly CameraSetup[]> };
  metrics: Pick<Metrics, 'countedHours' | 'ratedHours'>;
}

/** What reports need of the hub beside the rollups. */
export interface EmotionsSources {
  repository: EmotionsRepository;
  site(id: string): Promise<Site | undefined>;
  /** Whether any camera of the site reads age and sex. */
  demographics(site: string): Promise<boolean>;
  /** People and receipts by the hour (epoch ms of its start), from `from` to before `to`. */
  counted(site: string, from: number, to: number): Promise<ReadonlyMap<number, CountedHour>>;
  /** Mean rating by the hour: positive is 1, neutral 0, negative −1. */
  ratings(site: string, from: number, to: number): Promise<Hourly>;
}

const HOUR = 3600_000;

/** How visitors feel: the rollup of a site's cameras and what its reports rest on. */
export function createEmotions({ store, clock, devices, sites, cameras, metrics }: EmotionsDeps): EmotionsSources & { reactor: Reactor; areaPlaces(db: Db, site: string): Promise<AreaPlaces> } {
  const repository = createEmotionsRepository(store);

  async function camerasIn(db: Db, site: string): Promise<CameraPlace[]> {
    const setups = new Map((await cameras.setupsIn(db, site)).map((setup) => [setup.camera, setup]));
    return (await devices.liveOf(site)).filter(({ kind }) => kind === 'camera').map(({ id, name, touchpoint }) => ({ id, name, touchpoint, areas: setups.get(id)?.areas ?? [] }));
  }
  async function placesOf(id: string): Promise<PlaceNames> {
    const site = await sites.get(id);
    const zoneOf = new Map(site?.touchpoints.map(({ id: touchpoint, zone }) => [touchpoint, zone]));
    return {
      zones: new Map(site?.zones.map(({ id: zone, name }) => [zone, name])),
      touchpoints: new Map([...await sites.touchpointNames(id)].map(([touchpoint, { name }]) => [touchpoint, { name, zone: zoneOf.get(touchpoint) ?? null }])),
    };
  }
  const hoursOf = (from: number, to: number): [number, number] => [Math.floor(from / HOUR), Math.ceil(to / HOUR)];

  return {
    repository,
    areaPlaces: async (db, site) => new Map((await cameras.setupsIn(db, site)).map(({ camera, areas }) => [camera, new Map(areas.flatMap(({ id, touchpoint }) => (touchpoint === null ? [] : [[id, touchpoint] as const])))])),
    reactor: emotionsReactor({ clock, repository, cameras: camerasIn, places: placesOf }),
    site: sites.get,
    demographics: async (site) => (await store.read((db) => cameras.setupsIn(db, site))).some(({ demographics }) => demographics),
    counted: async (site, from, to) => new Map((await store.read((db) => metrics.countedHours(db, site, ...hoursOf(from, to)))).map(({ hour, ...counts }) => [hour * HOUR, counts])),
    ratings: async (site, from, to) => new Map((await store.read((db) => metrics.ratedHours(db, site, ...hoursOf(from, to)))).flatMap(({ hour, lowest, negative, neutral, positive }) => {
      const n = lowest + negative + neutral + positive;
      return n === 0 ? [] : [[hour * HOUR, (positive - negative - lowest) / n] as const];
    })),
  };
}
