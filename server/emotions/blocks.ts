import { LEAST_PEOPLE } from '../../contract/index.ts';

/** A quarter of an hour, ms; quarters are counted since the epoch. */
export const QUARTER = 15 * 60_000;
/** Counting towards a block begins anew every 28 days (in quarters since the epoch), so that a report has only so much to look back at. */
export const ANCHOR_QUARTERS = 28 * 24 * 4;
export const anchorOf = (quarter: number): number => Math.floor(quarter / ANCHOR_QUARTERS) * ANCHOR_QUARTERS;

/** Consecutive quarters of one stream, `from` inclusive to `to` exclusive, with five people or a few more. */
export interface Block { from: number; to: number; people: number }

/**
 * Cuts one stream's quarters into blocks of at least `LEAST_PEOPLE` people each: whatever is shown below the level of a
 * site is a sum of whole blocks. Any two answers, of whatever periods and groupings, therefore differ by whole blocks,
 * and no subtraction leaves fewer people than that. Quarters are to be taken in ascending order; what has been taken
 * stays as it is whatever comes later.
 */
export class BlockCutter {
  #open: Block | undefined;

  /** The block that this quarter completes, if it does. */
  take(quarter: number, people: number): Block | undefined {
    if (people <= 0) return undefined;
    if (this.#open && anchorOf(this.#open.from) !== anchorOf(quarter)) this.#open = undefined;
    const open = (this.#open ??= { from: quarter, to: quarter, people: 0 });
    open.to = quarter + 1;
    open.people += people;
    if (open.people < LEAST_PEOPLE) return undefined;
    this.#open = undefined;
    return open;
  }

  /** First quarter of the block that is not complete; undefined when the next one begins a new block. */
  get from(): number | undefined { return this.#open?.from; }
}
