import type { AnchorEvidence, CheckName, Preflight, TenantFacts, Unchecked } from '../preflight.ts';
import { type Finding, inRepairOrder } from '../reasons.ts';

const checks: Readonly<Record<CheckName, string>> = {
  'sync-features': "the tenant's switches that block hard match and soft match",
  domains: 'which domains are verified and which are federated',
  'cloud-managed': 'which users are managed in the cloud although they come from AD',
  licences: 'whose licences bring a mailbox',
  'roles-assigned': 'who holds a directory role',
  'roles-eligible': 'who is eligible for a directory role',
  'role-groups': 'who holds a role through a group',
  'object-identifiers': 'onPremisesObjectIdentifier of the cloud users',
  'address-groups': 'addresses of groups',
  'address-contacts': 'addresses of contacts',
  'recycle-bin': 'who is in the recycle bin',
  'synced-users': 'which source anchor sync uses, by the users it carries',
};

/** What stands at the top of a plan: the facts, and the warnings that hold for the run as a whole. */
export function preflightOf(
  facts: TenantFacts,
  anchor: { readonly evidence: AnchorEvidence | null; readonly findings: readonly Finding[] },
  unchecked: readonly Unchecked[],
): Preflight {
  const findings: Finding[] = [
    ...anchor.findings,
    ...unchecked.map(({ check, kind, needs, why }) => ({
      code: 'check-not-permitted' as const,
      facts: {
        check: checks[check],
        needs: kind === 'failed' ? `an answer that Graph did not give (${why})` : needs,
        why,
      },
    })),
  ];
  if (facts.features?.hardMatchBlocked === true) findings.push({ code: 'hard-match-blocked-in-tenant' });
  const { sync, features } = facts;
  return {
    sync,
    // The other switches bear on rows alone, and are no part of a plan's file.
    features: features && { hardMatchBlocked: features.hardMatchBlocked, softMatchBlocked: features.softMatchBlocked },
    evidence: anchor.evidence,
    findings: inRepairOrder(findings),
  };
}
