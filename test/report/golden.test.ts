// The outputs as they were last agreed. After a wanted change: UPDATE_GOLDEN=1 npx vitest run test/report/golden.test.ts
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { consentText } from '../../src/report/consent.ts';
import { planCsv, resultsCsv, verificationCsv } from '../../src/report/csv.ts';
import { reportHtml } from '../../src/report/html/page.ts';
import { summaryJson } from '../../src/report/summary-json.ts';
import { summaryText } from '../../src/report/terminal.ts';
import { afterSyncRun, appliedRun, blockedRun, plannedRun, rollbackRun, verifiedRun } from './sample-run.ts';

const plain = { color: false, width: 80 };
const textOf = (pieces: Iterable<string>): string => [...pieces].join('');

function consentOfPlan(): string {
  const { summary, planCreatedAt, rows } = plannedRun();
  return consentText(
    { ...summary, planCreatedAt, rows: rows.filter((row) => row.state === 'ready'), held: 25, applications: 1 },
    plain,
  );
}

const outputs: Readonly<Record<string, () => string>> = {
  'plan.csv': () => textOf(planCsv(plannedRun().rows, ['note'])),
  'results.csv': () => textOf(resultsCsv(appliedRun().results ?? [], ['note'])),
  'verification.csv': () => textOf(verificationCsv(appliedRun().verifications ?? [], ['note'])),
  'summary.json': () => summaryJson(appliedRun().summary),
  'plan.txt': () => summaryText(plannedRun(), plain),
  'plan-blocked.txt': () => summaryText(blockedRun(), plain),
  'apply.txt': () => summaryText(appliedRun(), plain),
  'verify.txt': () => summaryText(verifiedRun(), plain),
  'after-sync.txt': () => summaryText(afterSyncRun(), plain),
  'rollback.txt': () => summaryText(rollbackRun(), plain),
  'consent.txt': consentOfPlan,
  'plan.html': () => textOf(reportHtml(plannedRun())),
  'apply.html': () => textOf(reportHtml(appliedRun())),
  'after-sync.html': () => textOf(reportHtml(afterSyncRun())),
};

describe('golden outputs', () => {
  it.each(Object.entries(outputs))('%s is as agreed (UPDATE_GOLDEN=1 to agree anew)', (name, make) => {
    const file = path.join('fixtures', 'golden', name);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, make());
    }
    expect(existsSync(file)).toBe(true);
    expect(make()).toBe(readFileSync(file, 'utf8'));
  });

  it('come out the same twice', () => {
    for (const make of Object.values(outputs)) expect(make()).toBe(make());
  });
});
