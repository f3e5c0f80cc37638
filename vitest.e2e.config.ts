import { defineConfig } from 'vitest/config';

/** Tests in a real browser against a real hub: one file at a time, so that two cores are enough. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.spec.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
