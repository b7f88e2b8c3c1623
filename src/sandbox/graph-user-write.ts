// Writing users: what a PATCH may contain, what deleting and restoring does to a user.
import { invalidValue, refused, syncedUser, unreadable, valueInUse } from './graph-errors.ts';
import { type StoredUser, type UserProperty, propertyOf, withValues } from './graph-properties.ts';
import type { GraphAnswer, GraphCall, GraphTenant, WriteRule } from './graph-tenant.ts';
import { answerUser, deletedUser, liveUser } from './graph-users.ts';

type Change = Readonly<Record<string, unknown>>;

const done: GraphAnswer = { status: 204 };

/** PATCH /users/{id}: 204 without a body. Writing what is there already is 204 too, and changes nothing. */
export function patchUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const user = liveUser(tenant, call.params[0] ?? '');
  const change = readChange(call);
  for (const rule of tenant.writeRules) rule({ tenant, caller: call.caller, user, change });
  tenant.store.put(withValues(user, change));
  return done;
}

/** DELETE /users/{id}: into the recycle bin. The UPN gets the object id, without dashes, in front. */
export function deleteUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const user = liveUser(tenant, call.params[0] ?? '');
  for (const rule of tenant.writeRules) rule({ tenant, caller: call.caller, user, change: null });
  const userPrincipalName = `${binPrefix(user)}${user.userPrincipalName}`;
  tenant.store.put({ ...user, userPrincipalName, deletedDateTime: isoSeconds(tenant.now()) });
  return done;
}

/** DELETE /directory/deletedItems/{id}: for good. */
export function purgeUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  tenant.store.purge(deletedUser(tenant, call.params[0] ?? '').id);
  return done;
}

/**
 * POST /directory/deletedItems/{id}/restore: the user keeps its id and gets its UPN back, or `newUserPrincipalName`. A
 * synced user comes back as formerly synced (`onPremisesSyncEnabled` false).
 */
export function restoreUser(tenant: GraphTenant, call: GraphCall): GraphAnswer {
  const user = deletedUser(tenant, call.params[0] ?? '');
  const body = (call.hasBody ? call.readBody() : {}) as Change;
  const asked = body['newUserPrincipalName'];
  if (asked !== undefined && typeof asked !== 'string') throw invalidValue();
  const prefix = binPrefix(user);
  const kept = user.userPrincipalName.startsWith(prefix) ? user.userPrincipalName.slice(prefix.length) : undefined;
  const userPrincipalName = asked ?? kept ?? user.userPrincipalName;
  if (asked !== undefined) checkUpn(tenant, user, asked);
  const restored: StoredUser = {
    ...user,
    userPrincipalName,
    deletedDateTime: null,
    onPremisesSyncEnabled: user.onPremisesSyncEnabled === true ? false : user.onPremisesSyncEnabled,
  };
  const holder = tenant.store.holders('userPrincipalName', userPrincipalName).find((one) => one.id !== user.id);
  if (holder) throw valueInUse('userPrincipalName', holder.id);
  checkImmutableId(tenant, user, user.onPremisesImmutableId);
  tenant.store.put(restored);
  return answerUser(tenant, call, { user: restored, collection: 'directoryObjects' });
}

/** The rules every tenant has, in the order they are judged. */
export const basicWriteRules: readonly WriteRule[] = [refuseSynced, refuseBadId, refuseBadUpn, refuseFederated];

function binPrefix(user: StoredUser): string {
  return user.id.replaceAll('-', '');
}

function isoSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** The body of a PATCH, every property known, writable and of its type. */
function readChange(call: GraphCall): Change {
  const body = call.readBody();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw emptyPayload();
  const entries = Object.entries(body).filter(([name]) => !name.startsWith('@odata.'));
  if (entries.length === 0) throw emptyPayload();
  for (const [name, value] of entries) {
    const property = propertyOf(name, call.version);
    if (property === undefined) {
      throw unreadable(
        `The property '${name}' does not exist on type 'microsoft.graph.user'. Make sure to only use property names that are defined by the type or mark the type as open type.`,
      );
    }
    if (property.write === 'read-only') throw refused(`Property '${name}' is read-only and cannot be set.`);
    if (!hasType(property, value)) {
      throw unreadable(
        `A value was encountered that has a type name that is incompatible with the metadata: '${name}'.`,
      );
    }
  }
  return Object.fromEntries(entries) as Change;
}

function emptyPayload(): Error {
  return unreadable('Empty Payload. JSON content expected.');
}

function hasType(property: UserProperty, value: unknown): boolean {
  switch (property.type) {
    case 'list':
      return Array.isArray(value) && value.every((one) => typeof one === 'string');
    case 'flag':
      return value === null || typeof value === 'boolean';
    default:
      return value === null || typeof value === 'string';
  }
}

/** AD is the master of a synced user's properties, but for the few that Entra keeps itself. */
function refuseSynced({ user, change }: Parameters<WriteRule>[0]): void {
  if (change === null || user.onPremisesSyncEnabled !== true) return;
  if (Object.keys(change).some((name) => propertyOf(name, 'beta')?.write !== 'cloud-mastered')) throw syncedUser();
}

/** An empty text is no way to clear, `$` and `_` are forbidden, and the value must be unique in the tenant. */
function refuseBadId({ tenant, user, change }: Parameters<WriteRule>[0]): void {
  const value = change?.['onPremisesImmutableId'];
  if (typeof value !== 'string' || value === user.onPremisesImmutableId) return;
  if (value === '' || /[$_]/.test(value)) throw invalidValue();
  checkImmutableId(tenant, user, value);
}

function checkImmutableId(tenant: GraphTenant, user: StoredUser, value: string | null): void {
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

function checkUpn(tenant: GraphTenant, user: StoredUser, upn: string): void {
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
