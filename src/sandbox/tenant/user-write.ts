// Writing users: what a PATCH may contain, what deleting and restoring does to a user.
import { invalidValue, refused, unreadable, valueInUse } from '../http/graph-errors.ts';
import { type Property, type StoredUser, propertyOf, withValues } from '../odata/properties.ts';
import type { GraphAnswer, GraphCall, GraphTenant } from './practice-tenant.ts';
import { answerUser, deletedUser, liveUser } from './users.ts';
import { checkImmutableId, checkUpn, refuseWeakCaller } from './write-rules.ts';

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
  refuseWeakCaller({ tenant, caller: call.caller, user, change: null });
  const body = (call.hasBody ? call.readBody() : {}) as Change;
  const asked = body['newUserPrincipalName'];
  if (asked !== undefined && typeof asked !== 'string') throw invalidValue();
  if (asked !== undefined) checkUpn(tenant, user, asked);
  const live = aliveAgain(user);
  const userPrincipalName = asked ?? live.userPrincipalName;
  const restored: StoredUser = {
    ...live,
    userPrincipalName,
    onPremisesSyncEnabled: user.onPremisesSyncEnabled === true ? false : user.onPremisesSyncEnabled,
  };
  const holder = tenant.store.holders('userPrincipalName', userPrincipalName).find((one) => one.id !== user.id);
  if (holder) throw valueInUse('userPrincipalName', holder.id);
  checkImmutableId(tenant, user, user.onPremisesImmutableId);
  tenant.store.put(restored);
  return answerUser(tenant, call, { user: restored, collection: 'directoryObjects' });
}

/** The user as it was before it went to the recycle bin. */
export function aliveAgain(user: StoredUser): StoredUser {
  const prefix = binPrefix(user);
  const { userPrincipalName: name } = user;
  return {
    ...user,
    userPrincipalName: name.startsWith(prefix) ? name.slice(prefix.length) : name,
    deletedDateTime: null,
  };
}

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
    if (property === undefined || property.isPath === true) {
      throw unreadable(
        `The property '${name}' does not exist on type 'microsoft.graph.user'. Make sure to only use property names that are defined by the type or mark the type as open type.`,
      );
    }
    if (property.write === 'clear' && value !== null) throw refused(`Property '${name}' can only be set to null.`);
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

function hasType(property: Property, value: unknown): boolean {
  switch (property.type) {
    case 'list':
      return Array.isArray(value) && value.every((one) => typeof one === 'string');
    case 'flag':
      return value === null || typeof value === 'boolean';
    default:
      return value === null || typeof value === 'string';
  }
}
