// What a write to a user is judged by, rule after rule; each refuses in Graph's words.
import { invalidValue, notAllowed, refused, syncedUser, valueInUse } from '../http/graph-errors.ts';
import { type StoredUser, propertyOf } from '../odata/properties.ts';
import { isProtected } from './state.ts';
import type { GraphTenant, WriteRule } from './practice-tenant.ts';
import { permissionsFor } from './permissions.ts';

/** The rules every tenant has, in the order they are judged. */
export const basicWriteRules: readonly WriteRule[] = [
  refuseUnpermitted,
  refuseWeakCaller,
  refuseSynced,
  refuseBadId,
  refuseBadUpn,
  refuseFederated,
];

/** onPremisesObjectIdentifier has a permission of its own; everything else needs one to update users. */
function refuseUnpermitted({ caller, change }: Parameters<WriteRule>[0]): void {
  const needed = new Set(Object.keys(change ?? {}).map(permissionsToWrite));
  for (const one of needed) {
    if (!one.some((name) => caller.permissions.has(name))) throw notAllowed();
  }
}

function permissionsToWrite(property: string): readonly string[] {
  return property === 'onPremisesObjectIdentifier' ? permissionsFor.clearObjectIdentifier : permissionsFor.updateUser;
}

/** Changing these of a user with a role needs a caller with a higher one ("Working with users": sensitive actions). */
const sensitive = new Set([
  'accountEnabled',
  'businessPhones',
  'mobilePhone',
  'onPremisesImmutableId',
  'otherMails',
  'userPrincipalName',
]);

/** Sensitive changes, deleting and restoring: refused for a user with a role, whatever the caller's permissions. */
export function refuseWeakCaller({ tenant, user, change }: Parameters<WriteRule>[0]): void {
  if (tenant.isCallerPrivileged || !isProtected(tenant.state, user.id)) return;
  if (change === null || Object.keys(change).some((name) => sensitive.has(name))) throw notAllowed();
}

/** AD is the master of a synced user's properties, but for the few that Entra keeps itself. */
function refuseSynced({ user, change }: Parameters<WriteRule>[0]): void {
  if (change === null || user.onPremisesSyncEnabled !== true) return;
  const isCloudsOwn = (name: string): boolean =>
    ['cloud-mastered', 'clear'].includes(propertyOf(name, 'beta')?.write ?? 'yes');
  if (!Object.keys(change).every(isCloudsOwn)) throw syncedUser();
}

/** An empty text is no way to clear, `$` and `_` are forbidden, and the value must be unique in the tenant. */
function refuseBadId({ tenant, user, change }: Parameters<WriteRule>[0]): void {
  const value = change?.['onPremisesImmutableId'];
  if (typeof value !== 'string' || value === user.onPremisesImmutableId) return;
  if (value === '' || /[$_]/.test(value)) throw invalidValue();
  checkImmutableId(tenant, user, value);
}

/** Refuses an immutable ID that another user has. */
export function checkImmutableId(tenant: GraphTenant, user: StoredUser, value: string | null): void {
  if (value === null) return;
  const holder = tenant.store
    .holders('onPremisesImmutableId', value)
    .find((one) => one.id !== user.id && (one.deletedDateTime === null || tenant.deletedHoldersConflict));
  if (holder) throw valueInUse('onPremisesImmutableId', holder.id);
}

function refuseBadUpn({ tenant, user, change }: Parameters<WriteRule>[0]): void {
  const upn = change?.['userPrincipalName'];
  if (upn === undefined || upn === user.userPrincipalName) return;
  if (typeof upn !== 'string') throw invalidValue();
  checkUpn(tenant, user, upn);
}

/** Refuses a UPN that is malformed, taken, or in a domain that is not verified. */
export function checkUpn(tenant: GraphTenant, user: StoredUser, upn: string): void {
  if (!/^[^\s@]+@[^\s@]+$/.test(upn)) throw refused('Property userPrincipalName is invalid.');
  if (domainOf(tenant, upn)?.isVerified !== true) {
    throw refused(
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    );
  }
  const holder = tenant.store.holders('userPrincipalName', upn).find((one) => one.id !== user.id);
  if (holder) throw valueInUse('userPrincipalName', holder.id);
}

/**
 * While the UPN is in a federated domain the immutable ID stays as it is; a UPN comes (back) into one only with an ID,
 * which may be set in the same call. Which text Graph uses is not known: the one of a federated create is used.
 */
function refuseFederated({ tenant, user, change }: Parameters<WriteRule>[0]): void {
  if (change === null) return;
  const upn = change['userPrincipalName'];
  const upnAfter = typeof upn === 'string' ? upn : user.userPrincipalName;
  const idAfter = 'onPremisesImmutableId' in change ? change['onPremisesImmutableId'] : user.onPremisesImmutableId;
  if (domainOf(tenant, upnAfter)?.authenticationType !== 'Federated') return;
  const wasFederated = domainOf(tenant, user.userPrincipalName)?.authenticationType === 'Federated';
  const comesIn = !wasFederated && upnAfter !== user.userPrincipalName;
  if (comesIn ? idAfter === null : idAfter !== user.onPremisesImmutableId) throw invalidValue();
}

function domainOf(tenant: GraphTenant, upn: string): GraphTenant['domains'][number] | undefined {
  const suffix = upn.slice(upn.lastIndexOf('@') + 1).toLowerCase();
  return tenant.domains.find((domain) => domain.id.toLowerCase() === suffix);
}
