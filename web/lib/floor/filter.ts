/** What a person wants to see. An empty list lets everything through. */
export interface Filter {
  zones: readonly string[];
  kinds: readonly string[];
}

export const EVERYTHING: Filter = { zones: [], kinds: [] };
const MOST = 50;

export function passes(filter: Filter, zone: string | null, kind: string): boolean {
  return (filter.zones.length === 0 || (zone !== null && filter.zones.includes(zone))) && (filter.kinds.length === 0 || filter.kinds.includes(kind));
}

export const isFiltering = (filter: Filter): boolean => filter.zones.length > 0 || filter.kinds.length > 0;

/** With `value` added to or taken from one of the lists. */
export function toggled(filter: Filter, list: keyof Filter, value: string): Filter {
  const before = filter[list];
  return { ...filter, [list]: before.includes(value) ? before.filter((one) => one !== value) : [...before, value].slice(-MOST) };
}

/** A filter as it was remembered; everything when that cannot be read. */
export function parseFilter(text: string | null): Filter {
  if (text === null) return EVERYTHING;
  try {
    const parsed = JSON.parse(text) as Partial<Record<keyof Filter, unknown>> | null;
    return { zones: strings(parsed?.zones), kinds: strings(parsed?.kinds) };
  } catch (error) {
    console.warn('the remembered filter cannot be read', error);
    return EVERYTHING;
  }
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string').slice(0, MOST) : []);
