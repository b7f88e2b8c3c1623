// Mutation tests: small faults are put into the code one by one, and some test has to notice each. `npm run test:mutants`;
// for one file: `npm run test:mutants -- --mutate src/core/judge/undo.ts`.

/** The code that keeps the promises of docs/reliability.md. */
const files = [
  'src/core/judge/{undo,decide,decision-facts,journal-check}.ts',
  'src/core/journal.ts',
  'src/run/{run-end,retry,plan/rollback}.ts',
  'src/run/apply/**/*.ts',
  'src/run/verify/verify.ts',
  'src/storage/{journal,plan-file,plan-schema,lock,lock-file,chain,group-commit,atomic-file,lines,fingerprint}.ts',
  'src/graph/writer.ts',
  'src/graph/http/client.ts',
];

export default {
  mutate: files,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // Which tests come near a mutant is known from the first run, so nobody has to look for related ones.
  vitest: { configFile: 'vitest.mutants.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // A fault in what a module does once, when it is loaded, would need all tests and a fresh process each.
  ignoreStatic: true,
  concurrency: 2,
  // On a busy machine a slow test must not pass for a fault that was noticed.
  timeoutMS: 20_000,
  timeoutFactor: 2,
  ignorePatterns: ['/dist', '/runs', '/coverage', '/docs', '/bench', '/reports'],
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation/mutants.json' },
  htmlReporter: { fileName: 'reports/mutation/mutants.html' },
  tempDirName: '.stryker-tmp',
  allowConsoleColors: false,
  checkers: [],
};
