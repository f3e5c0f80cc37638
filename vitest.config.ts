import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Unit and integration tests; the browser tests of e2e/ have a runner of their own (scripts/test.ts). */
export default defineConfig({
  resolve: { alias: { $lib: path.join(import.meta.dirname, 'web/lib') } },
  test: {
    include: ['{contract,server,web,vision,simulators,scripts,bench}/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    restoreMocks: true,
  },
});
