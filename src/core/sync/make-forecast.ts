// core/sync/: what the next sync cycle will do (make-forecast), who is in its scope (scope), what it has done with a user
// (take-over), and why it has not done it yet (why-not-synced).
import { addressesOf, domainOf, isJoinable, primarySmtpOf, sentUpn } from '../ids/addresses.ts';
import type { Guid } from '../guid.ts';
import type { Clash, Forecast, Overwrite, Prediction } from '../forecast.ts';
import type { RoleHolding, SyncFeatures, TenantDomain } from '../preflight.ts';
import type { ReasonCode } from '../reasons.ts';
import { foldKey } from '../references.ts';
import { outOfScopeRule } from './scope.ts';
import type { AddressHolder, AdUser, CloudUser, Holder } from '../users.ts';

/** The tenant as the next sync cycle will meet it, once the plan has been applied. */
export type World = {
  readonly features: SyncFeatures | null;
  readonly domains: readonly TenantDomain[] | null;
  readonly roles: ReadonlyMap<Guid, readonly RoleHolding[]>;
  readonly addresses: ReadonlyMap<string, readonly AddressHolder[]>;
  /** The immutable IDs that the plan's ready rows write, by user id. */
  readonly written: Pick<ReadonlyMap<Guid, string>, 'get'>;
};

/** One AD user before the next cycle, with everybody who could be taken for it. */
export type SyncCandidate = {
  readonly user: AdUser;
  readonly immutableId: string;
  /** The row's own cloud user; null where none was found. */
  readonly cloud: CloudUser | null;
  readonly holders: readonly Holder[];
  /** Another AD user of the set has the same anchor. */
  readonly isShared: boolean;
};

/**
 * What sync will do with an AD user (Microsoft, "Install Entra Connect with an existing tenant"): hard match first, then
 * soft match by UPN and primary SMTP address, else a new user; and what the take-over cannot set or will replace.
 */
export function makeForecast(candidate: SyncCandidate, world: World): Forecast {
  const prediction = predict(candidate, world);
  const target = 'user' in prediction ? prediction.user : null;
  const isTaken = prediction.kind === 'joins' || prediction.kind === 'soft-matches' || prediction.kind === 'restores';
  const isMade = prediction.kind === 'provisions';
  return {
    prediction,
    clashes: isTaken || isMade ? clashesOf(candidate.user, target, world) : [],
    overwrites: isTaken && candidate.cloud?.id === target ? overwritesOf(candidate.user, candidate.cloud) : [],
  };
}

/** The first half of it: whom sync takes, or why nobody. */
export function predict(candidate: SyncCandidate, world: World): Prediction {
  const { user, holders } = candidate;
  if (candidate.isShared) return { kind: 'contested' };
  const rule = outOfScopeRule(user);
  if (rule !== null) return { kind: 'out-of-scope', rule };
  const carrier = holders.find((holder) => holder.isSynced && !holder.deleted);
  if (carrier) return { kind: 'carried', by: carrier.id };
  return hardMatch(candidate, world) ?? softMatch(candidate, world) ?? { kind: 'provisions' };
}

function hardMatch(candidate: SyncCandidate, world: World): Prediction | null {
  const { immutableId, holders, cloud } = candidate;
  const isWritten = cloud !== null && world.written.get(cloud.id) === immutableId;
  // A holder that the plan itself gives another ID will not have this one any more.
  const live = holders.find(
    (holder) => !holder.deleted && (world.written.get(holder.id) ?? immutableId) === immutableId,
  );
  const target = isWritten ? cloud.id : live?.id;
  if (target !== undefined) {
    const why = joinBlock(target, candidate, world);
    return why === null ? { kind: 'joins', user: target } : { kind: 'join-blocked', user: target, why };
  }
  const deleted = holders.find((holder) => holder.deleted);
  if (!deleted) return null;
  // Coming back from the recycle bin is a hard match too.
  const why = joinBlock(deleted.id, candidate, world);
  return why === null ? { kind: 'restores', user: deleted.id } : { kind: 'join-blocked', user: deleted.id, why };
}

