import { LIMITS } from '../../contract/index.ts';

const TOKEN = /^otk_([a-z0-9][a-z0-9-]{0,63})_([A-Za-z0-9_-]{43})$/;

export const deviceToken = (id: string, secret: string): string => `otk_${id}_${secret}`;

/** The parts of a device token, or undefined when it is none. */
export function parseToken(token: string): { id: string; secret: string } | undefined {
  const match = TOKEN.exec(token);
  return match ? { id: match[1]!, secret: match[2]! } : undefined;
}

export interface Presence { lastSeen: number | null; silent: boolean }

/**
 * What the log has to be told of a device. `heardAt`: when it spoke since the row was written, if it did; a word as old
 * as silence (this hub could not write it any sooner) is no return. While the hub was away nobody could be heard, so
 * silence counts from `startedAt` at the earliest. Epoch ms. A device that never spoke is not silent: it was not set up
 * yet.
 */
export function presenceChange({ lastSeen, silent }: Presence, heardAt: number | undefined, startedAt: number, now: number): 'seen' | 'silent' | null {
  if (lastSeen === null) return heardAt === undefined ? null : 'seen';
  const latest = Math.max(lastSeen, heardAt ?? 0);
  if (silent) return heardAt !== undefined && now - latest < LIMITS.deviceSilentMs ? 'seen' : null;
  return now - Math.max(latest, startedAt) >= LIMITS.deviceSilentMs ? 'silent' : null;
}

/** Charges, in percent, that are told at once when a device falls to them: what is left is hours. */
const BATTERY_LOW = [20, 10, 5];
const BATTERY_STEP = 5;
const BATTERY_EVERY_MS = 5 * 60_000;

/** What the log was told last of a device's charge: percent, and when (epoch ms). */
export interface BatteryTold { percent: number; at: number }

/**
 * Whether the log is to be told that the charge is `percent` now: on the first word, on falling to or below a multiple of
 * five, on rising by five. A charge that trembles about a multiple is told once, because the way up is longer than the
 * way down. No more often than every five minutes, save for falling to 20, 10 or 5 percent.
 */
export function batteryNews(told: BatteryTold | null, percent: number, now: number): boolean {
  if (told === null) return true;
  if (BATTERY_LOW.some((low) => percent <= low && low < told.percent)) return true;
  const stepBelow = Math.floor((told.percent - 1) / BATTERY_STEP) * BATTERY_STEP;
  const passed = percent <= stepBelow || percent >= told.percent + BATTERY_STEP;
  return passed && now - told.at >= BATTERY_EVERY_MS;
}

export const isOnline = (lastSeen: number | null, now: number): boolean => lastSeen !== null && now - lastSeen < LIMITS.deviceSilentMs;

/** A confirmed device gets at least this long to take its token, even when the code was about to expire. */
export const CLAIM_GRACE_MS = 120_000;

export interface PairingTimes { expiresAt: number; device: string | null; claimedAt: number | null }
export type PairingStage = 'waiting' | 'confirmed' | 'claimed' | 'expired';

/** Where a pairing stands at `now` (epoch ms). A claimed one says so for good; expiry ends the others. */
export function pairingStage({ expiresAt, device, claimedAt }: PairingTimes, now: number): PairingStage {
  if (claimedAt !== null) return 'claimed';
  if (now >= expiresAt) return 'expired';
  return device === null ? 'waiting' : 'confirmed';
}
