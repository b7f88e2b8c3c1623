import type { AnchorEvidence, CheckLimit, CheckName, Preflight, TenantFacts, Unchecked } from '../preflight.ts';
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

/** What is known of the run beside the tenant's facts. */
export type RunFacts = {
  readonly evidence: AnchorEvidence | null;
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
  /** Since the last sync cycle; null where none is known. */
  readonly hoursSinceSync: number | null;
};

/** What stands at the top of a plan: the facts, and the warnings that hold for the run as a whole. */
export function preflightOf(facts: TenantFacts, run: RunFacts): Preflight {
  const { sync, features } = facts;
  const findings: Finding[] = [
    ...run.findings,
    ...run.unchecked.map(uncheckedFinding),
    ...facts.limits.map(limitFinding),
    ...syncFindings(facts, run.hoursSinceSync),
    ...(features?.hardMatchBlocked === true ? [{ code: 'hard-match-blocked-in-tenant' as const }] : []),
  ];
  return {
    sync,
    // The other switches bear on rows alone, and are no part of a plan's file.
    features: features && { hardMatchBlocked: features.hardMatchBlocked, softMatchBlocked: features.softMatchBlocked },
    evidence: run.evidence,
    findings: inRepairOrder(findings),
  };
}

function uncheckedFinding({ check, kind, needs, why }: Unchecked): Finding {
  // What failed is no matter of rights, and must not send anybody to ask for some.
  return kind === 'failed'
    ? { code: 'check-failed', facts: { check: checks[check], why } }
    : { code: 'check-not-permitted', facts: { check: checks[check], needs, why } };
}

const unseen: Readonly<Record<CheckLimit['what'], string>> = {
  'group-eligibility':
    'who may make themselves a member of a group that has a role (PIM for Groups), which is asked by another interface',
  'hidden-members': 'the members of groups that have a role and hide them, which takes Member.Read.Hidden',
};

function limitFinding({ check, what, groups }: CheckLimit): Finding {
  return { code: 'check-incomplete', facts: { check: checks[check], unseen: unseen[what], groups: groups.join(', ') } };
}

/** Cycles come every 30 minutes; so long without one, and sync is down. */
const hoursWithout = 3;

function syncFindings({ sync: { isEnabled, lastSyncAt } }: TenantFacts, hours: number | null): Finding[] {
  const why = whyNotRunning(isEnabled, hours);
  if (why === null) return [];
  return [{ code: 'sync-not-running', facts: { why: lastSyncAt === null ? why : `${why}, at ${lastSyncAt}` } }];
}

function whyNotRunning(isEnabled: boolean | null, hours: number | null): string | null {
  const last = hours === null ? 'no cycle is known' : `the last cycle was ${ago(hours)}`;
  if (isEnabled === null) return `it was never on in this tenant, and ${last}`;
  if (!isEnabled) return `it is switched off in this tenant, and ${last}`;
  return hours === null || hours > hoursWithout ? last : null;
}

function ago(hours: number): string {
  if (hours < 1) return 'less than an hour ago';
  return hours < 48 ? `${Math.floor(hours)} hours ago` : `${Math.floor(hours / 24)} days ago`;
}
