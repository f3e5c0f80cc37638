import { ulid } from 'ulid';
import type { Wall } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { demand, newSecret, secretHash, secretMatches, WALL_COOKIE, type Auth, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound } from '../core/http/index.ts';
import { ifWritable, type Store } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import { wallsRepository, type StoredWall } from './repository.ts';

/** Use of a wall is written down at most this often. */
const TOUCH_MS = 60_000;
const COOKIE_SHAPE = /^([a-z0-9][a-z0-9-]{0,63})\.([A-Za-z0-9_-]{43})$/;

export type Walls = ReturnType<typeof createWalls>;

const shown = ({ tokenHash: _tokenHash, ...wall }: StoredWall): Wall => wall;

/** Screens in waiting areas. The wall's cookie holds its own token, so that taking the wall back ends it everywhere. */
export function createWalls({ store, clock, auth, audit, sites }: { store: Store; clock: Clock; auth: Auth; audit: Audit; sites: Sites }) {
  const repository = wallsRepository(store);

  async function open(id: string, token: string): Promise<StoredWall | undefined> {
    const wall = await store.read((db) => repository.get(db, id));
    if (!wall || wall.revokedAt !== null || !secretMatches(token, wall.tokenHash)) return undefined;
    const now = clock();
    if (wall.lastSeen === null || now - wall.lastSeen >= TOUCH_MS) await ifWritable(store.transaction(({ db }) => repository.touch(db, id, now), `wall ${id}`));
    return wall;
  }

  auth.addCookie(WALL_COOKIE, async (value) => {
    const [, id, token] = COOKIE_SHAPE.exec(value) ?? [];
    const wall = id === undefined || token === undefined ? undefined : await open(id, token);
    return wall ? { kind: 'wall', wall: { id: wall.id, site: wall.site, name: wall.name } } : null;
  });

  auth.setRevokedIds('wall', async (ids) => {
    const standing = await store.read((db) => repository.standing(db, ids));
    return new Set(ids.filter((id) => !standing.has(id)));
  });

  return {
    async ofSite(site: string): Promise<Wall[]> {
      if (!await sites.get(site)) throw notFound('site');
      return (await store.read((db) => repository.ofSite(db, site))).map(shown);
    },

    /** Adds a wall; its token is in this answer and nowhere else. */
    async create(by: Principal, site: string, name: string): Promise<{ wall: Wall; token: string }> {
      const token = newSecret();
      const wall: StoredWall = { id: ulid().toLowerCase(), site, name, tokenHash: secretHash(token), createdAt: clock(), revokedAt: null, lastSeen: null };
      await store.transaction(async (tx) => {
        if (!await sites.getIn(tx.db, site)) throw notFound('site');
        await repository.insert(tx.db, wall);
        await audit.record(tx, by, 'wall.created', `wall:${wall.id}`, { site, name });
      });
      return { wall: shown(wall), token };
    },

    /** Takes a wall back: its screens go dark at once. Doing it again changes nothing. */
    async revoke(by: Principal, id: string): Promise<Wall> {
      const wall = await store.transaction(async (tx) => {
        const known = await repository.get(tx.db, id);
        if (!known) throw notFound('wall');
        demand(by, 'devices.manage', known.site);
        if (known.revokedAt !== null) return known;
        const revokedAt = clock();
        await repository.revoke(tx.db, id, revokedAt);
        await audit.record(tx, by, 'wall.revoked', `wall:${id}`, { site: known.site, name: known.name });
        return { ...known, revokedAt };
      });
      auth.revocations.emit({ subject: 'wall', id });
      return shown(wall);
    },

    /** Opens a wall with its token; resolves to what its cookie holds. @throws ApiError `bad_credentials` */
    async signIn(id: string, token: string): Promise<{ wall: Wall; site: { id: string; name: string; timezone: string }; cookie: string }> {
      const wall = await open(id, token);
      const site = wall && await sites.get(wall.site);
      if (!wall || !site) throw new ApiError('bad_credentials', 401, 'This screen\'s link is not valid any more. Open a new one from the console.');
      return { wall: shown(wall), site: { id: site.id, name: site.name, timezone: site.timezone }, cookie: `${id}.${token}` };
    },
  };
}
