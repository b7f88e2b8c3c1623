// Many people, made by number: for scale, not for cases.
import { createHash } from 'node:crypto';
import { type Guid, guidFromBytes } from '../../src/core/guid.ts';
import { immutableIdOfGuid } from '../../src/core/ids/immutable-id.ts';
import {
  domainSid,
  type People,
  type PracticeAdUser,
  type PracticeCloudUser,
} from '../../src/sandbox/people/people.ts';

export type CrowdOptions = {
  /** AD users whom sync carries, beyond the first `count`, each with its cloud user. */
  readonly synced?: number;
  /** Live cloud users in all; those beyond `count + synced` have no AD user. Never fewer than `count + synced`. */
  readonly tenantUsers?: number;
  /** More users, in the recycle bin, each with an immutable ID of its own. */
  readonly deleted?: number;
  /** How many of the last live cloud users hold a role directly. They are rows only where nobody stands behind the rows. */
  readonly withRoles?: number;
  /** Mail groups; every hundredth user is a member of some. */
  readonly groups?: number;
};

const domain = 'example.test';
const userAdministrator = 'fe930be7-5e62-47db-91af-98c3a49a38b1';
const lastSync = '2026-11-23T11:48:00Z';
/** One for all who have none: a million empty lists would be memory for nothing. */
const none: string[] = [];

/** `count` AD users `u0000001`… with a cloud user each, a third of them with a ConsistencyGuid of their own. */
export function crowd(count: number, options: CrowdOptions = {}): People {
  const { synced = 0, deleted = 0, withRoles = 0, groups = 0 } = options;
  const inAd = count + synced;
  const live = Math.max(options.tenantUsers ?? inAd, inAd);
  const sid = domainSid(domain);
  const cloudUser = (n: number): PracticeCloudUser =>
    n > count && n <= inAd ? syncedUser(n, `${sid}-${n + 1_100}`) : cloudOnly(n);
  const people: People = {
    directory: { domain, netbiosName: 'EXAMPLE', bindUser: `svc-hardmatch@${domain}` },
    tenant: {
      id: '5a3d1c0e-7b42-4c8e-9f16-d20b6a94e7c1',
      displayName: 'Example Practice Tenant',
      clientId: '0b6f6a3e-55f0-4f0c-8a3b-7c1d9e2f4a60',
      domains: [{ id: domain, isDefault: true, isInitial: true, isVerified: true, authenticationType: 'Managed' }],
    },
    adUsers: Array.from({ length: inAd }, (_, index) => adUser(index + 1)),
    adOthers: [],
    cloudUsers: Array.from({ length: live + deleted }, (_, index) =>
      index < live ? cloudUser(index + 1) : deletedUser(index + 1),
    ),
  };
  if (withRoles > 0) {
    people.roles = {
      definitions: [{ id: userAdministrator, displayName: 'User Administrator' }],
      assignments: Array.from({ length: withRoles }, (_, index) => ({
        principalId: guid('cloud', live - index),
        roleDefinitionId: userAdministrator,
        directoryScopeId: '/',
      })),
      eligibilities: [],
    };
  }
  if (groups > 0) people.groups = Array.from({ length: groups }, (_, index) => mailGroup(index + 1, { groups, live }));
  return people;
}

/** The mappings file of a crowd's first `rows`. */
export function crowdMappings(rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => `${name(index + 1)},${name(index + 1)}@${domain}`);
  return `ad_user,cloud_user\n${lines.join('\n')}\n`;
}

function guid(kind: string, n: number): Guid {
  return guidFromBytes(createHash('sha256').update(`${kind}:${n}`).digest().subarray(0, 16));
}

function name(n: number): string {
  return `u${String(n).padStart(7, '0')}`;
}

function adUser(n: number): PracticeAdUser {
  const upn = `${name(n)}@${domain}`;
  return {
    cn: `User ${n}`,
    ou: 'People',
    objectGUID: guid('ad', n),
    sAMAccountName: name(n),
    userPrincipalName: upn,
    mail: upn,
    proxyAddresses: none,
    ...(n % 3 === 0 ? { 'mS-DS-ConsistencyGuid': guid('consistency', n) } : {}),
  };
}

function cloudOnly(n: number): PracticeCloudUser {
  const upn = `${name(n)}@${domain}`;
  return {
    id: guid('cloud', n),
    displayName: `User ${n}`,
    userPrincipalName: upn,
    mail: upn,
    userType: 'Member',
    accountEnabled: true,
    onPremisesImmutableId: null,
    onPremisesSyncEnabled: null,
    deletedDateTime: null,
    proxyAddresses: none,
  };
}

function syncedUser(n: number, sid: string): PracticeCloudUser {
  return {
    ...cloudOnly(n),
    onPremisesImmutableId: immutableIdOfGuid(guid(n % 3 === 0 ? 'consistency' : 'ad', n)),
    onPremisesSyncEnabled: true,
    onPremisesObjectIdentifier: guid('ad', n),
    onPremisesSecurityIdentifier: sid,
    onPremisesDistinguishedName: `CN=User ${n},OU=People,DC=example,DC=test`,
    onPremisesDomainName: domain,
    onPremisesSamAccountName: name(n),
    onPremisesUserPrincipalName: `${name(n)}@${domain}`,
    onPremisesLastSyncDateTime: lastSync,
  };
}

function deletedUser(n: number): PracticeCloudUser {
  const user = cloudOnly(n);
  return {
    ...user,
    userPrincipalName: `${user.id.replaceAll('-', '')}${user.userPrincipalName}`,
    onPremisesImmutableId: immutableIdOfGuid(guid('deleted', n)),
    deletedDateTime: '2026-11-02T08:15:00Z',
  };
}

function mailGroup(
  n: number,
  of: { readonly groups: number; readonly live: number },
): NonNullable<People['groups']>[number] {
  const mail = `g${String(n).padStart(6, '0')}@${domain}`;
  const members: string[] = [];
  for (let user = n * 100; user <= of.live; user += of.groups * 100) members.push(guid('cloud', user));
  return {
    id: guid('group', n),
    displayName: `Group ${n}`,
    mail,
    proxyAddresses: [`SMTP:${mail}`],
    members,
    owners: none,
  };
}
