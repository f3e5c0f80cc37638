/** The record's own entry. A plain lookup of a name such as `constructor` would find what every object inherits. */
export function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
