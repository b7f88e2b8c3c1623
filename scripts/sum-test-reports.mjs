// Adds up vitest's JSON reports: `node scripts/sum-test-reports.mjs <folder>`. A test that ran more than once counts once:
// as failed when it failed in any run, as passed when it passed in some, as skipped when no run ever ran it.
// The last line is `N passed, N failed`. The exit code is 1 when one failed or was skipped, or when there was none.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** For the few tests that can only run there; nothing else may be skipped. */
const elsewhere = '[Windows only]';
const rank = { skipped: 0, passed: 1, failed: 2 };

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: sum-test-reports.mjs <folder of JSON reports>');

const verdicts = new Map();
for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  for (const file of resultsIn(name)) readFile(file);
}

const of = (verdict) => [...verdicts].filter((entry) => entry[1] === verdict).map(([test]) => test);
const failed = of('failed');
const skipped = of('skipped').filter((test) => !test.endsWith(elsewhere));
for (const test of failed) console.log(`failed: ${test}`);
for (const test of skipped) console.log(`skipped: ${test}`);
if (skipped.length > 0) console.log(`${skipped.length} skipped: where everything is installed, every test has to run.`);
console.log(`${of('passed').length} passed, ${failed.length} failed`);
if (failed.length > 0 || skipped.length > 0 || of('passed').length === 0) process.exitCode = 1;

/** A report that was cut off is a failure by itself: nobody knows what it would have said. */
function resultsIn(name) {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')).testResults;
  } catch {
    note(name, 'failed');
    return [];
  }
}

function readFile({ name, status, assertionResults }) {
  const place = relative(process.cwd(), name).replaceAll('\\', '/');
  // A file that could not even be loaded has no tests to tell of.
  if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) note(place, 'failed');
  for (const test of assertionResults) {
    note(`${place} > ${test.fullName}`, test.status in rank ? test.status : 'skipped');
  }
}

function note(test, verdict) {
  const before = verdicts.get(test);
  if (before === undefined || rank[verdict] > rank[before]) verdicts.set(test, verdict);
}
