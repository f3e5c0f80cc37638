import { zoneOffsetMs } from '../../contract/index.ts';
import { QUARTER } from './blocks.ts';

/**
 * What a zone's clocks are ahead of UTC, ms, for as many moments as a report has: asked for once in a quarter of an hour,
 * within which no clock is changed.
 */
export function zoneOffsets(timezone: string): (at: number) => number {
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER);
    let offset = known.get(quarter);
    if (offset === undefined) known.set(quarter, (offset = zoneOffsetMs(timezone, at)));
    return offset;
  };
}
