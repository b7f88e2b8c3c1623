import { expect, it } from 'vitest';
import { preflightOf } from '../../../src/core/judge/preflight-findings.ts';
import type { Unchecked } from '../../../src/core/preflight.ts';
import { openFacts } from '../../support/in-memory.ts';

const noAnchor = { evidence: null, findings: [] };

it('a check that failed is never told as a missing right, and one that was not permitted names the right', () => {
  const refused = { needs: 'Domain.Read.All', why: 'Expired.' };
  const told = (kind: Unchecked['kind']): string | undefined =>
    preflightOf(openFacts, noAnchor, [{ check: 'domains', kind, ...refused }]).findings[0]?.facts?.['needs'];
  expect(told('not-permitted')).toBe('Domain.Read.All');
  expect(told('failed')).toBe('an answer that Graph did not give (Expired.)');
});

it('a plan keeps of the switches those that block a match, and no others', () => {
  expect(preflightOf(openFacts, noAnchor, []).features).toEqual({ hardMatchBlocked: false, softMatchBlocked: false });
  expect(preflightOf({ ...openFacts, features: null }, noAnchor, []).features).toBeNull();
});
