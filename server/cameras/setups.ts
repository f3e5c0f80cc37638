import type { CameraChoices, CameraSetup, DeviceCameraSetup, DeviceKind, EmotionSample, Profile, Site } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { actorName, demand, roleOf, type DevicePrincipal, type PersonPrincipal, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, conflict, invalid, notFound } from '../core/http/index.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { blankSetup, setupOf, type CamerasRepository, type SetupRow } from './repository.ts';
import { choicesFlaw, NO_CHOICES, summaryOf, tidy } from './rules.ts';

/** A camera as the devices part knows it. */
export interface CameraPlace { id: string; site: string; kind: DeviceKind; name: string; touchpoint: string | null }

export interface SetupsDeps {
  store: Store;
  clock: Clock;
  audit: Audit;
  profile: Profile;
  repository: CamerasRepository;
  /** A device that is not revoked, or null. */
  deviceIn(db: Db, id: string): Promise<CameraPlace | null>;
  /** What a camera's node last saw, a few seconds ago at most; null without news. */
  latestSample(site: string, camera: string): EmotionSample | null;
  siteIn(db: Db, id: string): Promise<Site | undefined>;
}

/** How long a camera's own page may set it up after it was paired. */
const PAIRED_OPEN_MS = 15 * 60_000;
const MINUTE = 60_000;

type Setups = ReturnType<typeof createSetups>;
export type { Setups };

/** Who a change is written down as. */
export function actorIn(by: Principal): { id: string; name: string } {
  if (by.kind === 'person') return { id: by.user.id, name: by.user.name };
  return { id: by.kind === 'device' ? by.device.id : by.wall.id, name: actorName(by) };
}

