import type { PortraitBy, PortraitRow, Together } from '../../../contract/portraits.ts';
import { formatCount, formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';
import { leftOf } from './figures.ts';

export const BY_WORDS: Record<PortraitBy, () => string> = { camera: m.emo_by_camera, area: m.emo_by_area, zone: m.emo_by_zone, touchpoint: m.emo_by_touchpoint };
export const WITH_WORDS: Record<Together['rows'][number]['with'], () => string> = { ratings: m.emo_with_ratings, inside: m.emo_with_inside, came: m.emo_with_came, onDuty: m.emo_with_onDuty, receipts: m.emo_with_receipts };
export const LEFT_WORDS: Record<'small' | 'blurred' | 'turned' | 'cut' | 'still' | 'mirrored', () => string> = { small: m.cam_left_small, blurred: m.cam_left_blurred, turned: m.cam_left_turned, cut: m.cam_left_cut, still: m.cam_left_still, mirrored: m.cam_left_mirrored };

export const rowName = ({ name, staff }: Pick<PortraitRow, 'name' | 'staff'>): string => (staff ? m.emo_row_staff({ name }) : name);
/** Why faces were seen and not read: `too small 12%, blurred 3%`. Empty when all were read. */
export const leftWords = (row: Pick<PortraitRow, 'left'>, locale: string): string => leftOf(row).map(({ why, share }) => m.emo_left_item({ why: LEFT_WORDS[why](), share: formatShare(share, locale) })).join(', ');
/** `1 676 people`. */
export const peopleWords = (count: number, locale: string): string => m.emo_people({ count, n: formatCount(count, locale) });
export const fewWords = ({ people, minutes }: { people: number; minutes: number }, locale: string): string => m.emo_few({ people: peopleWords(people, locale), minutes });
