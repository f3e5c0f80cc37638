import fs from 'node:fs';
import path from 'node:path';

const SETUP_FILE = path.join(import.meta.dirname, '..', '..', '..', '.otklik', 'setup.json');

interface Programs {
  /** Folder of `postgres` and `initdb`. */
  postgresBin: string;
  /** The program `redis-server`. */
  redisServer: string;
}

/** What set-up found. @throws when it has not looked for them */
export function serverPrograms(): Programs {
  const found = (fs.existsSync(SETUP_FILE) ? JSON.parse(fs.readFileSync(SETUP_FILE, 'utf8')) : {}) as { postgres?: { bin: string }; redis?: { server: string } };
  if (!found.postgres || !found.redis) throw new Error('PostgreSQL and Redis are not set up for tests: run `npm run setup -- test`');
  return { postgresBin: found.postgres.bin, redisServer: found.redis.server };
}
