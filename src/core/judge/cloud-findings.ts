import { domainOf, isExternalUpn } from '../ids/addresses.ts';
import { immutableIdIn } from '../ids/anchor.ts';
import type { Evidence } from './evidence.ts';
import { existingIdFindings } from './existing-id.ts';
import { assertNever } from '../failure.ts';
import { isSamePerson } from './same-person.ts';
import { outOfScopeRule } from '../sync/scope.ts';
import type { RoleHolding, TenantFacts } from '../preflight.ts';
import type { Finding, ReasonCode } from '../reasons.ts';
import { type AdUser, type CloudUser, foundAdUser, type Holder, namedCloudUser } from '../users.ts';

/** What the engineer allowed. */
export type Policy = {
  readonly allowRelink: boolean;
  /** The managed domain of `--federated-detour`; null when it was not given. */
  readonly federatedDetour: string | null;
};

/** What the tenant said of the row's cloud user. */
export function cloudFindings(row: Evidence, facts: TenantFacts, policy: Policy): Finding[] {
  const { pairing, cloud } = row;
  const value = pairing.cloudText;
  if (cloud === null) return [];
  switch (cloud.kind) {
    case 'none':
      return [{ code: 'cloud-user-not-found', facts: { value } }];
    case 'several': {
      const candidates = cloud.users.map((user) => `${user.userPrincipalName} (${user.id})`).join('; ');
      return [{ code: 'cloud-user-ambiguous', facts: { value, candidates } }];
    }
    case 'deleted':
      return [
        { code: 'cloud-user-deleted', facts: { deleted: cloud.user.deletedDateTime ?? 'at an unknown time' } },
        ...roleFindings(facts.roles.get(cloud.user.id) ?? []),
        ...presentIdFindings(cloud.user, row),
      ];
    case 'found':
      return foundFindings(cloud.user, row, { facts, policy });
    default:
      return assertNever(cloud);
  }
}

type Rules = { readonly facts: TenantFacts; readonly policy: Policy };

function foundFindings(user: CloudUser, row: Evidence, { facts, policy }: Rules): Finding[] {
  const findings = identityFindings(user, facts);
  const isOther = row.anchor?.kind === 'anchor' && user.onPremisesImmutableId !== row.anchor.immutableId;
  // A synced user who already has the right ID has been joined: nothing is left to do, and nothing is wrong.
  if (user.onPremisesSyncEnabled === true) {
    const current = user.onPremisesImmutableId ?? 'none';
    return isOther
      ? [
          ...findings,
          { code: 'cloud-user-synced', facts: { current } },
          ...presentIdFindings(user, row),
          ...lostFindings(user, row),
        ]
      : [...findings, ...lostFindings(user, row)];
  }
  findings.push(...roleFindings(facts.roles.get(user.id) ?? []), ...identifierFindings(user, row, facts));
  if (isOther) {
    findings.push(...relinkFindings(user, row, policy));
    if (policy.federatedDetour === null && isFederated(user, facts)) {
      findings.push({ code: 'cloud-user-federated', facts: { domain: domainOf(user.userPrincipalName) } });
    }
  }
  return findings;
}

/** Whose the user is, where it is nobody's whom sync may take over. */
function identityFindings(user: CloudUser, { cloudManaged }: TenantFacts): Finding[] {
  const upn = user.userPrincipalName;
  return [
    ...(user.userType === 'Guest' ? [{ code: 'cloud-user-guest' as const }] : []),
    ...(isExternalUpn(upn) ? [{ code: 'cloud-user-external' as const, facts: { upn } }] : []),
    ...(user.isAgent ? [{ code: 'cloud-user-agent' as const, facts: { upn } }] : []),
    ...(cloudManaged?.has(user.id) === true ? [{ code: 'cloud-user-cloud-managed' as const, facts: { upn } }] : []),
  ];
}

/** Whether the user's UPN is in a federated domain, where Graph refuses to change the immutable ID. */
export function isFederated(user: Pick<CloudUser, 'userPrincipalName'>, { domains }: TenantFacts): boolean {
  const own = domainOf(user.userPrincipalName);
  return domains?.some((domain) => domain.isFederated && domain.name === own) ?? false;
}

