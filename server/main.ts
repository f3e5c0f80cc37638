import path from 'node:path';
import pino from 'pino';
import type { HubConfig } from './config.ts';
import { ConfigError, readConfig, summarise } from './config.ts';
import { buildHub, type Hub } from './app.ts';
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
  const hub = await buildHub({ config, logger });
  await hub.http.listen({ host: config.host, port: config.port });
  return hub;
}

let hub: Hub;
try {
  hub = await start();
} catch (error) {
  const code = (error as { code?: string }).code;
  if (code === 'EADDRINUSE') logger.fatal(`port ${config.port} is taken by another program: stop it or set OTKLIK_PORT`);
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
  ? startVisionChild({ hubUrl: `${scheme}://127.0.0.1:${port}`, token: hub.visionToken, dataDir: path.resolve(config.dataDir), log: logger })
  : undefined;

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