/** Why sync will refuse to hard-match this cloud user, the tenant's switch first; null when it will not. */
function joinBlock(target: Guid, { user, cloud }: SyncCandidate, world: World): ReasonCode | null {
  if (world.features?.hardMatchBlocked === true) return 'hard-match-blocked-in-tenant';
  const role = roleBlock(target, world);
  if (role !== null) return role;
  const mapped = cloud?.id === target ? cloud.objectIdentifier : undefined;
  return mapped && mapped !== user.objectGuid ? 'cloud-object-identifier-set' : null;
}

function roleBlock(target: Guid, world: World): ReasonCode | null {
  const roles = world.roles.get(target) ?? [];
  if (roles.some((role) => role.how === 'assigned')) return 'cloud-user-holds-role';
  return roles.length > 0 ? 'cloud-user-eligible-for-role' : null;
}

/** By primary SMTP address; only where that finds nobody, by UPN. */
function softMatch({ user }: SyncCandidate, world: World): Prediction | null {
  const target =
    softTarget(primarySmtpOf(user), ['primary-smtp', 'mail'], world) ?? softTarget(sentUpn(user), ['upn'], world);
  if (!target) return null;
  const has = world.written.get(target.id) ?? target.immutableId;
  // A soft match minds roles that are held; the hardening that minds eligibility is about hard match.
  const isAdmin = roleBlock(target.id, world) === 'cloud-user-holds-role';
  const isAllowed = !has && !isAdmin && world.features?.softMatchBlocked !== true;
  return { kind: isAllowed ? 'soft-matches' : 'soft-match-blocked', user: target.id };
}

function softTarget(
  address: string | null,
  as: readonly AddressHolder['as'][],
  world: World,
): AddressHolder | undefined {
  if (address === null) return undefined;
  return world.addresses
    .get(foldKey(address))
    ?.find((holder) => isJoinable(holder) && as.includes(holder.as) && !isFederated(holder.name, world));
}

/** Soft match leaves users of a federated domain alone. */
function isFederated(upn: string, { domains }: World): boolean {
  return domains?.some((domain) => domain.isFederated && domain.name === domainOf(upn)) ?? false;
}

/**
 * The AD user's addresses that some other cloud object than `target` has: its UPN as UPN, its SMTP addresses as such. What
 * merely stands in otherMails keeps nobody from anything.
 */
export function clashesOf(user: AdUser, target: Guid | null, { addresses }: Pick<World, 'addresses'>): Clash[] {
  return addressesOf(user).flatMap(({ value, attribute }) => {
    const isUpn = attribute === 'userPrincipalName';
    const other = addresses
      .get(foldKey(value))
      ?.find((holder) => holder.id !== target && holder.as !== 'other-mail' && (holder.as === 'upn') === isUpn);
    if (!other) return [];
    const kind = other.kind === 'user' ? '' : `the ${other.kind} `;
    return [{ attribute, value, holder: `${kind}${other.name} (${other.id})` }];
  });
}

function overwritesOf(user: AdUser, cloud: CloudUser): Overwrite[] {
  const differs = (a: string | null, b: string | null): boolean => foldKey(a ?? '') !== foldKey(b ?? '');
  const found: Overwrite[] = [];
  if (user.userPrincipalName && differs(user.userPrincipalName, cloud.userPrincipalName)) {
    found.push({ attribute: 'userPrincipalName', cloud: cloud.userPrincipalName, ad: user.userPrincipalName });
  }
  if (user.mail && differs(user.mail, cloud.mail)) found.push({ attribute: 'mail', cloud: cloud.mail, ad: user.mail });
  const ours = listed(user.proxyAddresses);
  const theirs = listed(cloud.proxyAddresses);
  if (ours !== '' && ours !== theirs) {
    found.push({ attribute: 'proxyAddresses', cloud: theirs === '' ? null : theirs, ad: ours });
  }
  return found;
}

/** Proxy addresses in an order of their own, for comparing and showing; the prefix's case says which is primary. */
function listed(addresses: readonly string[]): string {
  return [...addresses].sort().join(' ');
}
