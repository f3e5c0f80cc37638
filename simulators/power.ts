/** What is wrong with the demonstration's devices, by how long it plays. Pure. */

const MINUTE = 60_000;

/** Of each button: percent at the start, and minutes for one percent. One of them asks for batteries soon. */
const CHARGES: Record<string, { start: number; minutesPerPercent: number }> = {
  'button-1': { start: 88, minutesPerPercent: 90 }, 'button-2': { start: 22, minutesPerPercent: 1.5 }, 'button-3': { start: 61, minutesPerPercent: 90 },
};
const LEAST = 4;

/** Percent, or undefined for what has no battery. */
export function chargeOf(device: string, playedMs: number): number | undefined {
  const charge = CHARGES[device];
  return charge && Math.max(LEAST, charge.start - Math.floor(playedMs / MINUTE / charge.minutesPerPercent));
}

/** The first button loses its network after some minutes, for a while, and then once an hour. */
const SILENT_DEVICE = 'button-1';
const SILENT_FROM_MS = 4 * MINUTE;
const SILENT_FOR_MS = 6 * MINUTE;
const SILENT_EVERY_MS = 60 * MINUTE;

export function isSilent(device: string, playedMs: number): boolean {
  if (device !== SILENT_DEVICE || playedMs < SILENT_FROM_MS) return false;
  return (playedMs - SILENT_FROM_MS) % SILENT_EVERY_MS < SILENT_FOR_MS;
}
