import { join } from 'node:path';
import { env, pid } from 'node:process';
import { defineConfig } from 'vitest/config';

// A folder for machine-readable reports, one file per run, which scripts/sum-test-reports.mjs adds up. Set by .ci/run.
const reports = env['HARDMATCH_TEST_REPORTS'];

// Only test/ is collected: vitest would otherwise also run tests compiled into dist/.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Modules are loaded once for all files of a worker, and what is dear to make (certificates, the cast) is made once. So
    // a test leaves the process as it found it, and a module that tests share keeps nothing of one of them.
    isolate: false,
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
