import path from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';

/** What is about one kind of store, or about the servers themselves. */
const ONLY_POSTGRES = ['server/**/*{postgres,redis,several-hubs}*.int.test.ts', 'server/testing/servers/**'];
const ONLY_EMBEDDED = ['server/**/*sqlite*.int.test.ts', 'server/core/store/{migrate,data-lock}.int.test.ts', 'server/testing/*.int.test.ts'];

/**
 * Unit and integration tests; the browser tests of e2e/ have a runner of their own (scripts/test.ts). Integration
 * tests of the hub run twice: on the embedded store, and on a PostgreSQL and a Redis of the run's own.
 */
export default defineConfig({
  resolve: { alias: { $lib: path.join(import.meta.dirname, 'web/lib') } },
  test: {
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'embedded',
          include: ['{contract,server,web,vision,simulators,scripts,bench}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ONLY_POSTGRES],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['server/**/*.int.test.ts'],
          exclude: [...configDefaults.exclude, ...ONLY_EMBEDDED],
          env: { OTKLIK_TEST_STORE: 'postgres' },
          globalSetup: ['server/testing/servers/global-setup.ts'],
        },
      },
    ],
  },
});
