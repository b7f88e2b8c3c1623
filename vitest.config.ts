import { join } from 'node:path';
import { env, pid } from 'node:process';
import { defineConfig } from 'vitest/config';

// A folder for machine-readable reports, one file per run, which scripts/sum-test-reports.mjs adds up. Set by .ci/run.
const reports = env['HARDMATCH_TEST_REPORTS'];

// Only test/ is collected: vitest would otherwise also run tests compiled into dist/.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Tests that spawn the program wait for a machine with two cores to start Node several times.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two workers: the suites start real servers, and the smallest supported machine has two cores.
    maxWorkers: 2,
    reporters: reports
      ? ['default', ['json', { outputFile: join(reports, `${Date.now()}-${pid}.json`) }]]
      : ['default'],
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
