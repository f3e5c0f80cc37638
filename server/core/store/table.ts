import type * as PgCore from 'drizzle-orm/pg-core';
import type * as LiteCore from 'drizzle-orm/sqlite-core';
import { lite, postgresCore } from './drizzle.ts';

/**
 * Portable tables: declared once with three column kinds, built for SQLite and for PostgreSQL. Booleans are 0/1,
 * times epoch ms, structures JSON text; whole numbers stay below 2^53.
 */
interface Column<Kind extends 'text' | 'int' | 'real' = 'text' | 'int' | 'real', Nullable extends boolean = boolean> {
  kind: Kind;
  nullable: Nullable;
  /** For rows written before the column was there, or without it. */
  initial?: number;
}

export const text = (): Column<'text', false> => ({ kind: 'text', nullable: false });
/** A whole number; `default` goes into rows that say nothing of it. */
export const int = (options: { default?: number } = {}): Column<'int', false> => ({ kind: 'int', nullable: false, ...(options.default === undefined ? {} : { initial: options.default }) });
export const real = (): Column<'real', false> => ({ kind: 'real', nullable: false });
/** The same column, allowed to hold null. */
export const nullable = <K extends Column['kind']>(column: Column<K, false>): Column<K, true> => ({ kind: column.kind, nullable: true });

const liteText = (name: string) => lite.text(name).notNull();
const liteInt = (name: string) => lite.integer(name).notNull();
const liteReal = (name: string) => lite.real(name).notNull();
const liteTextNull = (name: string) => lite.text(name);
const liteIntNull = (name: string) => lite.integer(name);
const liteRealNull = (name: string) => lite.real(name);

type LiteColumn<C extends Column> =
  C extends Column<'text', true> ? ReturnType<typeof liteTextNull> : C extends Column<'int', true> ? ReturnType<typeof liteIntNull> : C extends Column<'real', true> ? ReturnType<typeof liteRealNull>
    : C extends Column<'text', false> ? ReturnType<typeof liteText> : C extends Column<'int', false> ? ReturnType<typeof liteInt> : ReturnType<typeof liteReal>;
type LiteColumns<C extends Record<string, Column>> = { [K in keyof C]: LiteColumn<C[K]> };

const LITE = { text: [liteText, liteTextNull], int: [liteInt, liteIntNull], real: [liteReal, liteRealNull] } as const;

/** Columns of one index, in order. */
export interface TableOptions<K extends string> { primaryKey: K[]; unique?: K[][]; index?: K[][] }

/** One table in both dialects. Both have the SQLite type, so that queries are written once. */
export interface PortableTable<T> { readonly sqlite: T; readonly postgres: T }

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Declares a table. Column names become snake_case in the database.
 * Queries take the dialect's table from `store.use(table)`.
 */
export function table<N extends string, C extends Record<string, Column>>(name: N, columns: C, options: TableOptions<keyof C & string>): PortableTable<ReturnType<typeof liteTable<N, C>>> {
  const sqlite = liteTable(name, columns, options);
  let postgres: typeof sqlite | undefined;
  return { sqlite, get postgres() { return (postgres ??= pgTable(name, columns, options) as unknown as typeof sqlite); } };
}

const indexName = (name: string, kind: string, columns: string[]): string => [name, ...columns.map(snake), kind].join('_');

function liteTable<N extends string, C extends Record<string, Column>>(name: N, columns: C, options: TableOptions<keyof C & string>) {
  const built: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(columns)) {
    const made = LITE[column.kind][column.nullable ? 1 : 0](snake(key));
    built[key] = column.initial === undefined ? made : (made as ReturnType<typeof liteInt>).default(column.initial);
  }
  return lite.sqliteTable(name, built as LiteColumns<C>, (self) => {
    const pick = (keys: string[]) => keys.map((key) => self[key as keyof typeof self]) as unknown as [LiteCore.AnySQLiteColumn, ...LiteCore.AnySQLiteColumn[]];
    return [
      lite.primaryKey({ columns: pick(options.primaryKey) }),
      ...(options.unique ?? []).map((keys) => lite.uniqueIndex(indexName(name, 'unique', keys)).on(...pick(keys))),
      ...(options.index ?? []).map((keys) => lite.index(indexName(name, 'index', keys)).on(...pick(keys))),
    ];
  });
}

function pgTable(name: string, columns: Record<string, Column>, options: TableOptions<string>) {
  const pg = postgresCore();
  const builders = {
    text: [(column: string) => pg.text(column).notNull(), (column: string) => pg.text(column)],
    int: [(column: string) => pg.bigint(column, { mode: 'number' }).notNull(), (column: string) => pg.bigint(column, { mode: 'number' })],
    real: [(column: string) => pg.doublePrecision(column).notNull(), (column: string) => pg.doublePrecision(column)],
  } as const;
  const built: Record<string, PgCore.PgColumnBuilderBase> = {};
  for (const [key, column] of Object.entries(columns)) {
    const made = builders[column.kind][column.nullable ? 1 : 0](snake(key));
    built[key] = column.initial === undefined ? made : (made as ReturnType<typeof builders.int[0]>).default(column.initial);
  }
  return pg.pgTable(name, built, (self) => {
    const pick = (keys: string[]) => keys.map((key) => self[key]) as unknown as [PgCore.AnyPgColumn, ...PgCore.AnyPgColumn[]];
    return [
      pg.primaryKey({ columns: pick(options.primaryKey) }),
      ...(options.unique ?? []).map((keys) => pg.uniqueIndex(indexName(name, 'unique', keys)).on(...pick(keys))),
      ...(options.index ?? []).map((keys) => pg.index(indexName(name, 'index', keys)).on(...pick(keys))),
    ];
  });
}