/** What cameras were set up to do. Every change is in the journal, and in the site's log for all who watch. */
export function createSetups({ store, clock, audit, profile, repository, latestSample, deviceIn, siteIn }: SetupsDeps) {
  const shown = (row: SetupRow): CameraSetup => setupOf(row, profile, clock());

  /** The camera, if `by` may do this at its site. @throws ApiError */
  async function cameraIn(db: Db, by: Principal, camera: string, permission: 'devices.read' | 'devices.manage' | 'own'): Promise<CameraPlace> {
    const known = await deviceIn(db, camera);
    if (known?.kind !== 'camera') throw notFound('camera');
    if (permission !== 'own') demand(by, permission, known.site);
    return known;
  }
  const rowIn = async (db: Db, { id, site }: CameraPlace): Promise<SetupRow> => await repository.setup(db, id) ?? blankSetup(id, site);

  /** Tells everybody who watches the site, and through them the vision nodes. */
  async function state(tx: Transaction, { id, site, touchpoint }: CameraPlace, version: number, by: Principal | null): Promise<void> {
    await tx.append([hubEvent(site, 'camera.configured', clock(), { camera: id, version, by: by && actorIn(by) }, { touchpoint })]);
  }

  async function save(tx: Transaction, by: Principal, camera: CameraPlace, choices: CameraChoices, expected: number): Promise<SetupRow> {
    const before = await rowIn(tx.db, camera);
    if (before.version !== expected) {
      throw conflict(before.version === 0 ? 'Nobody has set this camera up yet: load it again.' : `Somebody changed this set-up meanwhile: it has version ${before.version} now. Load it again, and send its version as If-Match.`);
    }
    const site = await siteIn(tx.db, camera.site);
    if (!site) throw notFound('site');
    const flaw = choicesFlaw(choices, site);
    if (flaw) throw invalid(flaw.path, flaw.message);
    const now = clock();
    const actor = actorIn(by);
    const kept = tidy(choices);
    const row = { ...before, version: before.version + 1, choices: JSON.stringify(kept), scene: null, updatedAt: now, updatedBy: actor.id, updatedByName: actor.name, changedAt: now };
    await repository.putSetup(tx.db, row);
    await audit.record(tx, by, 'camera.configured', `device:${camera.id}`, { site: camera.site, version: row.version, ...summaryOf(kept) });
    await state(tx, camera, row.version, by);
    return row;
  }

  async function open(tx: Transaction, by: Principal, camera: CameraPlace, openUntil: number | null): Promise<SetupRow> {
    const row = { ...await rowIn(tx.db, camera), openUntil, changedAt: clock() };
    await repository.putSetup(tx.db, row);
    await audit.record(tx, by, openUntil === null ? 'camera.setup_closed' : 'camera.setup_opened', `device:${camera.id}`, { site: camera.site, openUntil });
    return row;
  }

  /** The camera's own set-up, while it may be changed from its page. @throws ApiError `setup_closed` */
  async function ownIn(db: Db, by: DevicePrincipal): Promise<{ camera: CameraPlace; row: SetupRow }> {
    if (by.device.kind !== 'camera') throw new ApiError('forbidden', 403, 'Only a camera has a set-up.');
    const camera = await cameraIn(db, by, by.device.id, 'own');
    const row = await rowIn(db, camera);
    if (row.openUntil === null || row.openUntil <= clock()) throw new ApiError('setup_closed', 403, 'This camera may not be set up from its own page now. Open its set-up in the console, under Cameras.');
    return { camera, row };
  }

  return {
    cameraIn, rowIn, state,
    /** @throws ApiError `not_found`, `forbidden` */
    get: (by: Principal, camera: string): Promise<CameraSetup> => store.read(async (db) => shown(await rowIn(db, await cameraIn(db, by, camera, 'devices.read')))),

    /** Takes over what an installer decided. `expected`: the version that it was decided upon. @throws ApiError `conflict`, `invalid` */
    put: (by: Principal, camera: string, choices: CameraChoices, expected: number): Promise<CameraSetup> => store.transaction(async (tx) =>
      shown(await save(tx, by, await cameraIn(tx.db, by, camera, 'devices.manage'), choices, expected))),

    /** Lets the camera's own page change the set-up for so many minutes, or no longer. */
    open: (by: Principal, camera: string, minutes: number | null): Promise<CameraSetup> => store.transaction(async (tx) =>
      shown(await open(tx, by, await cameraIn(tx.db, by, camera, 'devices.manage'), minutes === null ? null : clock() + minutes * MINUTE))),

    /** @throws ApiError `setup_closed` */
    getOwn: (by: DevicePrincipal): Promise<DeviceCameraSetup> => store.read(async (db) => {
      const { camera, row } = await ownIn(db, by);
      const site = await siteIn(db, camera.site);
      const analysis = (await repository.analysisOfSite(db, camera.site)).get(camera.id);
      return {
        setup: shown(row), zones: site?.zones ?? [], touchpoints: site?.touchpoints ?? [],
        analysis: analysis === undefined ? null : { camera: camera.id, ...analysis }, sample: latestSample(camera.site, camera.id),
      };
    }),
    /** @throws ApiError `setup_closed`, `conflict`, `invalid` */
    putOwn: (by: DevicePrincipal, choices: CameraChoices, expected: number): Promise<CameraSetup> => store.transaction(async (tx) =>
      shown(await save(tx, by, (await ownIn(tx.db, by)).camera, choices, expected))),

    /**
     * Keeps what the scene looks like when the areas are drawn: the first word for each version counts.
     * @throws ApiError `not_found`, `conflict` for another version
     */
    keepScene: (site: string | null, camera: string, version: number, scene: string): Promise<void> => store.transaction(async ({ db }) => {
      const row = await repository.setup(db, camera);
      if (!row || row.version === 0 || (site !== null && row.site !== site)) throw notFound('camera');
      if (row.version !== version) throw conflict(`The set-up has version ${row.version} now.`);
      if (row.scene === null) await repository.putSetup(db, { ...row, scene, changedAt: clock() });
    }, `camera setup ${camera}`),

    /** Reads staff behind the masks too, or no longer. Only outside the EU profile, which its route refuses before. @throws ApiError */
    setStaffAnalysis: (by: PersonPrincipal, camera: string, choice: { enabled: false } | { enabled: true; basis: string }): Promise<CameraSetup> => store.transaction(async (tx) => {
      const known = await cameraIn(tx.db, by, camera, 'devices.manage');
      if (roleOf(by) !== 'administrator') throw new ApiError('forbidden', 403, 'Only an administrator decides this.');
      const row = { ...await rowIn(tx.db, known), staffAnalysis: choice.enabled ? 1 : 0, changedAt: clock() };
      await repository.putSetup(tx.db, row);
      await audit.record(tx, by, 'camera.staff_analysis', `device:${camera}`, { site: known.site, ...choice });
      await state(tx, known, row.version, by);
      return shown(row);
    }),

    /** A camera took its token: whoever stands before it sets it up there. Part of the transaction of the pairing. */
    async paired(tx: Transaction, camera: CameraPlace): Promise<void> {
      if (camera.kind !== 'camera') return;
      await repository.putSetup(tx.db, { ...await rowIn(tx.db, camera), openUntil: clock() + PAIRED_OPEN_MS, changedAt: clock() });
    },

    /** A camera lost its right: nothing of its set-up stays. Part of the transaction of the revocation. */
    async revoked(tx: Transaction, by: Principal, camera: CameraPlace): Promise<void> {
      if (camera.kind !== 'camera') return;
      const before = await repository.setup(tx.db, camera.id);
      await repository.putSetup(tx.db, { ...blankSetup(camera.id, camera.site), choices: JSON.stringify(NO_CHOICES), changedAt: clock() });
      await repository.removeAnalysis(tx.db, camera.id, camera.site);
      if (before !== undefined && before.version > 0) await state(tx, camera, 0, by);
    },
  };
}
