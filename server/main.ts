import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import type { HubConfig } from './config.ts';
import { ConfigError, readConfig, summarise } from './config.ts';
import { buildHub, type Hub } from './app.ts';
import { FolderLocked, lockDataDir } from './core/store/data-lock.ts';
import { StoreUnavailable } from './core/store/store.ts';
import { startVisionChild } from './vision-child.ts';

/** The hub as a process: settings from the environment, stops gracefully on SIGTERM and SIGINT. */
function settings(): HubConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

const config = settings();
const logger = pino({
  level: config.logLevel,
  redact: { paths: ['req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]'], remove: true },
});
for (const line of summarise(config)) logger.info(line);

async function start(): Promise<Hub> {
  // Hubs that share a database keep nothing of their own that two of them could spoil.
  if (config.databaseUrl === null) lockDataDir(config.dataDir);
  const hub = await buildHub({ config, logger });
  await hub.http.listen({ host: config.host, port: config.port });
  return hub;
}

let hub: Hub;
try {
  hub = await start();
} catch (error) {
  const code = (error as { code?: string }).code;
  if (error instanceof FolderLocked) logger.fatal(`${error.message}: stop it, set OTKLIK_DATA_DIR to another folder, or let the hubs share a PostgreSQL (DATABASE_URL)`);
  else if (error instanceof StoreUnavailable) logger.fatal({ err: error }, 'the database cannot be reached: check DATABASE_URL and that PostgreSQL runs');
  else if (code === 'EADDRINUSE') logger.fatal(`port ${config.port} is taken by another program: stop it or set OTKLIK_PORT`);
  else logger.fatal({ err: error }, 'the hub could not start');
  process.exit(1);
}

const address = hub.http.server.address();
const port = typeof address === 'object' && address ? address.port : config.port;
const scheme = config.tlsCert === null ? 'http' : 'https';
const here = `${scheme}://localhost:${port}`;
// To the terminal and never through the log: whoever reads the log later must not be able to use it.
if (hub.setupToken !== undefined) console.log(`\nNobody can sign in yet. Make the first administrator here (this link works once):\n  ${here}/setup#${hub.setupToken}\n`);
logger.info({ port, dataDir: path.resolve(config.dataDir) }, `the hub is ready at ${here}`);

const vision = config.vision === 'embedded'
  ? startVisionChild({ hubUrl: `${scheme}://127.0.0.1:${port}`, token: hub.visionToken, name: config.databaseUrl === null ? 'embedded' : `embedded-${os.hostname()}-${port}`.slice(0, 64), dataDir: path.resolve(config.dataDir), log: logger })
  : undefined;

/** Long enough that the first clients are being served by then. */
const SETTLED_MS = 5_000;
// Reading the program in leaves megabytes of garbage that an idle hub would keep for hours.
setTimeout(() => { void globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' }); }, SETTLED_MS).unref();

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, 'stopping');
  const force = setTimeout(() => {
    logger.error('could not stop in time');
    process.exit(1);
  }, config.stopTimeoutMs);
  await Promise.all([vision?.stop(), hub.close()]);
  clearTimeout(force);
  logger.info('stopped');
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { void stop(signal); });
process.on('unhandledRejection', (error) => { logger.error({ err: error }, 'a promise failed unseen'); });