function relinkFindings(user: CloudUser, row: Evidence, policy: Policy): Finding[] {
  const current = user.onPremisesImmutableId;
  if (!current) return [];
  const found: Finding[] = policy.allowRelink ? [] : [{ code: 'relink-not-allowed', facts: { current } }];
  return [...found, ...presentIdFindings(user, row)];
}

/** Whom sync carries, and will not any more: its AD user is gone, left out, or has another anchor by now. */
function lostFindings(user: CloudUser, row: Evidence): Finding[] {
  const current = user.onPremisesImmutableId;
  const why = current === null ? null : whyLost(current, user, row);
  return current === null || why === null ? [] : [{ code: 'cloud-user-loses-ad', facts: { current, why } }];
}

function whyLost(current: string, cloud: CloudUser, { ad, anchor, owner }: Evidence): string | null {
  if (current === immutableIdIn(anchor)) return null;
  const own = foundAdUser(ad);
  const carrier = foundAdUser(owner) ?? (own?.sid && own.sid === cloud.sid ? own : null);
  if (carrier === null) return owner?.kind === 'none' ? 'nobody in the AD that is read has that anchor' : null;
  const rule = outOfScopeRule(carrier);
  if (rule !== null) return `sync leaves its AD user out, for ${rule}`;
  return carrier.objectGuid === own?.objectGuid ? 'its AD user has another anchor by now, or none' : null;
}

function presentIdFindings(user: CloudUser, { ad, anchor, owner }: Evidence): Finding[] {
  if (ad?.kind !== 'found' || anchor?.kind !== 'anchor') return [];
  return existingIdFindings(user.onPremisesImmutableId, ad.user, { anchor, owner });
}

function roleFindings(roles: readonly RoleHolding[]): Finding[] {
  const named = (how: RoleHolding['how']): string =>
    roles
      .filter((role) => role.how === how)
      .map(({ role, through }) => (through === null ? role : `${role} (through ${through})`))
      .join(', ');
  const assigned = named('assigned');
  const eligible = named('eligible');
  return [
    ...(assigned === '' ? [] : [{ code: 'cloud-user-holds-role' as const, facts: { roles: assigned } }]),
    ...(eligible === '' ? [] : [{ code: 'cloud-user-eligible-for-role' as const, facts: { roles: eligible } }]),
  ];
}

function identifierFindings(user: CloudUser, { ad }: Evidence, { features }: TenantFacts): Finding[] {
  const current = user.objectIdentifier;
  if (!current || ad?.kind !== 'found') return [];
  const expected = ad.user.objectGuid;
  if (current === expected) return [{ code: 'cloud-object-identifier-equal', facts: { current } }];
  const isAllowed = features?.objectIdentifierMayChange === true;
  const code = isAllowed ? 'cloud-object-identifier-replaced' : 'cloud-object-identifier-set';
  return [{ code, facts: { current, expected } }];
}

/** Others who have the row's immutable ID now. */
export function holderFindings({ ad, cloud, holders }: Evidence): Finding[] {
  const own = namedCloudUser(cloud);
  return holders
    .filter((holder) => holder.id !== own?.id)
    .map((holder) => {
      const isSame = isSamePerson(holder, foundAdUser(ad), own);
      return {
        code: holderCode(holder, foundAdUser(ad)),
        facts: {
          holder: `${holder.userPrincipalName} (${holder.id})`,
          kinship: isSame ? 'by its names the same person' : 'by its names somebody else',
          standing: standingOf(holder),
        },
      };
    });
}

function holderCode({ deleted, isSynced, sid }: Holder, ad: AdUser | null): ReasonCode {
  if (deleted) return 'immutable-id-held-by-deleted';
  // Sync may carry it for another AD user who has the same anchor.
  const isForAnother = sid !== null && ad?.sid !== null && ad?.sid !== sid;
  return isSynced && !isForAnother ? 'ad-user-carried-by-sync' : 'immutable-id-held-by-other';
}

function standingOf(holder: Holder): string {
  const licences = ['no licence', 'one licence'][holder.licences] ?? `${holder.licences} licences`;
  const parts = [licences];
  if (holder.isSynced) parts.push('carried by sync');
  if (holder.deletedDateTime !== null) parts.push(`deleted ${holder.deletedDateTime}`);
  return parts.join(', ');
}
