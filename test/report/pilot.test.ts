import { expect, it } from 'vitest';
import { pilotWarning } from '../../src/report/pilot.ts';
import { plannedRun } from './sample-run.ts';

const ready = plannedRun().rows.filter((row) => row.state === 'ready');
const inScope = ready.map((row, at) => ({
  ...row,
  warnings: at % 2 === 0 ? [{ code: 'ad-in-sync-scope' as const }] : [],
}));

it('says what a cycle does to those whom the pilot leaves for later, and how to hold it off', () => {
  const left = inScope.length - 3;
  const made = inScope.slice(3).filter(({ warnings }) => warnings.length > 0).length;
  const text = pilotWarning(inScope, 3) ?? '';
  expect(text).toContain(`Of the ${left} rows that --first leaves for later, ${made} AD users would be met unlinked`);
  expect(text).toContain('Set-ADSyncScheduler -SyncCycleEnabled $false');
});

it('says nothing where nobody is left, or sync would make none of them', () => {
  expect(pilotWarning(inScope, inScope.length)).toBeNull();
  expect(
    pilotWarning(
      ready.map((row) => ({ ...row, warnings: [] })),
      1,
    ),
  ).toBeNull();
});
