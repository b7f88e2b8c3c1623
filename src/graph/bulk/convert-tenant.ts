// Graph's JSON about the tenant as a whole: organization, switches, domains, roles. The rest is convert.ts's.
import { z } from 'zod';
import type { Guid } from '../../core/guid.ts';
import type { SyncFacts, TenantDomain, TenantFeatures } from '../../core/preflight.ts';
import type { TenantInfo } from '../../run/ports.ts';
import { guid, looseText, readJson } from '../http/json.ts';

// Exactly one: of several, which is the tenant that was signed in to would be a guess.
const organizations = z.object({ value: z.tuple([z.object({ id: guid, displayName: looseText })]) });
const syncing = z.object({
  value: z.tuple([z.object({ onPremisesSyncEnabled: z.boolean().nullish(), onPremisesLastSyncDateTime: looseText })]),
});
const looseFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
// Some of the many switches. Without the first two there is no telling whether sync joins anybody; the others may be newer
// than the cloud that answers.
const switches = z.object({
  blockCloudObjectTakeoverThroughHardMatchEnabled: z.boolean().nullable(),
  blockSoftMatchEnabled: z.boolean().nullable(),
  allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: looseFlag,
  softMatchOnUpnEnabled: looseFlag,
  synchronizeUpnForManagedUsersEnabled: looseFlag,
  quarantineUponUpnConflictEnabled: looseFlag,
  quarantineUponProxyAddressesConflictEnabled: looseFlag,
  passwordSyncEnabled: looseFlag,
});
const synchronization = z.object({ features: switches });
const domain = z.object({
  id: z.string(),
  authenticationType: looseText,
  isInitial: z.boolean().nullish(),
  isVerified: z.boolean().nullish(),
});
const grant = z.object({ principalId: z.string(), roleDefinitionId: z.string() });
const named = z.object({ id: z.string(), displayName: looseText });
const group = named.extend({ visibility: looseText });
const object = z.object({ id: guid });
const member = z.object({ id: guid, '@odata.type': z.string().optional() });

/** A role given to somebody, a group or an application, whoever has the id. */
export type RoleGrant = { readonly principal: string; readonly definition: string };
/** A role definition or a group. */
export type Named = { readonly id: string; readonly name: string };
/** A group that can be given roles. `hidesMembers`: not everybody who may read groups is told who is in it. */
export type RoleGroup = Named & { readonly hidesMembers: boolean };

export function toTenantInfo(json: unknown): TenantInfo {
  const [{ id, displayName }] = readJson(organizations, json, 'the organization').value;
  return { id, name: displayName ?? '' };
}

export function toSyncFacts(json: unknown): SyncFacts {
  const [found] = readJson(syncing, json, 'the organization').value;
  return { isEnabled: found.onPremisesSyncEnabled ?? null, lastSyncAt: found.onPremisesLastSyncDateTime };
}

/**
 * The switches, from the one entry of the collection, or from the entry alone. A null of the blocks is Entra's default, off.
 * Throws a Failure when there is none of them: what is not told must not be taken for off.
 */
export function toSyncFeatures(json: unknown): TenantFeatures {
  const entry: unknown = z.object({ value: z.array(z.unknown()) }).safeParse(json).data?.value[0] ?? json;
  const { features } = readJson(synchronization, entry, 'the synchronization settings');
  return {
    hardMatchBlocked: features.blockCloudObjectTakeoverThroughHardMatchEnabled ?? false,
    softMatchBlocked: features.blockSoftMatchEnabled ?? false,
    objectIdentifierMayChange: features.allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled,
    softMatchOnUpn: features.softMatchOnUpnEnabled,
    upnFollowsAd: features.synchronizeUpnForManagedUsersEnabled,
    quarantinesUpn: features.quarantineUponUpnConflictEnabled,
    quarantinesProxyAddresses: features.quarantineUponProxyAddressesConflictEnabled,
    passwordSync: features.passwordSyncEnabled,
  };
}

export function toDomain(json: unknown): TenantDomain {
  const { id, authenticationType, isInitial, isVerified } = readJson(domain, json, 'a domain');
  return {
    name: id.toLowerCase(),
    isVerified: isVerified ?? false,
    isFederated: authenticationType?.toLowerCase() === 'federated',
    isInitial: isInitial ?? false,
  };
}

/** A role assignment or an instance of an eligibility; ids in lower case. */
export function toRoleGrant(json: unknown): RoleGrant {
  const { principalId, roleDefinitionId } = readJson(grant, json, 'a role assignment');
  return { principal: principalId.toLowerCase(), definition: roleDefinitionId.toLowerCase() };
}

/** A role definition or a group; the id, in lower case, stands in for a missing name. */
export function toNamed(json: unknown): Named {
  const { id, displayName } = readJson(named, json, 'a role or group');
  return { id: id.toLowerCase(), name: displayName ?? id };
}

/** A role-assignable group. */
export function toRoleGroup(json: unknown): RoleGroup {
  const { visibility } = readJson(group, json, 'a group');
  return { ...toNamed(json), hidesMembers: visibility?.toLowerCase() === 'hiddenmembership' };
}

/** The id of an object of which nothing else was asked. */
export function toObjectId(json: unknown): Guid {
  return readJson(object, json, 'an object').id;
}

/** The id of a group's member or owner; undefined for what is not a user. Without a type it may be one. */
export function toGroupUser(json: unknown): Guid | undefined {
  const { id, '@odata.type': type } = readJson(member, json, 'a member of a group');
  return type === undefined || type.toLowerCase() === '#microsoft.graph.user' ? id : undefined;
}
