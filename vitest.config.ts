import { join } from 'node:path';
import { env, pid } from 'node:process';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// A folder for machine-readable reports, one file per run, which scripts/sum-test-reports.mjs adds up. Set by .ci/run.
const reports = env['HARDMATCH_TEST_REPORTS'];

/** Those that start programs by the dozen come first: begun last, one of them would run on alone when all others are done. */
class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => /\/test\/e2e\/|lock-crashes/.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

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
    // For the smallest supported machine, which has two cores: a third of the time a test waits, for a program that it has
    // started, for a server or for a disk.
    maxWorkers: 3,
    sequence: { sequencer: LongOnesFirst },
    reporters: reports
      ? ['default', ['json', { outputFile: join(reports, `${Date.now()}-${pid}.json`) }]]
      : ['default'],
    coverage: { include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
