import path from 'node:path';
import Database from 'better-sqlite3';
import { seededRandom } from '../../core/testing/random.ts';
import { MIGRATIONS_DIR } from '../../core/testing/store.ts';
import { migrateSqlite } from '../../core/store/sqlite-store.ts';
import { TABLES } from '../../schema.ts';
import { DATABASE } from '../manifest.ts';
import { columnList, quote, shapesOf, type Kind, type TableShape, type Value } from '../shapes.ts';

export const SHAPES = shapesOf(TABLES);

/** What has broken one writer of SQL, arrays or JSON or another. */
const TEXTS = ['', ' ', "it's", 'say "no"', '{a,b}', 'NULL', 'null', 'back\\slash', '\\N', 'line\nbreak\ttab\r', 'Жалоба: «долго»', '\u{1f600}', '\ue000', 'e\u0301', '{"a":["b\\"c",null]}', '$1', '%', '--', 'ẞß', 'a'.repeat(5_000)];
const INTS = [0, 1, -1, 1_790_000_000_000, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const REALS = [0, 0.1, 1 / 3, -2.5, 1e21, 1e-7, 1.7976931348623157e308, 5e-324, 123_456_789.123, 2 ** 53];

/** An embedded store in `dataDir` with some rows in every table and `events` events for each of three sites. */
export function filledDataDir(dataDir: string, { seed, rows = 40, events = 60 }: { seed: number; rows?: number; events?: number }): void {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const value = (kind: Kind, nullable: boolean): Value => (nullable && random.chance(0.4) ? null : kind === 'text' ? pick(TEXTS) : kind === 'int' ? pick(INTS) : pick(REALS));
  const database = openFilled(dataDir);
  database.transaction(() => {
    for (const shape of SHAPES) {
      if (shape.name === 'events' || shape.name === 'logs') continue;
      const insert = insertInto(database, shape);
      const unique = uniqueColumns(database, shape);
      for (let i = 0; i < rows; i++) {
        insert.run(shape.columns.map(({ name, kind, nullable }) => (
          !unique.has(name) ? value(kind, nullable) : kind === 'int' ? i : `${pick(TEXTS).slice(0, 50)}${i}`)));
      }
    }
    for (const site of SITES) addLog(database, site, events, random);
  })();
  database.close();
}

/** Sites whose order differs between bytes, languages and JavaScript. */
export const SITES = ['shop', 'Shop-2', 'аптека'];

export function openFilled(dataDir: string): Database.Database {
  const file = path.join(dataDir, DATABASE);
  migrateSqlite({ file, migrationsDir: MIGRATIONS_DIR });
  return new Database(file);
}

/** Columns of the primary key and of other indices that take no value twice. */
function uniqueColumns(database: Database.Database, { name, columns, key }: TableShape): Set<string> {
  const rows = database.prepare('SELECT columns.name FROM pragma_index_list(?) AS indices, pragma_index_info(indices.name) AS columns WHERE indices."unique" = 1').pluck().all(name);
  return new Set([...rows as string[], ...key.map((place) => columns[place]!.name)]);
}

function insertInto(database: Database.Database, shape: TableShape): Database.Statement {
  return database.prepare(`INSERT INTO ${quote(shape.name)} (${columnList(shape)}) VALUES (${shape.columns.map(() => '?').join(', ')})`);
}

function addLog(database: Database.Database, site: string, events: number, random: ReturnType<typeof seededRandom>): void {
  database.prepare('INSERT INTO logs (site, epoch, created_at, "offset", received) VALUES (?, ?, 1, ?, ?)').run(site, `epoch of ${site}`, events, events);
  const insert = database.prepare('INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  for (let i = 1; i <= events; i++) {
    insert.run(site, i, `device of ${site}`, `id ${i}`, 'feedback.messaged', i, i, random.chance(0.5) ? null : 'till', -i, JSON.stringify({ text: TEXTS[random.below(TEXTS.length)], nul: '\0' }));
  }
}
