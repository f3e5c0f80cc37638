/**
 * Gives back the object of last time while nothing in it changed, so that a page renders anew only what did: the
 * stream copies all alerts for every change of one. Compares one level deep; nested objects count by identity.
 */
export class Steady<T extends object> {
  #kept = new Map<string, T>();
  #next = new Map<string, T>();

  /** The former object for `id` if it equals `value`, else `value`. */
  same(id: string, value: T): T {
    const before = this.#kept.get(id);
    const steady = before && equal(before, value) ? before : value;
    this.#next.set(id, steady);
    return steady;
  }

  /** Ends a round: what was not asked for in it is forgotten. */
  turn(): void {
    this.#kept = this.#next;
    this.#next = new Map();
  }
}

function equal<T extends object>(a: T, b: T): boolean {
  if (a === b) return true;
  const keys = Object.keys(a) as (keyof T)[];
  return keys.length === Object.keys(b).length && keys.every((key) => Object.is(a[key], b[key]));
}
