import { defineConfig } from 'vitest/config';

// Only test/ is collected: vitest would otherwise also run tests compiled into dist/.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two workers: the suites start real servers, and the smallest supported machine has two cores.
    maxWorkers: 2,
  },
});
