/**
 * Writes the migrations that lead from the last snapshot to the tables as they are declared now, for SQLite and for
 * PostgreSQL: `npm run db:generate -- <name>`. Writes nothing when nothing changed; `--check` fails instead.
 */
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import type * as DrizzleKit from 'drizzle-kit/api';
import { TABLES } from '../server/schema.ts';

// drizzle-kit/api is CommonJS and needs `require` in scope, which an ESM import of it does not give.
const kit = createRequire(import.meta.url)('drizzle-kit/api') as typeof DrizzleKit;
const root = path.join(import.meta.dirname, '..', 'migrations');
const check = process.argv.includes('--check');
const name = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'change';

interface Journal { version: string; dialect: string; entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[] }
interface Dialect { folder: string; journal: string; empty(): Promise<unknown>; snapshot(previous: unknown): Promise<unknown>; statements(before: unknown, after: unknown): Promise<string[]> }

const tables = (dialect: 'sqlite' | 'postgres'): Record<string, unknown> => Object.fromEntries(Object.entries(TABLES).map(([key, table]) => [key, table[dialect]]));
const prevId = (snapshot: unknown): string | undefined => (snapshot as { id?: string } | null)?.id;

const DIALECTS: Dialect[] = [
  {
    folder: 'sqlite', journal: 'sqlite',
    empty: () => kit.generateSQLiteDrizzleJson({}),
    snapshot: (previous) => kit.generateSQLiteDrizzleJson(tables('sqlite'), prevId(previous)),
    statements: (before, after) => kit.generateSQLiteMigration(before as never, after as never),
  },
  {
    folder: 'postgres', journal: 'postgresql',
    empty: async () => kit.generateDrizzleJson({}),
    snapshot: async (previous) => kit.generateDrizzleJson(tables('postgres'), prevId(previous)),
    statements: (before, after) => kit.generateMigration(before as never, after as never),
  },
];

let drift = false;
for (const dialect of DIALECTS) {
  const folder = path.join(root, dialect.folder);
  const meta = path.join(folder, 'meta');
  fs.mkdirSync(meta, { recursive: true });
  const journalFile = path.join(meta, '_journal.json');
  const journal: Journal = fs.existsSync(journalFile) ? JSON.parse(fs.readFileSync(journalFile, 'utf8')) : { version: '7', dialect: dialect.journal, entries: [] };
  const last = journal.entries.findLast((entry) => fs.existsSync(path.join(meta, `${entry.tag.slice(0, 4)}_snapshot.json`)));
  const before: unknown = last ? JSON.parse(fs.readFileSync(path.join(meta, `${last.tag.slice(0, 4)}_snapshot.json`), 'utf8')) : await dialect.empty();
  const after = await dialect.snapshot(before);
  const statements = await dialect.statements(before, after);
  if (statements.length === 0) continue;
  drift = true;
  if (check) { console.error(`${dialect.folder}: the tables differ from the migrations; run npm run db:generate -- <name>`); continue; }
  const idx = journal.entries.length;
  const tag = `${String(idx).padStart(4, '0')}_${name}`;
  fs.writeFileSync(path.join(folder, `${tag}.sql`), `${statements.join('\n--> statement-breakpoint\n')}\n`);
  fs.writeFileSync(path.join(meta, `${tag.slice(0, 4)}_snapshot.json`), `${JSON.stringify(after, null, 1)}\n`);
  journal.entries.push({ idx, version: '7', when: Date.now(), tag, breakpoints: true });
  fs.writeFileSync(journalFile, `${JSON.stringify(journal, null, 1)}\n`);
  console.log(`${dialect.folder}: ${tag}, ${statements.length} statements`);
}
if (check && drift) process.exit(1);
