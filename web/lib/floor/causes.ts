import { CAUSES } from '../../../contract/alert-words.ts';
import type { AlertSettings } from '../../../contract/alerts.ts';
import { get } from '../api.ts';
import { causeWord } from '../alert-terms.ts';

/** A root cause as a person chooses it. */
export interface NamedCause {
  id: string;
  name: string;
}
type Known = AlertSettings['causes'];

const KEY = 'otklik-causes';
const BUILT_IN: Known = CAUSES.map((id) => ({ id, name: null }));

const named = (causes: Known): NamedCause[] => causes.map(({ id, name }) => ({ id, name: name ?? causeWord(id) }));

/** The site's causes as they were known last; the built-in ones where nothing is known. */
export function knownCauses(site: string): NamedCause[] {
  try {
    const kept = JSON.parse(localStorage.getItem(`${KEY}:${site}`) ?? 'null') as unknown;
    const whole = Array.isArray(kept) && kept.length > 0 && kept.every((one: Partial<Known[number]> | null) => typeof one?.id === 'string' && (one.name === null || typeof one.name === 'string'));
    return named(whole ? (kept as Known) : BUILT_IN);
  } catch (error) {
    console.warn('the kept causes cannot be read', error);
    return named(BUILT_IN);
  }
}

/** The site's causes as the hub has them, kept for when it is away. @throws ApiError */
export async function siteCauses(site: string): Promise<NamedCause[]> {
  const { causes } = await get<AlertSettings>(`/sites/${site}/alert-settings`);
  localStorage.setItem(`${KEY}:${site}`, JSON.stringify(causes));
  return named(causes);
}
