// What an AD user's anchor and addresses meet in the tenant: hard match, then soft match, then a new user
// ("When you have an existing tenant", Microsoft Entra Connect). docs/sandbox-sync.md has the sources and the choices.
import type { PracticeAdUser, PracticeCloudUser } from '../people/people.ts';
import type { Sent } from './sent.ts';
import { type SyncTenant, domainOf, isExternal, isForeign } from './tenant.ts';

/** Names of export errors, as Microsoft Entra Connect shows them. */
export type SyncError =
  | 'InvalidHardMatch'
  | 'InvalidSoftMatch'
  | 'AttributeUpdateNotAllowed'
  | 'ExistingAdminRoleConflict'
  | 'DuplicateAnchor'
  | 'MalformedAnchor'
  /** No user can be made: it has no name that could be its UPN. */
  | 'IdentityDataValidationFailed';

/** Why a match is refused: the first that applies, in this order. */
export type Refusal =
  | 'blocked-in-tenant'
  | 'role-assigned'
  | 'role-eligible'
  | 'other-object-identifier'
  | 'guest'
  | 'external'
  | 'other-immutable-id';

/** What becomes of an AD user that is in scope and has an anchor, before anything is written. */
export type SyncMatch =
  | { readonly kind: 'carried' | 'joined' | 'restored' | 'soft-matched'; readonly user: PracticeCloudUser }
  | {
      readonly kind: 'hard-match-refused' | 'soft-match-refused' | 'error';
      readonly user: PracticeCloudUser;
      readonly error: SyncError;
      readonly why: Refusal;
      /** A soft match is refused, and a user of its own is made all the same. */
      readonly makesUser?: boolean;
    }
  /** The cloud is this user's source of authority: sync leaves it alone (event 6956). */
  | { readonly kind: 'ignored'; readonly user: PracticeCloudUser }
  | { readonly kind: 'provisioned' };

/** An AD user with what sync makes of it before it asks the tenant. */
export type Incoming = {
  readonly ad: PracticeAdUser;
  readonly immutableId: string;
  readonly sent: Sent;
};

/** Finds the cloud user an AD user is to be, or why it may not be. Changes nothing. */
export function findMatch(tenant: SyncTenant, incoming: Incoming): SyncMatch {
  const holders = tenant.withImmutableId(incoming.immutableId);
  const live = holders.find((user) => user.deletedDateTime === null);
  // A live holder is asked first: the service does not look in the recycle bin for one it has found.
  const holder = live ?? holders[0];
  if (!holder) return softMatch(tenant, incoming);
  if (live?.isCloudManaged === true) return { kind: 'ignored', user: live };
  if (live?.onPremisesSyncEnabled === true) return carry(tenant, incoming, live);
  const why = hardMatchRefusal(tenant, incoming, holder);
  if (why) return { kind: 'hard-match-refused', user: holder, error: 'InvalidHardMatch', why };
  return { kind: live ? 'joined' : 'restored', user: holder };
}

/** Sync goes on with a user it has; but once a user belongs to an AD object, no other object gets it. */
function carry(tenant: SyncTenant, { ad }: Incoming, user: PracticeCloudUser): SyncMatch {
  return belongsToAnother(tenant, ad, user)
    ? { kind: 'error', user, error: 'AttributeUpdateNotAllowed', why: 'other-object-identifier' }
    : { kind: 'carried', user };
}

function belongsToAnother({ handle }: SyncTenant, ad: PracticeAdUser, user: PracticeCloudUser): boolean {
  const identifier = user.onPremisesObjectIdentifier ?? '';
  if (handle.state.features.allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled) return false;
  return identifier !== '' && identifier.toLowerCase() !== ad.objectGUID;
}

function hardMatchRefusal(tenant: SyncTenant, { ad }: Incoming, user: PracticeCloudUser): Refusal | undefined {
  const { isAssigned, isEligible } = tenant.roles(user.id);
  const refusals: readonly (readonly [Refusal, boolean])[] = [
    ['blocked-in-tenant', tenant.handle.state.features.blockCloudObjectTakeoverThroughHardMatchEnabled],
    ['role-assigned', isAssigned],
    ['role-eligible', isEligible],
    ['other-object-identifier', belongsToAnother(tenant, ad, user)],
    ['guest', user.userType === 'Guest'],
    ['external', isExternal(user.userPrincipalName)],
  ];
  return refusals.find(([, applies]) => applies)?.[0];
}

/**
 * By primary SMTP address; only when that finds nobody, by UPN. A refusal by switch or role keeps AD from that cloud user
 * alone: a new one is made.
 */
function softMatch(tenant: SyncTenant, incoming: Incoming): SyncMatch {
  const user = byPrimaryAddress(tenant, incoming) ?? byUpn(tenant, incoming);
  if (!user) return { kind: 'provisioned' };
  const kind = 'soft-match-refused';
  if (user.onPremisesImmutableId !== null) {
    return { kind, user, error: 'InvalidSoftMatch', why: 'other-immutable-id' };
  }
  if (tenant.handle.state.features.blockSoftMatchEnabled) {
    return { kind, user, error: 'InvalidSoftMatch', why: 'blocked-in-tenant', makesUser: true };
  }
  if (tenant.roles(user.id).isAssigned) {
    return { kind, user, error: 'ExistingAdminRoleConflict', why: 'role-assigned', makesUser: true };
  }
  return { kind: 'soft-matched', user };
}

function byPrimaryAddress(tenant: SyncTenant, { sent }: Incoming): PracticeCloudUser | undefined {
  if (sent.primaryAddress === undefined) return undefined;
  return tenant
    .withAddress(sent.primaryAddress)
    .flatMap(({ id, isPrimary }) => (isPrimary ? (tenant.handle.user(id) ?? []) : []))
    .find((user) => mayMatchSoftly(tenant, user));
}

function byUpn(tenant: SyncTenant, { sent }: Incoming): PracticeCloudUser | undefined {
  if (!tenant.softMatchesUpn || sent.userPrincipalName === null) return undefined;
  return tenant.withUpn(sent.userPrincipalName).find((user) => mayMatchSoftly(tenant, user));
}

/** Who is passed over, as if not there: guests, who has the cloud for its master, and who signs in by federation. */
function mayMatchSoftly(tenant: SyncTenant, user: PracticeCloudUser): boolean {
  return !isForeign(user) && user.isCloudManaged !== true && !tenant.isFederated(domainOf(user.userPrincipalName));
}
