/** The peer of several hubs: the same rows in the same table, one INSERT for each batch on each connection, nothing else. */
import path from 'node:path';
import pg from 'pg';
import { migratePostgres } from '../server/core/store/postgres-migrate.ts';
import { nextId } from './lib/ids.ts';
import { serve, steadyNow } from './lib/child.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', 'migrations', 'postgres');
const COLUMNS = 10;

const statement = (size: number): string => `INSERT INTO events (site, "offset", device, id, type, at, received, touchpoint, skew, body) VALUES ${
  Array.from({ length: size }, (_, row) => `(${Array.from({ length: COLUMNS }, (_, i) => `$${row * COLUMNS + i + 1}`).join(', ')})`).join(', ')}`;

let pool: pg.Pool;
let offset = 0;

serve({
  async start({ url, connections }: { url: string; connections: number }) {
    await migratePostgres(url, MIGRATIONS);
    pool = new pg.Pool({ connectionString: url, max: connections });
  },
  /** Rows a second in batches of `size` over `connections` at once during `ms`; every INSERT is its own commit. */
  async load({ size, ms, connections }: { size: number; ms: number; connections: number }) {
    const text = statement(size);
    const first = offset;
    const started = steadyNow();
    await Promise.all(Array.from({ length: connections }, async () => {
      while (steadyNow() - started < ms) {
        const values: unknown[] = [];
        for (let i = 0; i < size; i++) {
          const now = Date.now();
          values.push('bench', ++offset, '01jd0000000000000000000000', nextId(), 'feedback.rated', now, now, 'till-3', 0, JSON.stringify({ value: 4, scale: 4, factor: 'waiting time' }));
        }
        await pool.query({ name: `insert-${size}`, text, values });
      }
    }));
    return (offset - first) / (steadyNow() - started) * 1000;
  },
}, () => pool?.end());
