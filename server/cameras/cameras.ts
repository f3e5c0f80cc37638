import type { CameraSetup, CameraState, Profile, Site } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Principal } from '../core/auth/index.ts';
import type { Bus } from '../core/bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { camerasReactor } from './reactor.ts';
import { createRegister } from './register.ts';
import { camerasRepository, setupOf } from './repository.ts';
import { createSealer } from './secrets.ts';
import { keepSamples } from './samples.ts';
import { createSetups, type CameraPlace } from './setups.ts';
import { createSources } from './sources.ts';
import { createSync } from './sync.ts';

export interface CamerasDeps {
  store: Store;
  clock: Clock;
  audit: Audit;
  bus: Pick<Bus, 'onEvents' | 'onSamples' | 'watch' | 'unwatch'>;
  log: { warn(detail: object, message: string): void };
  config: { profile: Profile; secretsKey: string | null; localCameras: boolean; dataDir: string };
  devices: {
    findIn(db: Db, id: string): Promise<CameraPlace | null>;
    liveOf(site: string): Promise<CameraPlace[]>;
    /** Called within the transactions that take a device in and that revoke one. */
    accompany(steps: { paired(tx: Transaction, device: CameraPlace): Promise<void>; revoked(tx: Transaction, by: Principal, device: CameraPlace): Promise<void> }): void;
  };
  sites: {
    get(id: string): Promise<Site | undefined>;
    getIn(db: Db, id: string): Promise<Site | undefined>;
    /** Asked before a touchpoint is deleted: names of what would lose its place. */
    addTouchpointUsers(find: (db: Db, site: string, touchpoint: string) => Promise<string[]>): void;
  };
}

export type Cameras = ReturnType<typeof createCameras>;

/** What cameras do: how they are set up, where IP cameras are, which node fetches them, and who has to know. */
export function createCameras({ store, clock, audit, bus, log, config, devices, sites }: CamerasDeps) {
  const { profile } = config;
  const repository = camerasRepository(store);
  const samples = keepSamples(bus);
  const setups = createSetups({ store, clock, audit, profile, repository, latestSample: samples.latest, deviceIn: devices.findIn, siteIn: sites.getIn });
  const sealer = createSealer({ key: config.secretsKey, dataDir: config.dataDir, shared: store.shared });
  const sources = createSources({ store, clock, audit, sealer, setups, local: config.localCameras });
  const sync = createSync({ store, clock, profile, repository, sources, deviceIn: devices.findIn, log });
  const register = createRegister({ store, clock, profile, repository, sources, site: sites.get, camerasOf: async (site) => (await devices.liveOf(site)).filter(({ kind }) => kind === 'camera') });
  sites.addTouchpointUsers(async (db, site, touchpoint) => {
    const users: string[] = [];
    for (const row of await repository.setupsOfSite(db, site)) {
      const areas = setupOf(row, profile, clock()).areas.filter((area) => area.touchpoint === touchpoint);
      if (areas.length === 0) continue;
      const camera = await devices.findIn(db, row.camera);
      users.push(...areas.map(({ name }) => `"${name}" of ${camera?.name ?? 'a camera'}`));
    }
    return users;
  });
  devices.accompany({
    paired: setups.paired,
    async revoked(tx, by, device) {
      if (device.kind !== 'camera') return;
      await sources.revoked(tx, device.id);
      await setups.revoked(tx, by, device);
    },
  });
  return {
    profile, setups, sources, sync, register,
    reactor: camerasReactor(repository),
    /** Calls the listener when a camera's set-up or source changed, at whichever hub. It may be missed: nodes ask every second anyway. */
    onChanged(listener: () => void): void {
      bus.onEvents((events) => { if (events.some(({ type }) => type === 'camera.configured')) listener(); });
    },
    /** Set-ups of a site's cameras as they are kept, for others to read within their own transaction. */
    setupsIn: async (db: Db, site: string): Promise<CameraSetup[]> => (await repository.setupsOfSite(db, site)).map((row) => setupOf(row, profile, clock())),
    stop: samples.stop,
    /** What live views say of each camera's set-up and analysis, by camera; who was never set up or stated is left out. */
    workOf: (site: string): Promise<Map<string, Pick<CameraState, 'analysis' | 'setup'>>> => store.read(async (db) => {
      const analysis = await repository.analysisOfSite(db, site);
      const versions = new Map((await repository.setupsOfSite(db, site)).map(({ camera, version }) => [camera, version]));
      return new Map([...new Set([...analysis.keys(), ...versions.keys()])].map((camera) => [camera, { analysis: analysis.get(camera) ?? null, setup: versions.get(camera) ?? 0 }]));
    }),
  };
}
