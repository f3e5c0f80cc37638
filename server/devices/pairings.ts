import { randomInt } from 'node:crypto';
import { ulid } from 'ulid';
import { LIMITS, type Device, type DeviceKind, type Pairing, type PairingState } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { demand, newSecret, secretHash, secretMatches, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { ApiError, notFound, rateLimited } from '../core/http/index.ts';
import type { Store, Transaction } from '../core/store/store.ts';
import type { Sites } from '../sites/index.ts';
import { deviceOf, type DeviceRow, type DevicesRepository, type PairingRow } from './repository.ts';
import { CLAIM_GRACE_MS, deviceToken, pairingStage } from './rules.ts';

/** Pairings that may wait at once: few enough that a free code is found at the first try. */
const MAX_LIVE = 1_000;
const CODES_TRIED = 16;
const POLL_MS = 2_000;
/** How long an expired code still answers that it expired. */
const REMEMBER_MS = 3600_000;

interface PairingDeps {
  store: Store; clock: Clock; audit: Audit; sites: Sites; repository: DevicesRepository;
  insert(tx: Transaction, by: Principal, site: string, input: { kind: DeviceKind; name: string; touchpoint?: string | null }, tokenHash: string | null, id?: string): Promise<DeviceRow>;
  changed(site: string): void;
  /** A device took its token. */
  paired(tx: Transaction, device: DeviceRow): Promise<void>;
}

const unknown = (): ApiError => new ApiError('pairing_unknown', 404, 'There is no such pairing code. Check the digits on the device.');
const expired = (): ApiError => new ApiError('pairing_expired', 410, 'This pairing code has expired. Start pairing on the device again.');
const taken = (): ApiError => new ApiError('pairing_taken', 409, 'This pairing code has been used. Start pairing on the device again.');

export interface PairingInfo { code: string; kind: DeviceKind; name: string | null; expiresAt: number }

/** Taking devices in: the device shows a code, a person confirms it, the device takes its token once. */
export function createPairings({ store, clock, audit, sites, repository, insert, changed, paired }: PairingDeps) {
  async function freeCode(tx: Transaction): Promise<string> {
    const codes = Array.from({ length: CODES_TRIED }, () => String(randomInt(1_000_000)).padStart(6, '0'));
    const used = await repository.codesInUse(tx.db, codes);
    const free = codes.find((code) => !used.has(code));
    if (free === undefined) throw rateLimited(60);
    return free;
  }

  function waiting(row: PairingRow | undefined): PairingRow {
    if (!row) throw unknown();
    const stage = pairingStage(row, clock());
    if (stage === 'expired') throw expired();
    if (stage !== 'waiting') throw taken();
    return row;
  }

  return {
    /** Opens a pairing. Its secret is in this answer and nowhere else. @throws ApiError `rate_limited` */
    async create({ kind, name }: { kind: DeviceKind; name?: string }): Promise<Pairing> {
      const secret = newSecret();
      const now = clock();
      const expiresAt = now + LIMITS.pairingTtlMs;
      const code = await store.transaction(async (tx) => {
        await repository.deletePairingsBefore(tx.db, now - REMEMBER_MS);
        if (await repository.livePairings(tx.db, now) >= MAX_LIVE) throw rateLimited(60);
        const chosen = await freeCode(tx);
        await repository.insertPairing(tx.db, { code: chosen, secretHash: secretHash(secret), kind, name: name ?? null, createdAt: now, expiresAt, device: null, claimedAt: null });
        return chosen;
      });
      return { code, secret, expiresAt, pollMs: POLL_MS };
    },

    /** What the person who confirms sees. @throws ApiError `pairing_unknown`, `pairing_expired`, `pairing_taken` */
    async info(code: string): Promise<PairingInfo> {
      const row = waiting(await store.read((db) => repository.pairing(db, code)));
      return { code, kind: row.kind as DeviceKind, name: row.name, expiresAt: row.expiresAt };
    },

    /** Takes the device in at a site. @throws ApiError */
    async confirm(by: Principal, code: string, { site, name, touchpoint }: { site: string; name: string; touchpoint?: string | null }): Promise<Device> {
      demand(by, 'devices.manage', site);
      const device = await store.transaction(async (tx) => {
        const row = waiting(await repository.pairing(tx.db, code));
        if (!await sites.getIn(tx.db, site)) throw notFound('site');
        const id = ulid().toLowerCase();
        const created = await insert(tx, by, site, { kind: row.kind as DeviceKind, name, touchpoint: touchpoint ?? null }, null, id);
        await repository.updatePairing(tx.db, code, { device: id, expiresAt: Math.max(row.expiresAt, clock() + CLAIM_GRACE_MS) });
        await audit.record(tx, by, 'pairing.confirmed', `device:${id}`, { site, kind: row.kind });
        return created;
      });
      changed(site);
      return deviceOf(device, clock());
    },

    /**
     * The device asks how its pairing stands. Once confirmed, the token is made for this very answer, so it is never
     * kept in clear; a second ask gets `pairing_taken`. @throws ApiError
     */
    async claim(code: string, secret: string): Promise<PairingState> {
      // A wrong secret looks like a wrong code: guessing codes tells nothing.
      const owned = (row: PairingRow | undefined): PairingRow => {
        if (!row || !secretMatches(secret, row.secretHash)) throw unknown();
        return row;
      };
      const stageOf = (row: PairingRow): 'waiting' | 'confirmed' => {
        const stage = pairingStage(row, clock());
        if (stage === 'expired') throw expired();
        if (stage === 'claimed') throw taken();
        return stage;
      };
      const seen = owned(await store.read((db) => repository.pairing(db, code)));
      if (stageOf(seen) === 'waiting') return { state: 'pending', expiresAt: seen.expiresAt };
      const tokenSecret = newSecret();
      const device = await store.transaction(async (tx) => {
        const row = owned(await repository.pairing(tx.db, code));
        stageOf(row);
        const known = row.device === null ? undefined : await repository.get(tx.db, row.device);
        if (!known || known.revokedAt !== null) throw new ApiError('device_revoked', 409, 'This device was revoked before it took its token. Start pairing on the device again.');
        await repository.updatePairing(tx.db, code, { claimedAt: clock() });
        await repository.update(tx.db, known.id, { tokenHash: secretHash(tokenSecret) });
        await audit.record(tx, { kind: 'device', device: { id: known.id, kind: known.kind as DeviceKind, site: known.site, touchpoint: known.touchpoint, name: known.name } }, 'pairing.claimed', `device:${known.id}`);
        await paired(tx, known);
        return known.id;
      });
      return { state: 'paired', device, token: deviceToken(device, tokenSecret) };
    },
  };
}
export type Pairings = ReturnType<typeof createPairings>;
