/** `npm run db:epoch`: new epochs for every log, after a database was restored. See docs/operations.md. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../server/config.ts';
import { lockDataDir } from '../server/core/store/data-lock.ts';
import { openStore } from '../server/core/store/open.ts';
import { newEpochs, runCommand } from '../server/operations/index.ts';

await runCommand('npm run db:epoch', async () => {
  parseArgs({ strict: true });
  const config = readConfig(process.env);
  const release = config.databaseUrl === null ? lockDataDir(path.resolve(config.dataDir)) : undefined;
  try {
    const store = await openStore(config);
    const logs = await newEpochs(store).finally(() => store.close());
    console.log(`${logs} logs have a new epoch. Start the hubs now, or restart those that run.`);
  } finally {
    release?.();
  }
});
