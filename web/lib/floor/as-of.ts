import type { Link } from '../live/client.ts';

/** Since when what is shown may be wrong, epoch ms by the hub's clock; null while it is the hub's word. */
export function asOf(link: Pick<Link, 'state' | 'heardAt'>, keptAt: number | null): number | null {
  if (keptAt !== null) return keptAt;
  return link.state === 'stale' || link.state === 'ended' ? link.heardAt : null;
}
