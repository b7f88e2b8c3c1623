// sandbox/: a practice directory (LDAP over TLS) and a practice tenant (HTTPS) on loopback. This file is the shape of the
// people both are filled with; fixtures/cast.json is one such file.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { mebibyte } from '../../files/regular-file.ts';
import { readPracticeFile } from './practice-file.ts';

const guid = z.guid().transform((text) => text.toLowerCase());

/** An octet string: a GUID in text form, or raw bytes in hex for values that are none. */
const octets = z.union([guid, z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})*$/) })]);

const sid = z.string().regex(/^S-1-\d+(-\d+)+$/);

const adUser = z.strictObject({
  cn: z.string(),
  /** Name of an organizational unit directly below the domain. */
  ou: z.string(),
  objectGUID: guid,
  sAMAccountName: z.string(),
  userPrincipalName: z.string().nullable(),
  mail: z.string().nullable(),
  proxyAddresses: z.array(z.string()).default([]),
  employeeID: z.string().optional(),
  'mS-DS-ConsistencyGuid': octets.optional(),
  adminDescription: z.string().optional(),
  disabled: z.boolean().optional(),
  /** `S-1-5-21-…`. Where absent it follows from the user's place in the file, see `sidOfAdUser`. */
  objectSid: sid.optional(),
  isCriticalSystemObject: z.boolean().optional(),
  mailNickname: z.string().optional(),
  /** A 64-bit number; as text where JSON's numbers are not exact enough. */
  msExchRecipientTypeDetails: z.union([z.string().regex(/^-?\d+$/), z.int().transform(String)]).optional(),
  msExchMailboxGuid: octets.optional(),
  targetAddress: z.string().optional(),
  /** The same as `cn` where absent; null: it has none. */
  displayName: z.string().nullable().optional(),
  givenName: z.string().optional(),
  sn: z.string().optional(),
  /** In the AD recycle bin: below CN=Deleted Objects, and shown only to whoever asks for deleted objects. */
  isDeleted: z.boolean().optional(),
  isRecycled: z.boolean().optional(),
});

const adOther = z.strictObject({
  objectClass: z.enum(['group', 'computer', 'contact']),
  cn: z.string(),
  ou: z.string(),
  objectGUID: guid,
  sAMAccountName: z.string().optional(),
  mail: z.string().optional(),
});

/** A fault that sync left on a user; `value` is what it could not set. */
const provisioningError = z.strictObject({
  category: z.string(),
  propertyCausingError: z.string(),
  value: z.string(),
  occurredDateTime: z.string().nullable(),
});

const textOrNull = z.string().nullable();

/** A plan that came with a licence; `exchange` is a mailbox. */
const assignedPlan = z.strictObject({
  service: z.string(),
  servicePlanId: guid,
  capabilityStatus: z.enum(['Enabled', 'Warning', 'Suspended', 'Deleted', 'LockedOut']),
  assignedDateTime: textOrNull.default(null),
});

// What stands below `proxyAddresses` may be left out, as most users have none of it; it then is null, or an empty list.
const cloudUser = z.strictObject({
  id: guid,
  displayName: z.string(),
  userPrincipalName: z.string(),
  mail: z.string().nullable(),
  userType: z.enum(['Member', 'Guest']),
  accountEnabled: z.boolean(),
  onPremisesImmutableId: z.string().nullable(),
  onPremisesSyncEnabled: z.boolean().nullable(),
  /** An agent's user account, which Graph marks with a type of its own. */
  isAgent: z.boolean().optional(),
  deletedDateTime: z.string().nullable(),
  proxyAddresses: z.array(z.string()).default([]),
  /** The skuId of each licence. */
  assignedLicenses: z.array(guid).optional(),
  /** The service plans that are switched off in each of them. */
  disabledPlans: z.array(guid).optional(),
  /** objectGUID of the AD user that sync joined; Graph shows it in /beta only. */
  onPremisesObjectIdentifier: textOrNull.optional(),
  onPremisesSecurityIdentifier: sid.nullable().optional(),
  onPremisesDistinguishedName: textOrNull.optional(),
  onPremisesDomainName: textOrNull.optional(),
  onPremisesSamAccountName: textOrNull.optional(),
  onPremisesUserPrincipalName: textOrNull.optional(),
  onPremisesLastSyncDateTime: textOrNull.optional(),
  onPremisesProvisioningErrors: z.array(provisioningError).optional(),
  givenName: textOrNull.optional(),
  surname: textOrNull.optional(),
  employeeId: textOrNull.optional(),
  mailNickname: textOrNull.optional(),
  otherMails: z.array(z.string()).optional(),
  assignedPlans: z.array(assignedPlan).optional(),
  /** onPremisesSyncBehavior/isCloudManaged: its source of authority was moved to the cloud. False where absent. */
  isCloudManaged: z.boolean().optional(),
});

const cloudGroup = z.strictObject({
  id: guid,
  displayName: z.string(),
  mail: textOrNull.default(null),
  proxyAddresses: z.array(z.string()).default([]),
  isAssignableToRole: z.boolean().optional(),
  /** `HiddenMembership`: members are told only to whoever has been granted Member.Read.Hidden. */
  visibility: z.string().optional(),
  /** Ids of users and of nested groups. */
  members: z.array(guid).default([]),
  /** Ids of users. */
  owners: z.array(guid).default([]),
});

