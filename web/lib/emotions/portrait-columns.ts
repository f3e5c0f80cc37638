import { AGE_BANDS, type AgeBand, type Estimate, type Portrait, type PortraitRow } from '../../../contract/portraits.ts';
import { formatShare } from '../format.ts';
import { m } from '../paraglide/messages.js';

/** A column of the portrait ME-1: a share 0..1 or a mood −1..1 with its interval. */
export interface Column { key: string; title: string; kind: 'share' | 'mood'; of: (row: PortraitRow) => Estimate }

const UNKNOWN: Estimate = { value: null, low: null, high: null };
const AGES: Record<AgeBand, () => string> = { under20: m.emo_age_under20, '20-30': () => '20–30', '30-40': () => '30–40', '40-50': () => '40–50', over50: m.emo_age_over50 };

/** In the order of the portrait; sex and age only where they are read. Fear stands in no column of its own: it is read too unreliably. */
export function columnsOf({ smileAbove, demographics }: Pick<Portrait, 'smileAbove' | 'demographics'>, locale: string): Column[] {
  const share = (key: string, title: string, of: Column['of']): Column => ({ key, title, kind: 'share', of });
  const people = demographics ? [
    share('male', m.emo_male(), (row) => row.male ?? UNKNOWN), share('female', m.emo_female(), (row) => row.female ?? UNKNOWN),
    ...AGE_BANDS.map((band, i) => share(band, AGES[band](), (row) => row.ages?.[i] ?? UNKNOWN)),
  ] : [];
  return [
    share('smile', smileAbove === null ? m.emo_smile() : m.emo_smile_above({ threshold: `>${formatShare(smileAbove, locale)}` }), (row) => row.smile),
    ...people,
    share('happy', m.emo_happy(), (row) => row.happy), share('surprise', m.emo_surprise(), (row) => row.surprise), share('angry', m.emo_angry(), (row) => row.angry),
    share('disgust', m.emo_disgust(), (row) => row.disgust), share('sad', m.emo_sad(), (row) => row.sad), share('neutral', m.emo_neutral(), (row) => row.neutral), share('negative', m.emo_negative(), (row) => row.negative),
    { key: 'mood', title: m.emo_mood(), kind: 'mood', of: (row) => row.mood },
  ];
}
