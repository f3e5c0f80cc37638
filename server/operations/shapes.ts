import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { lite } from '../core/store/drizzle.ts';
import type { PortableTable } from '../core/store/table.ts';

export type Kind = 'text' | 'int' | 'real';
export type Value = string | number | null;
/** Values in the order of the shape's columns. */
export type Row = Value[];

/** What a table looks like in both dialects. */
export interface TableShape {
  name: string;
  columns: { name: string; kind: Kind; nullable: boolean }[];
  /** Places of the primary key's columns. */
  key: number[];
}

const KINDS: Record<string, Kind> = { text: 'text', integer: 'int', real: 'real' };

/** Shapes of the declared tables, by name. */
export function shapesOf(tables: Record<string, PortableTable<SQLiteTable>>): TableShape[] {
  return Object.values(tables).map(({ sqlite }) => {
    const { name, columns, primaryKeys } = lite.getTableConfig(sqlite);
    return {
      name,
      columns: columns.map((column) => ({ name: column.name, kind: KINDS[column.getSQLType()]!, nullable: !column.notNull })),
      key: primaryKeys[0]!.columns.map((column) => columns.indexOf(column)),
    };
  }).sort((a, b) => compareText(a.name, b.name));
}

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const columnList = ({ columns }: TableShape): string => columns.map(({ name }) => quote(name)).join(', ');

/** Order of the primary key, the same in both dialects: SQLite compares texts by their bytes. */
export function keyOrder({ columns, key }: TableShape, dialect: 'sqlite' | 'postgres'): string {
  return key.map((place) => {
    const { name, kind } = columns[place]!;
    return `${quote(name)}${kind === 'text' && dialect === 'postgres' ? ' COLLATE "C"' : ''}`;
  }).join(', ');
}

/** Order of two rows by primary key, as `keyOrder` has it: negative, 0 or positive. */
export function compareKeys({ columns, key }: TableShape, a: Row, b: Row): number {
  for (const place of key) {
    const order = columns[place]!.kind === 'text' ? compareText(a[place] as string, b[place] as string) : (a[place] as number) - (b[place] as number);
    if (order !== 0) return order;
  }
  return 0;
}

/** By bytes of UTF-8; JavaScript's own order differs beyond the 65 536 first characters. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A row for people: its primary key, as in `events shop-1, 17`. */
export const describeRow = (shape: TableShape, row: Row): string => `${shape.name} ${shape.key.map((place) => String(row[place])).join(', ')}`;
