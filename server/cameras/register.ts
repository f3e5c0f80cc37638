import type { CameraRegister, CameraSign, Profile, RegisteredCamera, Site } from '../../contract/index.ts';
import type { Clock } from '../core/clock.ts';
import { csvOf, type Cell } from '../core/csv.ts';
import { notFound } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { blankSetup, setupOf, type CamerasRepository } from './repository.ts';
import type { Sources } from './sources.ts';

export interface RegisterDeps {
  store: Store;
  clock: Clock;
  profile: Profile;
  repository: CamerasRepository;
  sources: Pick<Sources, 'fetchedOf'>;
  site(id: string): Promise<Site | undefined>;
  /** The site's cameras that are not revoked. */
  camerasOf(site: string): Promise<readonly { id: string; name: string; touchpoint: string | null }[]>;
}

const COLUMNS = [
  'camera', 'name', 'touchpoint', 'kind', 'purpose', 'emotions', 'counting', 'demographics', 'staff', 'staff_masks', 'staff_analysis', 'areas', 'version', 'set_up_at', 'set_up_by', 'analysed', 'reason', 'since',
];
const isoTime = (at: number | null): Cell => (at === null ? null : new Date(at).toISOString());

/** The register of a site's cameras: what each watches for, who decided it and when. For whoever has to give account of it. */
export function createRegister({ store, clock, profile, repository, sources, site: siteOf, camerasOf }: RegisterDeps) {
  async function get(site: string): Promise<CameraRegister> {
    const known = await siteOf(site);
    if (!known) throw notFound('site');
    const at = clock();
    const cameras = await camerasOf(site);
    const { rows, fetched, analysis } = await store.read(async (db) => ({
      rows: new Map((await repository.setupsOfSite(db, site)).map((row) => [row.camera, row])),
      fetched: await sources.fetchedOf(db, site), analysis: await repository.analysisOfSite(db, site),
    }));
    const touchpoints = new Map(known.touchpoints.map(({ id, name }) => [id, name]));
    const zones = new Map(known.zones.map(({ id, name }) => [id, name]));
    return {
      site: { id: known.id, name: known.name }, profile, at,
      cameras: cameras.map(({ id, name, touchpoint }): RegisteredCamera => {
        const { purpose, emotions, counting, demographics, staffAnalysis, areas, staff, masks, version, updatedAt, updatedBy } = setupOf(rows.get(id) ?? blankSetup(id, site), profile, at);
        return {
          camera: id, name, touchpoint: touchpoints.get(touchpoint ?? '') ?? null, fetched: fetched.has(id), purpose, emotions, counting, demographics, staffAnalysis, staff, masks: masks.length, version, updatedAt, updatedBy,
          areas: areas.map((area) => ({ name: area.name, role: area.role, place: touchpoints.get(area.touchpoint ?? '') ?? zones.get(area.zone ?? '') ?? null })),
          analysis: analysis.get(id) ?? null,
        };
      }),
    };
  }

  return {
    /** @throws ApiError `not_found` */
    get,
    /** The register as RFC 4180 text, one camera a line. @throws ApiError `not_found` */
    async csv(site: string): Promise<string> {
      const { cameras } = await get(site);
      return csvOf(COLUMNS, cameras.map((camera): Cell[] => [
        camera.camera, camera.name, camera.touchpoint, camera.fetched ? 'rtsp' : 'page', camera.purpose, camera.emotions, camera.counting, camera.demographics, camera.staff, camera.masks, camera.staffAnalysis,
        camera.areas.map(({ name, role, place }) => `${name} (${role}${place === null ? '' : `, ${place}`})`).join('; '), camera.version, isoTime(camera.updatedAt), camera.updatedBy?.name ?? null,
        camera.analysis?.running ?? null, camera.analysis?.reason ?? null, isoTime(camera.analysis?.since ?? null),
      ]));
    },
    /** What the notice at the entrance has to say: everything that any camera of the site does. @throws ApiError `not_found` */
    async sign(site: string): Promise<CameraSign> {
      const register = await get(site);
      const cameras = register.cameras.filter(({ version }) => version > 0);
      const any = (what: 'emotions' | 'counting' | 'demographics' | 'staffAnalysis'): boolean => cameras.some((camera) => camera[what]);
      return {
        site: register.site, profile, at: register.at, cameras: cameras.length,
        purposes: [...new Set(cameras.flatMap(({ purpose }) => (purpose === null ? [] : [purpose])))],
        emotions: any('emotions'), counting: any('counting'), demographics: any('demographics'), staffAnalysis: any('staffAnalysis'),
      };
    },
  };
}
export type Register = ReturnType<typeof createRegister>;
