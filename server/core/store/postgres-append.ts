import type pg from 'pg';
import { codeOf } from './postgres-connection.ts';
import type { AppendedOffset, NewEvent } from './store.ts';

export interface Appended { offsets: AppendedOffset[]; received: number }

const SPECIAL = /["\\]/;
const quoted = (text: string): string => (SPECIAL.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`);
/** An array as PostgreSQL writes it. node-postgres would make the same, value by value with more checks. */
const texts = (values: readonly string[]): string => `{${values.map(quoted).join(',')}}`;

/** The sites of some events in the order in which all hubs lock them, how many each has, and the how many-th each event is. */
function placesOf(events: readonly NewEvent[]): { names: string[]; counts: number[]; places: number[] } {
  const counts = new Map<string, number>();
  const places = events.map(({ site }) => {
    const place = (counts.get(site) ?? 0) + 1;
    counts.set(site, place);
    return place;
  });
  const names = [...counts.keys()].sort();
  return { names, counts: names.map((name) => counts.get(name)!), places };
}

const numbers = (list: string): number[] => list.split(',').map(Number);

/**
 * Appends in one round trip. Bodies are JSON text and hold no control characters, so JSON quotes them as PostgreSQL does,
 * natively. See the function `otklik_append` in the migrations.
 */
export async function appendOnce(client: pg.ClientBase | pg.Pool, events: readonly NewEvent[]): Promise<Appended> {
  const { names, counts, places } = placesOf(events);
  const several = names.length > 1;
  const values = [
    texts(names), `{${counts.join(',')}}`, several ? texts(events.map(({ site }) => site)) : '{}', several ? `{${places.join(',')}}` : '{}',
    texts(events.map(({ id }) => id)), texts(events.map(({ type }) => type)), `{${events.map(({ at }) => at).join(',')}}`,
    texts(events.map(({ device }) => device)), `{${events.map(({ touchpoint }) => (touchpoint === null ? 'NULL' : quoted(touchpoint))).join(',')}}`,
    `{${events.map(({ skew }) => skew).join(',')}}`, `{${events.map(({ body }) => JSON.stringify(body)).join(',')}}`,
  ];
  const { rows } = await client.query<[string, string | null, number]>({
    name: 'append', rowMode: 'array', values,
    text: "SELECT array_to_string(bases, ','), array_to_string(given, ','), moment FROM otklik_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
  });
  const [bases, given, received] = rows[0]!;
  if (given !== null) return { offsets: numbers(given), received };
  const before = new Map(numbers(bases).map((base, i) => [names[i]!, base]));
  return { offsets: events.map(({ site }, i) => before.get(site)! + places[i]!), received };
}

/** Whether one of the values is what the database refuses (class 22, data exception): the others are fine without it. */
export const isBadValue = (error: unknown): boolean => codeOf(error)?.startsWith('22') === true;

export const sitesOf = (events: readonly NewEvent[]): string[] => [...new Set(events.map(({ site }) => site))];
