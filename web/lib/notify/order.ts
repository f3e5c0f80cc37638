/** Order of what is tried one after another. Pure: each gives a new list. */

/** `item` one place towards the front (−1) or the back (1); as it is where there is no place. */
export function moved<T>(list: readonly T[], item: T, by: -1 | 1): T[] {
  const at = list.indexOf(item);
  const to = at + by;
  if (at === -1 || to < 0 || to >= list.length) return [...list];
  const next = [...list];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}

/** Taken out if it was in, else put at the end. */
export const toggled = <T>(list: readonly T[], item: T): T[] => (list.includes(item) ? list.filter((one) => one !== item) : [...list, item]);
