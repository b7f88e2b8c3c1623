import type { Anchored } from './anchor.ts';
import { findCollisions } from './collisions.ts';
import type { Evidence } from './evidence.ts';
import { assertNever } from './failure.ts';
import { immutableIdOfGuid } from './immutable-id.ts';
import { type Finding, inRepairOrder, severityOf } from './reasons.ts';
import type { Pairing, PlannedAd, PlannedCloud, PlanRow } from './row.ts';
import type { AdUser, CloudLookup, CloudUser } from './users.ts';

/** What the engineer allowed. */
export type Policy = { readonly allowRelink: boolean };

/**
 * Judges every row, alone and against the others. Pure: the same evidence gives the same plan. Rows come back in order,
 * one for each given.
 */
export function decide(rows: readonly Evidence[], policy: Policy): PlanRow[] {
  const collisions = findCollisions(rows);
  return rows.map((row, index) => {
    const findings = inRepairOrder([
      ...inputFindings(row.pairing),
      ...adFindings(row),
      ...claimFindings(row),
      ...cloudFindings(row, policy),
      ...holderFindings(row),
      ...(collisions.get(index) ?? []),
    ]);
    return planned(row, findings);
  });
}

function planned(row: Evidence, findings: readonly Finding[]): PlanRow {
  const { pairing } = row;
  const reasons = findings.filter((finding) => severityOf(finding.code) === 'hold');
  const cloud = plannedCloud(row.cloud);
  const immutableId = row.anchor?.kind === 'anchor' ? row.anchor.immutableId : null;
  const isRight = immutableId !== null && cloud?.before === immutableId;
  const common = {
    line: pairing.line,
    adText: pairing.adText,
    cloudText: pairing.cloudText,
    reasons,
    warnings: findings.filter((finding) => severityOf(finding.code) === 'warning'),
    ad: plannedAd(row),
    cloud,
    after: immutableId,
    extra: pairing.extra,
  };
  if (reasons.length > 0) return { ...common, state: 'held', step: null, after: null };
  if (isRight) return { ...common, state: 'kept', step: 'keep' };
  return { ...common, state: 'ready', step: cloud?.before ? 'relink' : 'link' };
}

function plannedAd(row: Evidence): PlannedAd | null {
  if (row.ad?.kind !== 'found') return null;
  const anchor = row.anchor?.kind === 'anchor' ? row.anchor : null;
  return {
    dn: row.ad.user.dn,
    objectGuid: row.ad.user.objectGuid,
    sourceAnchor: anchor?.attribute ?? null,
    immutableId: anchor?.immutableId ?? null,
  };
}

function plannedCloud(lookup: CloudLookup | null): PlannedCloud | null {
  if (lookup?.kind !== 'found' && lookup?.kind !== 'deleted') return null;
  const { user } = lookup;
  return {
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    // Graph sends null for an empty value; should an empty string come, it means the same.
    before: user.onPremisesImmutableId || null,
    syncEnabled: user.onPremisesSyncEnabled,
  };
}

function inputFindings(pairing: Pairing): Finding[] {
  const side = (column: string, value: string, parsed: Pairing['ad'] | Pairing['cloud']): Finding[] => {
    if (parsed === null) return [{ code: 'missing-value', facts: { column } }];
    return parsed.kind === 'bad' ? [{ code: 'bad-reference', facts: { column, value, why: parsed.why } }] : [];
  };
  return [...side('ad_user', pairing.adText, pairing.ad), ...side('cloud_user', pairing.cloudText, pairing.cloud)];
}

function adFindings({ pairing, ad, anchor }: Evidence): Finding[] {
  const value = pairing.adText;
  if (ad === null) return [];
  switch (ad.kind) {
    case 'none':
      return [{ code: 'ad-user-not-found', facts: { value, note: ad.note ? ` ${ad.note}` : '' } }];
    case 'several':
      return [{ code: 'ad-user-ambiguous', facts: { value, candidates: ad.dns.join('; ') } }];
    case 'not-a-user':
      return [{ code: 'ad-not-a-user', facts: { value, dn: ad.dn, objectClass: ad.objectClass } }];
    case 'found':
      return foundAdFindings(ad.user, anchor);
    default:
      return assertNever(ad);
  }
}

function foundAdFindings(user: AdUser, anchor: Anchored | null): Finding[] {
  const findings: Finding[] = [];
  if (anchor?.kind === 'none') findings.push(anchor.finding);
  if (!user.enabled) findings.push({ code: 'ad-user-disabled' });
  const isFromConsistencyGuid = anchor?.kind === 'anchor' && anchor.attribute === 'mS-DS-ConsistencyGuid';
  if (isFromConsistencyGuid && anchor.immutableId !== immutableIdOfGuid(user.objectGuid)) {
    findings.push({ code: 'anchor-differs-from-guid', facts: { objectGuid: user.objectGuid } });
  }
  return findings;
}

function claimFindings({ pairing, anchor }: Evidence): Finding[] {
  if (pairing.claimedId === null || anchor?.kind !== 'anchor' || pairing.claimedId === anchor.immutableId) return [];
  return [{ code: 'claimed-id-differs', facts: { claimed: pairing.claimedId, computed: anchor.immutableId } }];
}

function cloudFindings(row: Evidence, policy: Policy): Finding[] {
  const { pairing, cloud } = row;
  const value = pairing.cloudText;
  if (cloud === null) return [];
  switch (cloud.kind) {
    case 'none':
      return [{ code: 'cloud-user-not-found', facts: { value } }];
    case 'several':
      return [{ code: 'cloud-user-ambiguous', facts: { value, candidates: cloud.users.map(nameOf).join('; ') } }];
    case 'deleted':
      return [{ code: 'cloud-user-deleted', facts: { deleted: cloud.user.deletedDateTime ?? 'at an unknown time' } }];
    case 'found':
      return foundCloudFindings(cloud.user, row, policy);
    default:
      return assertNever(cloud);
  }
}

function foundCloudFindings(user: CloudUser, row: Evidence, policy: Policy): Finding[] {
  const findings: Finding[] = [];
  const current = user.onPremisesImmutableId;
  if (user.userType === 'Guest') findings.push({ code: 'cloud-user-guest' });
  // A synced user who already has the right ID has been joined: nothing is left to do, and nothing is wrong.
  const isOther = row.anchor?.kind === 'anchor' && current !== row.anchor.immutableId;
  if (user.onPremisesSyncEnabled === true && isOther) {
    findings.push({ code: 'cloud-user-synced', facts: { current: current ?? 'none' } });
  } else if (current && isOther && !policy.allowRelink) {
    findings.push({ code: 'relink-not-allowed', facts: { current } });
  }
  return findings;
}

function holderFindings({ cloud, holders }: Evidence): Finding[] {
  const own = cloud?.kind === 'found' || cloud?.kind === 'deleted' ? cloud.user.id : null;
  return holders
    .filter((holder) => holder.id !== own)
    .map((holder) => ({
      code: holder.deleted ? 'immutable-id-held-by-deleted' : 'immutable-id-held-by-other',
      facts: { holder: `${holder.userPrincipalName} (${holder.id})` },
    }));
}

function nameOf(user: CloudUser): string {
  return `${user.userPrincipalName} (${user.id})`;
}