/** An organizational contact. */
const cloudContact = z.strictObject({
  id: guid,
  displayName: z.string(),
  mail: textOrNull.default(null),
  proxyAddresses: z.array(z.string()).default([]),
});

/** A role given to a user or to a role-assignable group, or kept ready for it (eligible). */
const roleGrant = z.strictObject({
  principalId: guid,
  roleDefinitionId: guid,
  directoryScopeId: z.string().default('/'),
});

const roles = z.strictObject({
  definitions: z.array(z.strictObject({ id: guid, displayName: z.string() })),
  assignments: z.array(roleGrant).default([]),
  eligibilities: z.array(roleGrant).default([]),
});

const flag = z.boolean().optional();

/** What sync is allowed in the tenant; absent is false, but for the two that Entra sets in every tenant. */
const features = z.strictObject({
  allowOnPremUpdateOfOnPremisesObjectIdentifierEnabled: flag,
  blockCloudObjectTakeoverThroughHardMatchEnabled: flag,
  blockSoftMatchEnabled: flag,
  bypassDirSyncOverridesEnabled: flag,
  passwordSyncEnabled: flag,
  /** True unless said otherwise. */
  quarantineUponProxyAddressesConflictEnabled: flag,
  /** True unless said otherwise. */
  quarantineUponUpnConflictEnabled: flag,
  softMatchOnUpnEnabled: flag,
  synchronizeUpnForManagedUsersEnabled: flag,
});

/** A subscription with what its licences bring. */
const subscribedSku = z.strictObject({
  skuId: guid,
  skuPartNumber: z.string(),
  servicePlans: z.array(z.strictObject({ servicePlanId: guid, servicePlanName: z.string() })),
});

const tenantDomain = z.strictObject({
  id: z.string(),
  isDefault: z.boolean(),
  isInitial: z.boolean(),
  isVerified: z.boolean(),
  authenticationType: z.enum(['Managed', 'Federated']),
});

const people = z.strictObject({
  directory: z.strictObject({ domain: z.string(), netbiosName: z.string(), bindUser: z.string() }),
  tenant: z.strictObject({
    id: guid,
    displayName: z.string(),
    clientId: guid,
    domains: z.array(tenantDomain),
    /** Where absent: true when some user is synced, else null. */
    onPremisesSyncEnabled: z.boolean().nullable().optional(),
    onPremisesLastSyncDateTime: textOrNull.optional(),
    features: features.optional(),
    subscribedSkus: z.array(subscribedSku).optional(),
  }),
  adUsers: z.array(adUser),
  adOthers: z.array(adOther).default([]),
  cloudUsers: z.array(cloudUser),
  groups: z.array(cloudGroup).optional(),
  contacts: z.array(cloudContact).optional(),
  roles: roles.optional(),
});

/** Everybody in the sandbox, on both sides. Passwords and secrets are not in it: they are made at start. */
export type People = z.infer<typeof people>;
export type PracticeAdUser = People['adUsers'][number];
export type PracticeAdOther = People['adOthers'][number];
export type PracticeCloudUser = People['cloudUsers'][number];
export type PracticeGroup = z.infer<typeof cloudGroup>;
export type PracticeContact = z.infer<typeof cloudContact>;
export type PracticeRoles = z.infer<typeof roles>;
/** Every switch, none left out. */
export type PracticeFeatures = { readonly [name in keyof z.infer<typeof features>]-?: boolean };

// A million people of every kind.
const largest = 1024 * mebibyte;

/** A people file that cannot be used; the message names each place. */
export class PeopleFileError extends Error {
  override readonly name = 'PeopleFileError';
}

/** Reads and checks a people file. Throws a PeopleFileError, also for a file that is not there or is no JSON. */
export function readPeople(path: string): People {
  const value = readPracticeFile(path, largest, (why, cause) => new PeopleFileError(why, { cause }));
  const read = people.safeParse(value);
  if (read.success) return read.data;
  throw new PeopleFileError(placesOf(read.error), { cause: read.error });
}

// A file of something else entirely has one for each field there is.
const mostPlaces = 5;

function placesOf({ issues }: z.ZodError): string {
  const places = issues.slice(0, mostPlaces).map(({ path, message }) => {
    const at = path.length === 0 ? 'the file' : path.join('.');
    return `${at}: ${message.replace(/^Invalid input: /, '')}`;
  });
  const more = issues.length - places.length;
  return `${places.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** A practice domain's SID, made from its DNS name: `S-1-5-21-` and three numbers of 32 bits (MS-DTYP 2.4.2). */
export function domainSid(domain: string): string {
  const hash = createHash('sha256').update(domain.toLowerCase()).digest();
  return `S-1-5-21-${[0, 4, 8].map((at) => hash.readUInt32BE(at)).join('-')}`;
}

/** RIDs below 1,000 belong to the accounts every domain has. */
const firstRid = 1_101;

/** The objectSid of the AD user at this place of `adUsers`: the one in the file, else the domain's SID and a RID. */
export function sidOfAdUser(of: Pick<People, 'directory' | 'adUsers'>, place: number): string {
  return of.adUsers[place]?.objectSid ?? `${domainSid(of.directory.domain)}-${firstRid + place}`;
}
