import pino from 'pino';
import { ConfigError, maskedConfig, readConfig } from './config.ts';
import { startVisionNode } from './node.ts';

/** A stop that hangs must not keep the process: whoever started it waits five seconds. */
const STOP_MS = 4_500;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ name: 'vision', level: config.logLevel });
  log.info(maskedConfig(config), 'settings');
  const node = await startVisionNode(config, log);
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), STOP_MS).unref();
    node.stop().then(() => process.exit(0), (error: unknown) => {
      log.error({ err: error }, 'the stop failed');
      process.exit(1);
    });
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  // As the hub's child: without the hub nobody would ever stop this process.
  if (process.send) process.on('disconnect', () => stop('the parent went away'));
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
