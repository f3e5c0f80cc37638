import type { DeviceStorage, StoredWall } from './device-storage.ts';

/** The token in an address's fragment; null when there is none that could be one. */
export function tokenOf(hash: string): string | null {
  const token = hash.replace(/^#/, '');
  return /^[A-Za-z0-9_-]{20,100}$/.test(token) ? token : null;
}

/**
 * The wall and its token: from the link that was opened, else from an earlier visit. The fragment leaves the address bar
 * and the history at once, so that nobody copies the key off the screen.
 */
export async function takeWall(id: string, storage: DeviceStorage | null): Promise<StoredWall | null> {
  const fresh = tokenOf(location.hash);
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname + location.search);
  const stored = await storage?.wall(id) ?? null;
  if (fresh === null || fresh === stored?.token) return stored;
  const wall: StoredWall = { id, token: fresh, last: null };
  try {
    await storage?.keepWall(wall);
  } catch (error) {
    console.warn('the wall will need its link again after a restart', error);
  }
  return wall;
}
