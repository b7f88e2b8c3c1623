import { expect, it } from 'vitest';
import { preflightOf, type RunFacts } from '../../../src/core/judge/preflight-findings.ts';
import type { TenantFacts, Unchecked } from '../../../src/core/preflight.ts';
import { sentenceOf } from '../../../src/core/reasons.ts';
import { openFacts } from '../../support/in-memory.ts';

const run = { evidence: null, findings: [], unchecked: [], hoursSinceSync: 1 };
const codesWith = (facts: Partial<TenantFacts>, more: Partial<RunFacts> = {}): (string | undefined)[] =>
  preflightOf({ ...openFacts, ...facts }, { ...run, ...more }).findings.map(({ code }) => code);

it('a check that failed is never told as a missing right, and one that was not permitted names the right', () => {
  const refused = { check: 'domains', needs: 'Domain.Read.All', why: 'Expired.' } as const;
  const told = (kind: Unchecked['kind']): string =>
    preflightOf(openFacts, { ...run, unchecked: [{ ...refused, kind }] })
      .findings.map(sentenceOf)
      .join();
  expect(told('not-permitted')).toContain('It needs Domain.Read.All.');
  expect(told('failed')).toContain('Graph did not answer as it should (Expired.)');
  expect(told('failed')).not.toContain('Domain.Read.All');
});

it('what a check does not see is told with the names of the groups', () => {
  const limits = [{ check: 'role-groups', what: 'hidden-members', groups: ['Night shift', 'Desk'] }] as const;
  const [finding] = preflightOf({ ...openFacts, limits }, run).findings;
  expect(finding?.code).toBe('check-incomplete');
  expect(finding && sentenceOf(finding)).toContain('Member.Read.Hidden: Night shift, Desk');
});

it('sync that is off, never was on, or has had no cycle for hours, is told', () => {
  const on = { isEnabled: true, lastSyncAt: '2026-11-23T11:45:00Z' };
  expect(codesWith({ sync: on })).toEqual([]);
  expect(codesWith({ sync: on }, { hoursSinceSync: 3 })).toEqual([]);
  expect(codesWith({ sync: on }, { hoursSinceSync: 4 })).toEqual(['sync-not-running']);
  expect(codesWith({ sync: { isEnabled: true, lastSyncAt: null } }, { hoursSinceSync: null })).toEqual([
    'sync-not-running',
  ]);
  const told = (isEnabled: boolean | null): string =>
    preflightOf({ ...openFacts, sync: { ...on, isEnabled } }, { ...run, hoursSinceSync: 50 })
      .findings.map(sentenceOf)
      .join();
  expect(told(false)).toContain(
    'switched off in this tenant, and the last cycle was 2 days ago, at 2026-11-23T11:45:00Z',
  );
  expect(told(null)).toContain('never on in this tenant');
});

it('a plan keeps of the switches those that block a match, and no others', () => {
  expect(preflightOf(openFacts, run).features).toEqual({ hardMatchBlocked: false, softMatchBlocked: false });
  expect(preflightOf({ ...openFacts, features: null }, run).features).toBeNull();
});
