import { addressesOf, domainOf } from '../ids/addresses.ts';
import type { TenantDomain } from '../preflight.ts';
import type { Finding } from '../reasons.ts';
import { foldKey } from '../references.ts';
import { outOfScopeRule } from '../sync/scope.ts';
import { isVerified, nameInTenant, type RefusedValue, type Sent } from '../sync/sent.ts';
import type { World } from '../sync/world.ts';
import type { AdUser } from '../users.ts';

/** What of AD's values does not arrive as it is: refused, renamed, or claimed by another AD user as well. */
export function adValueFindings(
  user: AdUser,
  sent: Sent,
  { domains, adAddresses }: Pick<World, 'domains' | 'adAddresses'>,
): Finding[] {
  return [...sent.refused.map(refusal), ...nameFindings(user, sent, domains), ...sharedFindings(user, adAddresses)];
}

const shown = 80;

function refusal({ attribute, value, fault }: RefusedValue): Finding {
  const short = value.length > shown ? `${value.slice(0, shown)}…` : value;
  return { code: 'ad-value-refused-by-sync', facts: { attribute, value: `"${short}"`, why: fault.why } };
}

/** A UPN that sync makes, or gives another domain. */
function nameFindings(user: AdUser, { upn }: Sent, domains: readonly TenantDomain[] | null): Finding[] {
  if (upn === null) return [];
  const becomes = nameInTenant(upn, domains);
  if (user.userPrincipalName === null) return [{ code: 'ad-upn-missing', facts: { upn: becomes } }];
  return isVerified(domainOf(upn), domains) ? [] : [{ code: 'ad-upn-suffix-unverified', facts: { upn, becomes } }];
}

const othersNamed = 3;

/** One for each value, with the other AD users that sync may bring it from. */
function sharedFindings(user: AdUser, adAddresses: World['adAddresses']): Finding[] {
  if (adAddresses.size === 0) return [];
  const values = new Map(addressesOf(user).map((address) => [foldKey(address.value), address]));
  return [...values].flatMap(([key, { attribute, value }]): Finding[] => {
    const others = (adAddresses.get(key) ?? []).filter(
      (other) => other.objectGuid !== user.objectGuid && outOfScopeRule(other) === null,
    );
    if (others.length === 0) return [];
    const named = others.slice(0, othersNamed).map(({ dn }) => dn);
    const more = others.length > othersNamed ? [`${others.length - othersNamed} more`] : [];
    return [{ code: 'address-shared-in-ad', facts: { attribute, value, other: [...named, ...more].join('; ') } }];
  });
}
