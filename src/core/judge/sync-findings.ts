import { addressesOf, domainOf, isJoinable } from '../ids/addresses.ts';
import type { Evidence } from './evidence.ts';
import type { Guid } from '../guid.ts';
import { clashesOf } from '../sync/make-forecast.ts';
import type { Prediction } from '../forecast.ts';
import type { TenantFacts } from '../preflight.ts';
import type { Finding } from '../reasons.ts';
import { foldKey } from '../references.ts';
import { outOfScopeRule } from '../sync/scope.ts';
import type { AddressHolder, AdUser } from '../users.ts';

/** What sync's next cycle would stumble over, or do unasked. Warnings all: the write itself is not in danger. */
export function syncFindings(
  { ad, cloud, holders }: Evidence,
  /** What sync would do in a cycle before the write. */
  untilThen: Prediction,
  tenant: { readonly facts: TenantFacts; readonly addresses: ReadonlyMap<string, readonly AddressHolder[]> },
): Finding[] {
  if (ad?.kind !== 'found') return [];
  const { user } = ad;
  const isCarried = holders.some((holder) => holder.isSynced && !holder.deleted);
  const own = cloud?.kind === 'found' ? cloud.user.id : null;
  return [
    ...(isCarried ? [] : softMatchFindings(user, own, tenant.addresses)),
    // For the pairing as it is meant, whatever stands in its way now: both have to be fixed.
    ...(own === null ? [] : clashesOf(user, own, tenant)).map((clash) => ({
      code: 'attribute-conflict-after-sync' as const,
      facts: { ...clash },
    })),
    ...suffixFindings(user, tenant.facts),
    ...(isCarried ? [] : scopeFindings(user, untilThen, tenant.facts)),
  ];
}

/** Cloud users other than the row's own whom sync would join by address, before the write or for want of it. */
function softMatchFindings(
  user: AdUser,
  own: Guid | null,
  addresses: ReadonlyMap<string, readonly AddressHolder[]>,
): Finding[] {
  const found = new Map<string, Finding>();
  for (const { value, attribute } of addressesOf(user).filter(({ joins }) => joins)) {
    const isUpn = attribute === 'userPrincipalName';
    for (const holder of addresses.get(foldKey(value)) ?? []) {
      const fits = isJoinable(holder) && !holder.isSynced && (holder.as === 'upn') === isUpn && !holder.immutableId;
      if (!fits || holder.id === own || found.has(holder.id)) continue;
      const facts = { holder: `${holder.name} (${holder.id})`, value };
      found.set(holder.id, { code: 'soft-match-would-hit-other', facts });
    }
  }
  return [...found.values()];
}

function suffixFindings({ userPrincipalName: upn }: AdUser, { domains }: TenantFacts): Finding[] {
  if (upn === null || domains === null) return [];
  const isVerified = domains.some((domain) => domain.isVerified && domain.name === domainOf(upn));
  return isVerified ? [] : [{ code: 'ad-upn-suffix-unverified', facts: { upn } }];
}

function scopeFindings(user: AdUser, untilThen: Prediction, { sync }: TenantFacts): Finding[] {
  const rule = outOfScopeRule(user);
  if (rule !== null) return [{ code: 'ad-user-out-of-scope', facts: { rule } }];
  // Where sync would join somebody by what is there now, it makes nobody new; other warnings tell who.
  const isMade = ['provisions', 'contested', 'unknown'].includes(untilThen.kind);
  return sync.isEnabled === true && isMade ? [{ code: 'ad-in-sync-scope' }] : [];
}
