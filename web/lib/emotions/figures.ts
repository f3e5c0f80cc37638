import type { Estimate, PortraitRow } from '../../../contract/portraits.ts';
import { formatCount, formatDecimal, formatMood, formatShare } from '../format.ts';

/** Estimates with their intervals as people read them. Pure: the locale is an argument. */

/** A value that is known, with its interval. */
export interface Known { value: number; low: number; high: number }
export const known = ({ value, low, high }: Estimate): Known | null => (value === null || low === null || high === null ? null : { value, low, high });

const NONE = '–';
const DASH = '–';

/** `64 %`, or a dash. */
export const shareText = (estimate: Estimate, locale: string): string => (estimate.value === null ? NONE : formatShare(estimate.value, locale));
/** `55–72`: the interval of a share in percent, without the sign. Empty where it is not known. */
export function shareInterval(estimate: Estimate, locale: string): string {
  const all = known(estimate);
  return all ? `${formatCount(all.low * 100, locale)}${DASH}${formatCount(all.high * 100, locale)}` : '';
}
/** `64 % (55–72)`. */
export const shareWhole = (estimate: Estimate, locale: string): string => whole(shareText(estimate, locale), shareInterval(estimate, locale));

export const moodText = (estimate: Estimate, locale: string): string => (estimate.value === null ? NONE : formatMood(estimate.value, locale));
/** `+0,12 … +0,34`: with a minus sign in it a dash would not be told from it. */
export function moodInterval(estimate: Estimate, locale: string): string {
  const all = known(estimate);
  return all ? `${formatMood(all.low, locale)} … ${formatMood(all.high, locale)}` : '';
}
export const moodWhole = (estimate: Estimate, locale: string): string => whole(moodText(estimate, locale), moodInterval(estimate, locale));

export const secondsText = (estimate: Estimate, locale: string): string => {
  const all = known(estimate);
  return all ? whole(formatDecimal(all.value, locale), `${formatDecimal(all.low, locale)}${DASH}${formatDecimal(all.high, locale)}`) : NONE;
};

const whole = (value: string, interval: string): string => (interval === '' ? value : `${value} (${interval})`);

/** What a value with its interval says against zero: an interval that holds zero says nothing. */
export function signOf(estimate: Estimate): 'more' | 'less' | 'unclear' | 'unknown' {
  const all = known(estimate);
  if (!all) return 'unknown';
  return all.low > 0 ? 'more' : all.high < 0 ? 'less' : 'unclear';
}

/** The row that lies above all others beyond chance: its interval begins where those of the others end. Null when none does. */
export function leader<T>(rows: readonly T[], estimate: (row: T) => Estimate): T | null {
  const found = rows.flatMap((row) => { const all = known(estimate(row)); return all ? [{ row, all }] : []; }).sort((a, b) => b.all.value - a.all.value);
  const first = found[0];
  return first && found.length > 1 && found.slice(1).every(({ all }) => all.high < first.all.low) ? first.row : null;
}

/** Why faces were seen and not read, most frequent first, as shares of all faces seen; those below half a percent are left out. */
export function leftOf(row: Pick<PortraitRow, 'left'>): { why: 'small' | 'blurred' | 'turned' | 'cut' | 'still'; share: number }[] {
  return Object.entries(row.left ?? {}).map(([why, share]) => ({ why: why as 'small', share })).filter(({ share }) => share >= 0.005).sort((a, b) => b.share - a.share);
}
